package replay

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/incumbents"
	"github.com/scaler-dev/scaler/bench/plant"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// after is how long after the load's step all replicas are there that it needs.
func after(t *testing.T, a Autoscaler, need int32) time.Duration {
	t.Helper()
	s := settings(append(repeat(1200, 10), repeat(3600, 100)...)...)
	s.Plant = plant.Settings{Rate: 10, ServiceTime: 100 * time.Millisecond, StartUp: plant.StartUp{Median: 10 * time.Second}, Replicas: 3}
	enough := time.Duration(0)
	require.NoError(t, Run(t.Context(), s, a, func(s Step) {
		if s.Index >= 1200 && enough == 0 && s.State.Ready >= need {
			enough = s.State.Now - 1200*time.Second
		}
	}))
	require.NotZero(t, enough, "it never had enough")
	return enough
}

func TestActuatorsDiffer(t *testing.T) {
	direct := after(t, Documented{documented(t), Direct{}}, 12)
	hpa := after(t, Documented{documented(t), NewHPA(1, 50)}, 12)
	tracked := after(t, Documented{documented(t), NewTargetTracking(1, 50)}, 12)
	t.Logf("enough after: direct %s, HPA %s, target tracking (our model) %s", direct, hpa, tracked)
	floored := after(t, Documented{documented(t), NewWithFloor(1, 50, floor.Limits{TTL: 5 * time.Minute, Cooldown: 15 * time.Second, Max: 50})}, 12)
	require.LessOrEqual(t, floored, direct+20*time.Second, "the floor does not wait for alarms; its cooldown is 15 s")
	require.LessOrEqual(t, direct, hpa)
	require.LessOrEqual(t, hpa, direct+15*time.Second, "a sync at most")
	require.Greater(t, tracked, 2*time.Minute, "three datapoints of a minute")
}

// TestTheFloorComesDown: what was raised in a peak is restored after it, and no switch
// is left.
func TestTheFloorComesDown(t *testing.T) {
	s := settings(append(append(repeat(1200, 10), repeat(1800, 100)...), repeat(7200, 10)...)...)
	s.Plant = plant.Settings{Rate: 10, ServiceTime: 100 * time.Millisecond, Replicas: 2, StartUp: plant.StartUp{Median: 30 * time.Second}}
	a, raised := NewWithFloor(1, 50, floor.Limits{TTL: 5 * time.Minute, Cooldown: 15 * time.Second, Max: 50}), int32(0)
	require.NoError(t, Run(t.Context(), s, Documented{documented(t), a}, func(Step) {
		least, _ := a.model.Range()
		raised = max(raised, least)
	}))
	least, _ := a.model.Range()
	require.Greater(t, raised, int32(9))
	require.Equal(t, int32(1), least)
	require.Nil(t, a.sw)
}

func TestIncumbentsFollow(t *testing.T) {
	for name, a := range map[string]Autoscaler{
		"hpa":                     NewIncumbent(incumbents.NewHPA(incumbents.DefaultHPA(7, incumbents.Requests, 50)), Sampling{}),
		"kpa":                     NewIncumbent(incumbents.NewKPA(incumbents.DefaultKPA(1, 50)), Sampling{}),
		"step scaling":            NewIncumbent(incumbents.NewStep(incumbents.DefaultStep(0.7, incumbents.Utilization, 1, 50)), Sampling{}),
		"target tracking (model)": NewOnRequests(7, 1, 50),
	} {
		t.Run(name, func(t *testing.T) { t.Logf("enough after %s", after(t, a, 11)) })
	}
}
