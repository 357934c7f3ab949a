package plant_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/bench/plant"
)

const second = time.Second

func fixed(d time.Duration) plant.StartUp { return plant.StartUp{Median: d} }

func TestServesAtItsRate(t *testing.T) {
	p := plant.New(plant.Settings{Rate: 10, Replicas: 2})
	s := p.Step(second, 50, 2)
	require.Equal(t, plant.State{Now: second, Arrived: 50, Served: 20, Waiting: 30, Ready: 2, Wait: 600 * time.Millisecond, Busy: 1, Billed: 2 * second}, s)
	require.Equal(t, []plant.Begun{{Amount: 20, Last: 600 * time.Millisecond}}, p.Begun(), "arrivals and service are even over the step")
	s = p.Step(second, 0, 2)
	require.InDelta(t, 10, s.Waiting, 1e-9)
	require.InDelta(t, float64(1200*time.Millisecond), float64(s.Wait), 1e3)
	s = p.Step(second, 0, 2)
	require.InDelta(t, 0.5, s.Busy, 1e-9)
	require.Zero(t, s.Waiting)
	require.Zero(t, s.Wait)
}

func TestNobodyWaitsForCapacityThatIsThere(t *testing.T) {
	p := plant.New(plant.Settings{Rate: 10, Replicas: 2, ServiceTime: 100 * time.Millisecond})
	s := p.Step(5*second, 80, 2)
	require.Equal(t, []plant.Begun{{Amount: 80}}, p.Begun())
	require.InDelta(t, 0.8, s.Busy, 1e-9)
	require.InDelta(t, 1.6, s.InService, 1e-9, "16 a second for a tenth of one")
	s = p.Step(5*second, 0, 2)
	require.InDelta(t, 80, s.Served, 1e-9)
}

func TestIdleCapacityIsNotSaved(t *testing.T) {
	p := plant.New(plant.Settings{Rate: 10, Replicas: 1})
	p.Step(10*second, 0, 1)
	require.InDelta(t, 10, p.Step(second, 100, 1).Served, 1e-9)
}

func TestLongWorkTakesSlots(t *testing.T) {
	p := plant.New(plant.Settings{Rate: 0.2, ServiceTime: 10 * second, Replicas: 1}) // two at once
	var in, served, waiting []float64
	for range 6 {
		s := p.Step(4*second, map[bool]float64{true: 6, false: 0}[p.State().Now == 0], 1)
		in, served, waiting = append(in, s.InService), append(served, s.Served), append(waiting, s.Waiting)
	}
	require.Equal(t, []float64{2, 2, 2, 2, 2, 2}, in)
	require.Equal(t, []float64{0, 0, 2, 2, 4, 4}, served, "at 10 s and at 20 s")
	require.Equal(t, []float64{4, 4, 2, 2, 0, 0}, waiting)
}

func TestReplicasTakeTimeToStart(t *testing.T) {
	p := plant.New(plant.Settings{Rate: 1, StartUp: fixed(3 * second), Replicas: 1})
	var ready []int32
	for range 4 {
		ready = append(ready, p.Step(second, 0, 4).Ready)
	}
	require.Equal(t, []int32{1, 1, 4, 4}, ready)
	require.Equal(t, 16*second, p.State().Billed, "start-up included")
	require.Equal(t, int64(3), p.State().Starts)
}

func TestStartUpTimesAreDistributed(t *testing.T) {
	const n = 10_000
	s := plant.Settings{Rate: 1, StartUp: plant.StartUp{Median: 30 * second, P90: 60 * second}, Seed: 1}
	p := plant.New(s)
	at := map[time.Duration]int32{}
	for range 120 {
		st := p.Step(second, 0, n)
		at[st.Now] = st.Ready
	}
	require.InDelta(t, 0.5, float64(at[30*second])/n, 0.02)
	require.InDelta(t, 0.9, float64(at[60*second])/n, 0.02)
}

func TestReplicasStopTheYoungestFirst(t *testing.T) {
	p := plant.New(plant.Settings{Rate: 1, StartUp: fixed(3 * second), Replicas: 4})
	s := p.Step(second, 0, 6)
	require.Equal(t, []int32{4, 2}, []int32{s.Ready, s.Starting})
	s = p.Step(second, 0, 5)
	require.Equal(t, []int32{4, 1}, []int32{s.Ready, s.Starting})
	s = p.Step(second, 0, 2)
	require.Equal(t, []int32{2, 0}, []int32{s.Ready, s.Starting})
	s = p.Step(second, 9, 0)
	require.Equal(t, []float64{9, 0}, []float64{s.Waiting, s.Served})
}

func TestStoppedReplicasFinishWhatTheyHave(t *testing.T) {
	p := plant.New(plant.Settings{Rate: 0.1, ServiceTime: 10 * second, Replicas: 4})
	p.Step(second, 4, 4)
	s := p.Step(second, 2, 2)
	require.Equal(t, []int32{2, 2}, []int32{s.Ready, s.Draining})
	require.Equal(t, []float64{4, 2}, []float64{s.InService, s.Waiting}, "what is left of two is nobody's slot")
	for range 9 {
		s = p.Step(second, 0, 2)
	}
	require.Equal(t, []float64{4, 2, 0}, []float64{s.Served, s.InService, s.Waiting})
	require.Equal(t, int32(0), s.Draining)
	require.Equal(t, (4+2*9+2*10)*second, s.Billed)
}

// TestConservation: whatever happens, what arrived was served, is served or waits.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		settings := plant.Settings{
			Rate:        rapid.Float64Range(0, 100).Draw(t, "rate"),
			ServiceTime: time.Duration(rapid.Int64Range(0, int64(30*second)).Draw(t, "service time")),
			StartUp:     plant.StartUp{Median: time.Duration(rapid.Int64Range(0, int64(10*second)).Draw(t, "start-up")), P90: 12 * second},
			Replicas:    rapid.Int32Range(0, 10).Draw(t, "replicas"),
			Seed:        rapid.Uint64().Draw(t, "seed"),
		}
		p, twin := plant.New(settings), plant.New(settings)
		last, arrived := p.State(), 0.0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			dt := time.Duration(rapid.Int64Range(1, int64(5*second)).Draw(t, "dt"))
			n := rapid.Float64Range(-5, 500).Draw(t, "arrivals")
			desired := rapid.Int32Range(-2, 20).Draw(t, "desired")
			s := p.Step(dt, n, desired)
			arrived += max(0, n)
			within := 1e-6 * (1 + arrived)
			require.InDelta(t, arrived, s.Arrived, within)
			require.InDelta(t, s.Arrived, s.Served+s.Waiting+s.InService, within, "conservation")
			require.GreaterOrEqual(t, s.Waiting, -within)
			require.GreaterOrEqual(t, s.InService, -within)
			require.GreaterOrEqual(t, s.Served, last.Served-within)
			require.LessOrEqual(t, s.Busy, 1.0)
			require.GreaterOrEqual(t, s.Billed, last.Billed)
			require.Equal(t, max(0, desired), s.Ready+s.Starting)
			sum := 0.0
			for _, b := range p.Begun() {
				sum += b.Amount
				require.GreaterOrEqual(t, b.First, time.Duration(0))
				require.GreaterOrEqual(t, b.Last, time.Duration(0))
			}
			require.InDelta(t, (s.Served+s.InService)-(last.Served+last.InService), sum, within, "what began")
			require.Equal(t, s, twin.Step(dt, n, desired), "equal steps, equal results")
			last = s
		}
	})
}
