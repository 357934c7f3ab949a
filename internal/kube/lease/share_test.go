package lease

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// crowd is several processes that compete for the same Leases.
type crowd struct {
	*world

	shards int
	mu     sync.Mutex
	member []*member
	led    []atomic.Int32 // how many act in a shard at present
	most   atomic.Int32   // ever
	terms  atomic.Int32
}

type member struct {
	name    string
	parties []*party
	gone    bool
}

func newCrowd(t *testing.T, shards int) *crowd {
	t.Helper()
	return &crowd{world: newWorld(t), shards: shards, led: make([]atomic.Int32, shards)}
}

// enter adds a process, which all others hear of.
func (c *crowd) enter() *member {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := &member{name: fmt.Sprintf("m%d", len(c.member))}
	leases := make([]*Lease, c.shards)
	for i := range leases {
		leases[i] = c.lease(m.name, fmt.Sprintf("scaler-%d", i))
	}
	Spread(leases, c.others)
	for i, l := range leases {
		m.parties = append(m.parties, c.compete(l, func() {
			c.terms.Add(1)
			c.most.Store(max(c.most.Load(), c.led[i].Add(1)))
		}, func() { c.led[i].Add(-1) }))
	}
	c.member = append(c.member, m)
	return m
}

func (c *crowd) others() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := -1
	for _, m := range c.member {
		if !m.gone {
			n++
		}
	}
	return n
}

// die ends a process without a word: its calls are lost from now on.
func (c *crowd) die(m *member) {
	c.away[m.name].Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	m.gone = true
}

func (c *crowd) end() {
	for _, m := range c.member {
		for _, p := range m.parties {
			p.stop()
			<-p.done
		}
	}
}

// held counts the Leases that each process has, in order.
func (c *crowd) held() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []int
	for _, m := range c.member {
		n := 0
		for _, p := range m.parties {
			if p.leads.Load() {
				n++
			}
		}
		if !m.gone {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

func TestLeasesAreSpread(t *testing.T) {
	for _, c := range []struct {
		shards, members int
		want            []int
	}{
		{1, 3, []int{0, 0, 1}},
		{2, 3, []int{0, 1, 1}},
		{3, 3, []int{1, 1, 1}},
		{4, 3, []int{1, 1, 2}},
		{7, 3, []int{2, 2, 3}},
		{9, 3, []int{3, 3, 3}},
		{3, 2, []int{1, 2}},
	} {
		t.Run(fmt.Sprintf("%d Leases, %d processes", c.shards, c.members), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				crowd := newCrowd(t, c.shards)
				defer crowd.end()
				for range c.members {
					crowd.enter() // the first takes all
					time.Sleep(3 * time.Second)
				}
				time.Sleep(2 * time.Minute)
				require.Equal(t, c.want, crowd.held())
				terms := crowd.terms.Load()
				time.Sleep(20 * time.Minute)
				require.Equal(t, c.want, crowd.held())
				require.Equal(t, terms, crowd.terms.Load(), "and it stays so")
				require.EqualValues(t, 1, crowd.most.Load(), "never two in a shard")
			})
		})
	}
}

// Two that hold two each, which is no more than their part of four among three,
// make room for a third all the same.
func TestWhoComesLateGetsOneToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crowd := newCrowd(t, 4)
		defer crowd.end()
		crowd.enter()
		crowd.enter()
		time.Sleep(time.Minute)
		require.Equal(t, []int{2, 2}, crowd.held())
		crowd.enter()
		time.Sleep(2 * time.Minute)
		require.Equal(t, []int{1, 1, 2}, crowd.held())
		require.EqualValues(t, 1, crowd.most.Load())
	})
}

// The shards of one that dies are taken over by the others, as soon as its Leases
// have run out.
func TestTheDeadAreSucceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crowd := newCrowd(t, 3)
		defer crowd.end()
		dies := crowd.enter()
		crowd.enter()
		crowd.enter()
		time.Sleep(2 * time.Minute)
		require.Equal(t, []int{1, 1, 1}, crowd.held())
		crowd.die(dies)
		time.Sleep(Duration + 3*RetryPeriod)
		require.Equal(t, []int{1, 2}, crowd.held())
		crowd.enter()
		time.Sleep(time.Minute)
		require.Equal(t, []int{1, 1, 1}, crowd.held())
		require.EqualValues(t, 1, crowd.most.Load())
	})
}

// One that is counted, and takes nothing, does not keep a Lease from being led, nor
// has it passed around for long.
func TestWhoTakesNothingIsNotWaitedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crowd := newCrowd(t, 2)
		defer crowd.end()
		crowd.enter()
		crowd.mu.Lock()
		crowd.member = append(crowd.member, &member{name: "ghost"})
		crowd.mu.Unlock()
		unled, changes, before := 0, 0, 2
		for range 3600 {
			time.Sleep(time.Second)
			n := crowd.held()[1]
			unled += 2 - n
			if n != before {
				changes++
			}
			before = n
		}
		require.Less(t, unled, 120, "seconds in an hour without a leader, of 7,200")
		require.Less(t, changes, 30)
	})
}

// A Lease that is deleted under its leader is made anew by it, and by nobody else
// before it is surely over.
func TestADeletedLeaseIsItsLeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crowd := newCrowd(t, 1)
		defer crowd.end()
		for range 4 {
			crowd.enter()
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		leader := crowd.member[0]
		require.True(t, leader.parties[0].leads.Load())
		for range 50 {
			crowd.delete("scaler-0")
			time.Sleep(20*time.Second + 100*time.Millisecond)
			require.True(t, leader.parties[0].leads.Load())
		}
		crowd.away[leader.name].Store(true)
		crowd.delete("scaler-0")
		time.Sleep(Duration + 3*RetryPeriod)
		require.False(t, leader.parties[0].leads.Load())
		require.Equal(t, []int{0, 0, 0, 1}, crowd.held())
		require.EqualValues(t, 1, crowd.most.Load(), "never two")
		crowd.away[leader.name].Store(false)
	})
}
