package oracle_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/oracle"
)

const tiny = 1e-9

// each calls do with every schedule of so many steps below a height.
func each(steps, height int, do func([]int)) {
	schedule := make([]int, steps)
	for {
		do(schedule)
		i := 0
		for ; i < steps; i++ {
			if schedule[i]++; schedule[i] <= height {
				break
			}
			schedule[i] = 0
		}
		if i == steps {
			return
		}
	}
}

// small draws a case that exhaustive search can do.
func small(r *rand.Rand) (oracle.Plant, []float64) {
	p := oracle.Plant{
		Step: time.Minute, StartUp: time.Duration(r.IntN(5)) * 30 * time.Second, PerReplica: 0.5 + r.Float64(),
		Min: r.IntN(2), Initial: r.IntN(3),
	}
	loads := make([]float64, 1+r.IntN(7))
	for i := range loads {
		switch r.IntN(5) {
		case 0:
		case 1:
			loads[i] = math.NaN()
		case 2:
			loads[i] = p.PerReplica * float64(r.IntN(4))
		default:
			loads[i] = p.PerReplica * 3 * r.Float64()
		}
	}
	return p, loads
}

// cheapest is the optimum by search, with at most so many late requests.
func cheapest(p oracle.Plant, loads []float64, late float64) float64 {
	best := math.Inf(1)
	each(len(loads), 3, func(schedule []int) {
		for _, n := range schedule {
			if n < p.Min {
				return
			}
		}
		if l, all := p.Late(schedule, loads); l > late*all+tiny {
			return
		}
		hours, _ := p.Cost(schedule)
		best = min(best, hours)
	})
	return best
}

func TestRequestsAgainstExhaustiveSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	exact := 0
	for range 300 {
		p, loads := small(r)
		b, err := oracle.Requests(p, loads, 0)
		require.NoError(t, err)
		require.True(t, b.Reachable)
		require.InDelta(t, cheapest(p, loads, 0), b.High, tiny, "%+v %v", p, loads)
		require.InDelta(t, b.High, b.Low, 0)
		require.Zero(t, b.Late)
		hours, starts := p.Cost(b.Schedule)
		require.InDelta(t, b.High, hours, tiny)
		require.Equal(t, starts, b.Starts)

		share := r.Float64() * 0.5
		want := cheapest(p, loads, share)
		b, err = oracle.Requests(p, loads, share)
		require.NoError(t, err)
		require.LessOrEqual(t, b.Low, want+tiny, "%+v %v %v", p, loads, share)
		require.GreaterOrEqual(t, b.High, want-tiny, "%+v %v %v", p, loads, share)
		require.LessOrEqual(t, b.Late, share+tiny)
		hours, _ = p.Cost(b.Schedule)
		require.InDelta(t, b.High, hours, tiny)
		require.InDelta(t, dualBySearch(p, loads, share), b.Low, 1e-6, "%+v %v %v", p, loads, share)
		if b.High-b.Low < tiny {
			exact++
		}
	}
	require.Positive(t, exact)
}

// dualBySearch is the best of the dual over many prices, each by exhaustive search.
func dualBySearch(p oracle.Plant, loads []float64, share float64) float64 {
	type point struct{ hours, late float64 }
	var points []point
	all := 0.0
	each(len(loads), 3, func(schedule []int) {
		for _, n := range schedule {
			if n < p.Min {
				return
			}
		}
		hours, _ := p.Cost(schedule)
		late, sum := p.Late(schedule, loads)
		points, all = append(points, point{hours, late}), sum
	})
	lagrangian := func(price float64) float64 {
		low := math.Inf(1)
		for _, at := range points {
			low = min(low, at.hours+price*(at.late-share*all))
		}
		return low
	}
	low, high := 0.0, 100.0 // the dual is concave: search the top in thirds
	for range 100 {
		a, b := low+(high-low)/3, high-(high-low)/3
		if lagrangian(a) < lagrangian(b) {
			low = a
		} else {
			high = b
		}
	}
	return lagrangian(low)
}

func TestLayeredBridgesAGapAsLongAsAStart(t *testing.T) {
	p := oracle.Plant{Step: time.Minute, StartUp: 2 * time.Minute, PerReplica: 1}
	require.Equal(t, []int{2, 2, 2, 2, 0, 0, 0, 1}, p.Layered([]int{2, 1, 0, 2, 0, 0, 0, 1}))
	p.Initial = 3
	require.Equal(t, []int{2, 2, 2, 2, 0}, p.Layered([]int{0, 0, 2, 2, 0}), "initial ones stay")
	require.Equal(t, []int{0, 0, 0, 2}, p.Layered([]int{0, 0, 0, 2}), "but not for longer than a start")
}

func TestMaxIsNotReachable(t *testing.T) {
	p := oracle.Plant{Step: time.Minute, PerReplica: 1, Max: 2}
	loads := []float64{1, 4, 1}
	for share, reachable := range map[float64]bool{0: false, 0.2: false, 0.34: true} {
		b, err := oracle.Requests(p, loads, share)
		require.NoError(t, err)
		require.Equal(t, reachable, b.Reachable, "%v", share)
		require.InDelta(t, 2.0/6, b.Late, tiny)
	}
}

func TestQueueBracket(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 300 {
		p, loads := small(r)
		wait := time.Duration(r.IntN(9)) * 20 * time.Second
		b, err := oracle.Queue(p, loads, wait, 0)
		require.NoError(t, err)
		require.LessOrEqual(t, b.Low, b.High)
		require.Len(t, b.Schedule, len(loads))
		require.True(t, onTime(p, b.Schedule, loads, int(wait/p.Step)), "%+v %v %v: %v", p, loads, wait, b.Schedule)
		hours, starts := p.Cost(b.Schedule)
		require.InDelta(t, b.High, hours, tiny)
		require.Equal(t, starts, b.Starts)

		best := math.Inf(1)
		each(len(loads), 3, func(schedule []int) {
			hours, _ := p.Cost(schedule)
			for _, n := range schedule {
				if n < p.Min {
					return
				}
			}
			if onTime(p, schedule, loads, int((wait+p.Step-1)/p.Step)) {
				best = min(best, hours)
			}
		})
		require.LessOrEqual(t, b.Low, best+tiny, "%+v %v %v", p, loads, wait)

		budget, err := oracle.Queue(p, loads, wait, 0.01)
		require.NoError(t, err)
		require.LessOrEqual(t, budget.Low, b.Low+tiny)
	}
}

// onTime serves first in, first out, and tells whether nothing waits longer.
func onTime(p oracle.Plant, schedule []int, loads []float64, wait int) bool {
	waiting := append([]float64(nil), loads...)
	for i := range waiting {
		if math.IsNaN(waiting[i]) {
			waiting[i] = 0
		}
	}
	for i, n := range schedule {
		if n < p.Min {
			return false
		}
		can := float64(n) * p.PerReplica
		for j := 0; j <= i; j++ {
			served := min(can, waiting[j])
			can -= served
			waiting[j] -= served
			if waiting[j] > 1e-6 && i-j >= wait {
				return false
			}
		}
	}
	return true
}

func TestQueueWaitsSaveStarts(t *testing.T) {
	p := oracle.Plant{Step: time.Second, StartUp: 30 * time.Second, PerReplica: 1}
	loads := make([]float64, 600)
	loads[100] = 100
	for wait, height := range map[time.Duration]int{0: 100, 9 * time.Second: 10, 99 * time.Second: 1} {
		b, err := oracle.Queue(p, loads, wait, 0)
		require.NoError(t, err)
		require.Equal(t, height, b.Starts, "%v", wait)
		require.InDelta(t, float64(100+30*height)/3600, b.High, tiny, "%v", wait)
		require.InDelta(t, b.High, b.Low, tiny, "%v", wait)
	}
}

func TestQueueOfATrickleServesAhead(t *testing.T) {
	p := oracle.Plant{Step: time.Second, StartUp: 10 * time.Second, PerReplica: 1}
	loads := make([]float64, 3600)
	for i := range loads {
		loads[i] = 0.01
	}
	b, err := oracle.Queue(p, loads, 10*time.Minute, 0)
	require.NoError(t, err)
	require.Less(t, b.High, 3*b.Low)
}

func TestBadArguments(t *testing.T) {
	good := oracle.Plant{Step: time.Second, PerReplica: 1}
	for name, tc := range map[string]struct {
		change func(*oracle.Plant)
		load   float64
		late   float64
		want   string
	}{
		"step":     {func(p *oracle.Plant) { p.Step = 0 }, 0, 0, "step"},
		"start-up": {func(p *oracle.Plant) { p.StartUp = -1 }, 0, 0, "start-up"},
		"rate":     {func(p *oracle.Plant) { p.PerReplica = math.NaN() }, 0, 0, "rate"},
		"minimum":  {func(p *oracle.Plant) { p.Min, p.Max = 3, 2 }, 0, 0, "least"},
		"negative": {func(p *oracle.Plant) { p.Initial = -1 }, 0, 0, "numbers of replicas"},
		"late":     {func(*oracle.Plant) {}, 0, 1, "late share"},
		"load":     {func(*oracle.Plant) {}, -1, 0, "load of step 0"},
		"infinite": {func(*oracle.Plant) {}, math.Inf(1), 0, "load of step 0"},
		"huge":     {func(*oracle.Plant) {}, 1e9, 0, "load of step 0"},
	} {
		t.Run(name, func(t *testing.T) {
			p := good
			tc.change(&p)
			_, err := oracle.Requests(p, []float64{tc.load}, tc.late)
			require.ErrorContains(t, err, tc.want)
			_, err = oracle.Queue(p, []float64{tc.load}, 0, tc.late)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := oracle.Queue(good, nil, -1, 0)
	require.ErrorContains(t, err, "wait")
	b, err := oracle.Requests(good, nil, 0.01)
	require.NoError(t, err)
	require.Zero(t, b.High)
}

// days is 16 days at 5 s with 40 replicas at the peak, each step another load.
func days() (oracle.Plant, []float64) {
	p := oracle.Plant{Step: 5 * time.Second, StartUp: time.Minute, PerReplica: 1, Min: 1}
	r := rand.New(rand.NewPCG(3, 3))
	loads := make([]float64, 16*24*720)
	for i := range loads {
		day := math.Sin(2 * math.Pi * float64(i) / (24 * 720))
		loads[i] = max(0, 20+15*day+5*(2*r.Float64()-1))
	}
	return p, loads
}

func BenchmarkRequests(b *testing.B) {
	p, loads := days()
	for name, late := range map[string]float64{"exact": 0, "0.1%": 0.001, "1%": 0.01} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := oracle.Requests(p, loads, late)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkQueue(b *testing.B) {
	p, loads := days()
	for b.Loop() {
		_, err := oracle.Queue(p, loads, 5*time.Minute, 0)
		require.NoError(b, err)
	}
}
