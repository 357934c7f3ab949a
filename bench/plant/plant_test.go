package plant_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/bench/plant"
)

const second = time.Second

func TestServesAtItsRate(t *testing.T) {
	q := plant.New(plant.Settings{Rate: 10, Replicas: 2})
	s := q.Step(second, 50, 2)
	require.Equal(t, plant.State{Now: second, Arrived: 50, Served: 20, Backlog: 30, Ready: 2}, s)
	s = q.Step(second, 0, 2)
	require.Equal(t, plant.State{Now: 2 * second, Arrived: 50, Served: 40, Backlog: 10, Ready: 2, Wait: second}, s)
	s = q.Step(second, 0, 2)
	require.Equal(t, plant.State{Now: 3 * second, Arrived: 50, Served: 50, Ready: 2}, s)
}

func TestFractionsOfMessagesAddUp(t *testing.T) {
	q := plant.New(plant.Settings{Rate: 0.25, Replicas: 1})
	var served []int64
	for range 8 {
		served = append(served, q.Step(second, 1, 1).Served)
	}
	require.Equal(t, []int64{0, 0, 0, 1, 1, 1, 1, 2}, served)
}

func TestIdleCapacityIsNotSaved(t *testing.T) {
	q := plant.New(plant.Settings{Rate: 10, Replicas: 1})
	q.Step(10*second, 0, 1)
	require.Equal(t, int64(10), q.Step(second, 100, 1).Served)
}

func TestReplicasTakeTimeToStart(t *testing.T) {
	q := plant.New(plant.Settings{Rate: 1, StartUp: 3 * second, Replicas: 1})
	var ready []int32
	for range 4 {
		ready = append(ready, q.Step(second, 0, 4).Ready)
	}
	require.Equal(t, []int32{1, 1, 4, 4}, ready)
}

func TestReplicasStopAtOnceTheYoungestFirst(t *testing.T) {
	q := plant.New(plant.Settings{Rate: 1, StartUp: 3 * second, Replicas: 4})
	s := q.Step(second, 0, 6)
	require.Equal(t, []int32{4, 2}, []int32{s.Ready, s.Starting})
	s = q.Step(second, 0, 5)
	require.Equal(t, []int32{4, 1}, []int32{s.Ready, s.Starting})
	s = q.Step(second, 0, 2)
	require.Equal(t, []int32{2, 0}, []int32{s.Ready, s.Starting})
	s = q.Step(second, 9, 0)
	require.Equal(t, plant.State{Now: 4 * second, Arrived: 9, Backlog: 9}, s)
}

// TestConservation: whatever happens, what arrived was served or waits.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		settings := plant.Settings{
			Rate:     rapid.Float64Range(0, 100).Draw(t, "rate"),
			StartUp:  time.Duration(rapid.Int64Range(0, int64(10*second)).Draw(t, "start-up")),
			Replicas: rapid.Int32Range(0, 10).Draw(t, "replicas"),
		}
		q, twin := plant.New(settings), plant.New(settings)
		last, arrived, capacity := q.State(), int64(0), 1.0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			dt := time.Duration(rapid.Int64Range(0, int64(5*second)).Draw(t, "dt"))
			n := rapid.Int64Range(-5, 500).Draw(t, "arrivals")
			desired := rapid.Int32Range(-2, 20).Draw(t, "desired")
			s := q.Step(dt, n, desired)
			arrived += max(0, n)
			capacity += float64(s.Ready) * settings.Rate * dt.Seconds()

			require.Equal(t, arrived, s.Arrived)
			require.Equal(t, s.Arrived, s.Served+s.Backlog, "conservation")
			require.GreaterOrEqual(t, s.Backlog, int64(0))
			require.GreaterOrEqual(t, s.Served, last.Served)
			require.LessOrEqual(t, float64(s.Served), capacity, "more served than replicas can")
			require.Equal(t, max(0, desired), s.Ready+s.Starting)
			require.GreaterOrEqual(t, s.Starting, int32(0))
			require.Equal(t, last.Now+dt, s.Now)
			require.True(t, s.Wait >= 0 && s.Wait <= s.Now)
			require.True(t, s.Backlog > 0 || s.Wait == 0, "nobody waits in an empty queue")
			require.Equal(t, s, twin.Step(dt, n, desired), "equal steps give equal results")
			last = s
		}
	})
}

// TestReadyOnlyAfterStartUp: no replica serves before its start-up is over.
func TestReadyOnlyAfterStartUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		startUp := time.Duration(rapid.Int64Range(1, int64(10*second)).Draw(t, "start-up"))
		q := plant.New(plant.Settings{Rate: 1, StartUp: startUp})
		for q.State().Now < 20*second {
			dt := time.Duration(rapid.Int64Range(int64(second/10), int64(2*second)).Draw(t, "dt"))
			s := q.Step(dt, 10, 3)
			require.Equal(t, s.Now >= startUp, s.Ready == 3)
		}
	})
}
