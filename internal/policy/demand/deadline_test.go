package demand_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/signals"
)

// polled is what a queue's signals say at one poll; NaN is a failed one.
type polled struct{ backlog, flying, age, sent float64 }

const pollEvery = 10 * time.Second

// queue is a queue polled again and again, with a demand on it.
type queue struct {
	rules signals.Rules
	rings [4]signals.Ring
	now   signals.Instant
	state policy.DemandState
}

func newQueue() *queue {
	q := &queue{rules: rules, now: signals.Instant{Wall: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Mono: time.Hour}}
	for i := range q.rings {
		q.rings[i] = signals.NewRing(pollEvery)
	}
	return q
}

func (q *queue) poll(d policy.Demand, p polled, w policy.Workload) policy.Proposal {
	q.now.Mono += pollEvery
	q.now.Wall = q.now.Wall.Add(pollEvery)
	var seen []signals.Observation
	for i, v := range []float64{p.backlog, p.flying, p.age, p.sent} {
		o := signals.Outcome{At: q.now, Samples: []signals.Sample{{Value: v}}}
		if math.IsNaN(v) {
			o.Samples, o.Err = nil, &signals.Error{Reason: signals.Timeout}
		}
		q.rings[i].Add(o)
		seen = append(seen, q.rings[i].Observe(q.now, q.rules))
	}
	return q.propose(d, seen, w)
}

func (q *queue) propose(d policy.Demand, seen []signals.Observation, w policy.Workload) (p policy.Proposal) {
	view := signals.NewView(q.now, []string{"backlog", "flying", "age", "sent"}, seen)
	p, q.state = d.Propose(&policy.Input{View: view, Workload: w}, q.state)
	return p
}

// polls are as many of the same.
func (q *queue) polls(n int, d policy.Demand, p polled, w policy.Workload) (last policy.Proposal) {
	for range n {
		last = q.poll(d, p, w)
	}
	return last
}

func replicas(ordered, ready int32) policy.Workload {
	return policy.Workload{State: policy.WorkloadKnown, Ordered: ordered, Ready: ready}
}

func deadline(change func(*demand.Deadline)) demand.Deadline {
	d := demand.Deadline{
		Backlog: "backlog", InFlight: "flying", OldestAge: "age", Arrivals: "sent",
		Within: 195 * time.Second, ServiceTime: time.Second, Concurrency: 1, StartUp: time.Minute,
	}
	if change != nil {
		change(&d)
	}
	return d
}

func term(t *testing.T, p policy.Proposal, name string) policy.Term {
	t.Helper()
	i := slices.IndexFunc(p.Terms, func(m policy.Term) bool { return m.Name == name })
	require.GreaterOrEqual(t, i, 0, "no term %s in %v", name, p.Terms)
	return p.Terms[i]
}

func TestDeadlineDrains(t *testing.T) {
	// 195 s less a quarter of a start-up are 180 s, two thirds of which are left after
	// a start-up.
	for name, tt := range map[string]struct {
		backlog        float64
		age            float64
		ordered, ready int32
		want           int32
	}{
		"as many as there are":                {1800, 0, 10, 10, 10},
		"fewer than there are":                {900, 0, 10, 10, 5},
		"what is new serves two minutes less": {1800 + 1200, 0, 10, 10, 20},
		"what is ordered counts":              {1800 + 1200, 0, 20, 10, 20},
		"what arrived at once has less time":  {1200, 60, 10, 10, 10},
		"nobody is there yet":                 {1200, 0, 0, 0, 10},
		"one message":                         {1, 0, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue()
			p := q.poll(deadline(nil), polled{backlog: tt.backlog, age: tt.age}, replicas(tt.ordered, tt.ready))
			require.Equal(t, tt.want, p.Replicas)
		})
	}
}

// TestDeadlineSpares as much as another order needs to put right what goes amiss, and
// more where nothing tells how long messages have waited.
func TestDeadlineSpares(t *testing.T) {
	for name, tt := range map[string]struct {
		within       time.Duration
		flying, sent string
		planned      float64
	}{
		"less than a start-up":            {20 * time.Second, "flying", "sent", 15},
		"a start-up":                      {time.Minute, "flying", "sent", 45},
		"two":                             {2 * time.Minute, "flying", "sent", 105},
		"ten":                             {10 * time.Minute, "flying", "sent", 585},
		"arrivals are told by the flying": {10 * time.Minute, "flying", "", 585},
		"arrivals are told":               {10 * time.Minute, "", "sent", 585},
		"arrivals are guessed":            {10 * time.Minute, "", "", 450},
	} {
		t.Run(name, func(t *testing.T) {
			d := deadline(func(d *demand.Deadline) { d.Within, d.InFlight, d.Arrivals = tt.within, tt.flying, tt.sent })
			w := replicas(20, 20)
			require.EqualValues(t, 10, newQueue().poll(d, polled{backlog: 10 * tt.planned}, w).Replicas)
			require.EqualValues(t, 11, newQueue().poll(d, polled{backlog: 10*tt.planned + 1}, w).Replicas)
		})
	}
}

// TestDeadlineKnowsHowLongEachHasWaited: what came at once is begun in time though what
// came before and after it is little, and the age of one that nobody can serve asks for
// nothing.
func TestDeadlineKnowsHowLongEachHasWaited(t *testing.T) {
	d := deadline(func(d *demand.Deadline) { d.OldestAge = "" })
	q, w := newQueue(), replicas(10, 10)
	q.polls(3, d, polled{backlog: 10}, w)
	q.poll(d, polled{backlog: 610, sent: 60}, w)
	q.polls(11, d, polled{backlog: 600, sent: 0.1}, w)
	p := q.poll(d, polled{backlog: 600, sent: 0.1}, w)
	require.EqualValues(t, 9, p.Replicas, "600 in the 70 s that are left to the last of them; in 180 s, as if they had just come, 4 would do")

	poison := deadline(nil)
	q = newQueue()
	p = q.polls(20, poison, polled{backlog: 1, age: 86400}, w)
	require.EqualValues(t, 1, p.Replicas)
}

// TestDeadlineKeepsWhoCouldNotEnd what they serve, if that takes longer than they are
// given, or nobody said how long.
func TestDeadlineKeepsWhoCouldNotEnd(t *testing.T) {
	for service, want := range map[time.Duration]int32{30 * time.Second: 1, 31 * time.Second: 8, 0: 8} {
		d := deadline(func(d *demand.Deadline) { d.ServiceTime = service })
		p := newQueue().polls(20, d, polled{flying: 8}, replicas(10, 10))
		require.Equal(t, want, p.Replicas, "%s", service)
	}
}

func TestDeadlineCountsWhatIsStarting(t *testing.T) {
	q, d := newQueue(), deadline(nil)
	first := q.poll(d, polled{backlog: 3000}, replicas(10, 10)).Replicas
	require.EqualValues(t, 20, first)
	for i := range 5 {
		served := float64(i+1) * 100
		p := q.poll(d, polled{backlog: 3000 - served, age: served / 10}, replicas(first, 10))
		// An order is seen an interval after it was made, and counts from then.
		require.LessOrEqual(t, p.Replicas, first+4, "it is not ordered again and again")
	}
}

func TestDeadlineKeepsWhatArrivalsNeed(t *testing.T) {
	q := newQueue()
	p := q.polls(30, deadline(func(d *demand.Deadline) { d.Within = 10 * time.Second }), polled{flying: 36, sent: 36}, replicas(40, 40))
	require.EqualValues(t, 40, p.Replicas, "36 ÷ 0.9, with nothing waiting")
	require.InDelta(t, 36, term(t, p, "arrivals").Value, 0.1)
}

func TestDeadlineGoesToNone(t *testing.T) {
	idle := polled{}
	for name, tt := range map[string]struct {
		before, then polled
		polls        int
		change       func(*demand.Deadline)
		want         int32
	}{
		"nothing at all":                {idle, idle, 10, nil, 0},
		"one waits":                     {idle, polled{backlog: 1}, 10, nil, 1},
		"one is in flight":              {idle, polled{flying: 1}, 10, nil, 1},
		"more is expected":              {polled{sent: 5, flying: 5}, idle, 3, nil, 1},
		"long ago":                      {polled{sent: 5, flying: 5}, idle, 360, nil, 0},
		"what is in flight is not told": {idle, idle, 10, func(d *demand.Deadline) { d.InFlight = "" }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			q, d := newQueue(), deadline(tt.change)
			q.polls(30, d, tt.before, replicas(5, 5))
			p := q.polls(tt.polls, d, tt.then, replicas(1, 1))
			if tt.want == 0 {
				require.Zero(t, p.Replicas)
				return
			}
			require.GreaterOrEqual(t, p.Replicas, tt.want)
		})
	}
}

func TestDeadlineHoldsForAStartUp(t *testing.T) {
	q, d := newQueue(), deadline(nil)
	q.poll(d, polled{backlog: 3000}, replicas(10, 10))
	require.EqualValues(t, 20, q.polls(5, d, polled{}, replicas(20, 20)).Replicas)
	require.LessOrEqual(t, q.polls(4, d, polled{}, replicas(20, 20)).Replicas, int32(1))
}

func TestDeadlineIsCutToWhatHelps(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*demand.Deadline)
		flying float64
		want   int32
		reason policy.Reason
		term   string
	}{
		"message groups":  {func(d *demand.Deadline) { d.MessageGroups, d.Concurrency = 12, 5 }, 0, 3, policy.ReasonGroups, "message groups"},
		"in-flight limit": {func(d *demand.Deadline) { d.InFlightLimit = 100 }, 0, 100, policy.ReasonInFlight, "in-flight limit"},
		"at the limit":    {func(d *demand.Deadline) { d.InFlightLimit = 20_000 }, 19_999, 8334, "", "in-flight limit"},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue()
			p := q.poll(deadline(tt.change), polled{backlog: 1_000_000, flying: tt.flying}, replicas(0, 0))
			require.Equal(t, tt.want, p.Replicas)
			require.Equal(t, tt.reason, p.Reason)
			require.NotEmpty(t, term(t, p, tt.term).Note)
		})
	}
}

// TestDeadlineLearnsTheServiceTime: two hundred messages a second keep ten replicas
// busy three quarters of the time.
func TestDeadlineLearnsTheServiceTime(t *testing.T) {
	q, d := newQueue(), deadline(func(d *demand.Deadline) { d.ServiceTime = 0 })
	p := q.poll(d, polled{backlog: 10, flying: 7.5, sent: 200}, replicas(10, 10))
	require.Equal(t, "not known yet: assumed", term(t, p, "service time").Note)
	p = q.polls(20, d, polled{backlog: 10, flying: 7.5, sent: 200}, replicas(10, 10))
	require.InDelta(t, 0.0375, term(t, p, "service time").Value, 0.001)
	require.Greater(t, term(t, p, "service time").Sure, 0.9)
}

// TestDeadlineTellsArrivals from a queue that replicas just keep up with.
func TestDeadlineTellsArrivals(t *testing.T) {
	q, d := newQueue(), deadline(func(d *demand.Deadline) { d.Arrivals = "" })
	p := q.polls(60, d, polled{backlog: 50, flying: 20}, replicas(20, 20))
	require.InDelta(t, 20, term(t, p, "arrivals").Value, 0.1)
}

func TestDeadlineInDoubt(t *testing.T) {
	failed := math.NaN()
	q, d := newQueue(), deadline(nil)
	p := q.polls(3, d, polled{backlog: failed}, replicas(4, 4))
	require.Equal(t, policy.Doubtful, p.State)
	require.Equal(t, policy.Reason("timeout"), p.Reason)

	q = newQueue()
	p = q.polls(3, d, polled{backlog: 10}, policy.Workload{State: policy.WorkloadStale, Ready: 4})
	require.Equal(t, policy.ReasonNoWorkload, p.Reason)

	q = newQueue()
	p = q.polls(3, d, polled{backlog: 3000, flying: failed, age: failed, sent: failed}, replicas(10, 10))
	require.Equal(t, policy.Proposed, p.State, "the backlog alone is enough to raise")
	require.Greater(t, p.Replicas, int32(10))
	require.False(t, p.MayLower)

	q = newQueue()
	p = q.polls(3, d, polled{age: failed}, replicas(4, 4))
	require.True(t, p.MayLower, "the age of nothing is of no interest")
}

func drawPolled(t *rapid.T) polled {
	value := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 100), rapid.Float64Range(0, 1e6))
	return polled{value.Draw(t, "backlog"), value.Draw(t, "flying"), rapid.Float64Range(0, 1000).Draw(t, "age"), value.Draw(t, "sent")}
}

func drawDeadline(t *rapid.T) demand.Deadline {
	return deadline(func(d *demand.Deadline) {
		d.Within = time.Duration(rapid.IntRange(1, 3600).Draw(t, "within")) * time.Second
		d.StartUp = time.Duration(rapid.IntRange(1, 600).Draw(t, "startUp")) * time.Second
		d.Concurrency = rapid.Float64Range(0.5, 50).Draw(t, "concurrency")
		if d.ServiceTime = time.Duration(rapid.Float64Range(1e6, 1e11).Draw(t, "service")); rapid.Bool().Draw(t, "learned") {
			d.ServiceTime = 0
		}
		for _, s := range []*string{&d.InFlight, &d.OldestAge, &d.Arrivals} {
			if rapid.Bool().Draw(t, "without") {
				*s = ""
			}
		}
	})
}

func drawWorkload(t *rapid.T) policy.Workload {
	ordered := rapid.Int32Range(0, 200).Draw(t, "ordered")
	return replicas(ordered, rapid.Int32Range(0, ordered).Draw(t, "ready"))
}

// twin is a copy of the queue that shares no memory.
func (q *queue) twin() *queue {
	out := *q
	for i := range out.rings {
		out.rings[i] = q.rings[i].Moved(0)
	}
	out.state = policy.State{Demands: []policy.DemandState{q.state}}.Moved(0).Demands[0]
	return &out
}

// TestMoreBacklogIsNeverFewerReplicas, all else equal: what is learned of other messages
// included.
func TestMoreBacklogIsNeverFewerReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, d := newQueue(), drawDeadline(t)
		d.Arrivals, d.ServiceTime = "sent", max(d.ServiceTime, time.Millisecond)
		for range rapid.IntRange(0, 20).Draw(t, "polls") {
			q.poll(d, drawPolled(t), drawWorkload(t))
		}
		less, w := drawPolled(t), drawWorkload(t)
		more := less
		more.backlog += rapid.Float64Range(0, 1e6).Draw(t, "added")
		twin := q.twin()
		a, b := q.poll(d, less, w), twin.poll(d, more, w)
		if a.MayLower != b.MayLower || a.Value != less.backlog {
			return // less is not confirmed: an older sample counts, and it teaches nothing that lowers
		}
		require.LessOrEqual(t, a.Replicas, b.Replicas)
	})
}

func TestDeadlineIsDeterministicAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, d := newQueue(), drawDeadline(t)
		for range rapid.IntRange(0, 40).Draw(t, "polls") {
			p, w := drawPolled(t), drawWorkload(t)
			twin := q.twin()
			require.Equal(t, twin.poll(d, p, w), q.poll(d, p, w))
			require.Equal(t, twin.state, q.state)
		}
		data, err := json.Marshal(q.state.Queue)
		require.NoError(t, err)
		require.Less(t, len(data), 2<<10)
	})
}

// TestGarbageIsForgotten: what a queue needs is what it needed, hours later.
func TestGarbageIsForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := deadline(func(d *demand.Deadline) { d.ServiceTime = 0 })
		steady := polled{backlog: 20, flying: 20, age: 1, sent: 20}
		clean, dirty := newQueue(), newQueue()
		seed := []polled{drawPolled(t), drawPolled(t), drawPolled(t), {backlog: math.NaN(), sent: math.NaN()}}
		for i := range 360 {
			clean.poll(d, steady, replicas(30, 30))
			dirty.poll(d, seed[i%len(seed)], replicas(30, 30))
		}
		a := clean.polls(6*360, d, steady, replicas(30, 30))
		b := dirty.polls(6*360, d, steady, replicas(30, 30))
		require.InDelta(t, a.Replicas, b.Replicas, 1)
	})
}

func BenchmarkDeadline(b *testing.B) {
	q, d := newQueue(), deadline(nil)
	b.ReportAllocs()
	for b.Loop() {
		q.poll(d, polled{backlog: 3000, flying: 10, age: 3, sent: 100}, replicas(20, 10))
	}
}
