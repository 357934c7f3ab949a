package incumbents_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/incumbents"
)

// follow gives an autoscaler the same numbers for some steps, with all replicas ready
// at once, and says what it wanted at each.
func follow(a incumbents.Autoscaler, s *incumbents.Seen, steps int) []int32 {
	var wanted []int32
	for range steps {
		n := a.Step(*s)
		wanted = append(wanted, n)
		s.Ordered, s.Ready, s.Now = n, n, s.Now+a.Every()
	}
	return wanted
}

func replicas(n int32) *incumbents.Seen { return &incumbents.Seen{Ordered: n, Ready: n} }

// held is an HPA that nothing limits.
func held(typ incumbents.TargetType) incumbents.HPASettings {
	s := incumbents.DefaultHPA(10, incumbents.Visible, 1000)
	s.Type, s.Behavior = typ, &incumbents.Behavior{}
	s.Behavior.Up.Policies = []incumbents.Policy{{Type: incumbents.Pods, Value: 1000, Period: time.Second}}
	s.Behavior.Down.Policies = s.Behavior.Up.Policies
	return s
}

// TestHPAOfAHeldMetric: as the real calculator answered.
func TestHPAOfAHeldMetric(t *testing.T) {
	for _, tt := range []struct {
		typ   incumbents.TargetType
		value float64
		from  int32
		want  []int32
	}{
		{incumbents.Value, 15, 10, []int32{15, 23, 35, 53, 80, 120, 180, 270}},
		{incumbents.Value, 7, 100, []int32{70, 49, 35, 25, 18, 13, 10, 7}},
		{incumbents.AverageValue, 150, 10, []int32{15, 15, 15}},
	} {
		s := replicas(tt.from)
		s.Visible = tt.value
		require.Equal(t, tt.want, follow(incumbents.NewHPA(held(tt.typ)), s, len(tt.want)))
	}
}

func TestHPAWithoutABehaviourDoublesAndWaitsFiveMinutes(t *testing.T) {
	h, s := incumbents.NewHPA(incumbents.DefaultHPA(10, incumbents.Visible, 100)), replicas(1)
	s.Visible = 500
	require.Equal(t, []int32{4, 8, 16, 32, 50, 50}, follow(h, s, 6))
	s.Visible = 100
	wanted := follow(h, s, 22)
	require.Equal(t, int32(50), wanted[19], "300 s after the last high recommendation it still counts")
	require.Equal(t, int32(10), wanted[20])
}

func TestHPAKeepsSmallChanges(t *testing.T) {
	h, s := incumbents.NewHPA(incumbents.DefaultHPA(10, incumbents.Visible, 100)), replicas(20)
	s.Visible = 219
	require.Equal(t, int32(20), h.Step(*s))
	s.Visible = 221
	require.Equal(t, int32(23), h.Step(*s))
}

func TestHPAWakesOnlyWhatItPutToSleep(t *testing.T) {
	settings := held(incumbents.AverageValue)
	settings.Min = 0
	h, s := incumbents.NewHPA(settings), replicas(0)
	s.Visible = 30
	require.Equal(t, int32(0), h.Step(*s), "somebody else scaled to zero")
	s.Ordered, s.Visible = 1, 0
	require.Equal(t, []int32{0, 0}, follow(h, s, 2))
	s.Visible = 30
	require.Equal(t, []int32{3}, follow(h, s, 1))
}

func TestHPAOfCPUCountsStartingPodsAsIdle(t *testing.T) {
	settings := incumbents.DefaultHPA(0.5, nil, 100)
	settings.Type = incumbents.CPU
	step := func(ready, ordered int32, utilization float64) int32 {
		return incumbents.NewHPA(settings).Step(incumbents.Seen{Ready: ready, Ordered: ordered, Utilization: utilization})
	}
	require.Equal(t, int32(20), step(10, 10, 1))
	require.Equal(t, int32(20), step(10, 20, 1), "those that start are enough")
	require.Equal(t, int32(5), incumbents.NewHPA(func() incumbents.HPASettings { s := settings; s.Window = -1; return s }()).
		Step(incumbents.Seen{Ready: 10, Ordered: 10, Utilization: 0.25}))
	require.Equal(t, int32(7), step(0, 7, 1), "no pod with a metric: it keeps")
	require.Equal(t, int32(7), step(7, 7, math.NaN()))
}
