package incumbents_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/incumbents"
)

func TestStepScalingWaitsForThreeMinutesAndTheCooldown(t *testing.T) {
	a, s := incumbents.NewStep(incumbents.DefaultStep(0.5, incumbents.Utilization, 1, 100)), replicas(10)
	s.Utilization = 0.62 // a quarter above: 10 %
	require.Equal(t, []int32{10, 10, 11, 11, 11}, follow(a, s, 5))
	s.Utilization = 0.9
	require.Equal(t, []int32{13, 13, 13, 13, 13, 16}, follow(a, s, 6), "30 % of 10, less what was added; again 5 minutes later")
	s.Utilization = 0.38
	require.Equal(t, []int32{16, 16, 16, 16, 15, 15}, follow(a, s, 6), "once the cooldown is over")
	s.Utilization = 0.5
	require.Equal(t, int32(15), follow(a, s, 20)[19])
}

func TestBacklogPerTaskFollowsInProportion(t *testing.T) {
	a, s := incumbents.NewBacklog(incumbents.DefaultBacklog(100, 1, 100)), replicas(10)
	s.Visible = 1500
	require.Equal(t, []int32{10, 10, 15}, follow(a, s, 3))
	s.Visible, s.NotVisible = 950*1.5, 1e6
	require.Equal(t, int32(15), follow(a, s, 60)[59], "less than a tenth below; what is in flight does not count")
	s.Visible = 500
	wanted := follow(a, s, 15)
	require.Equal(t, []int32{15, 5}, wanted[13:])
}

func TestBacklogPerTaskIsUndefinedAtZero(t *testing.T) {
	a, s := incumbents.NewBacklog(incumbents.DefaultBacklog(100, 0, 100)), replicas(0)
	s.Visible = 1e6
	require.Equal(t, int32(0), follow(a, s, 120)[119])
}

// daily has 100 a second in the hour from 12, and 10 in all others.
func daily(s *incumbents.Seen) {
	s.Requests = 10
	if s.Now%(24*time.Hour)/time.Hour == 12 {
		s.Requests = 100
	}
}

func TestPredictiveAddsAheadOfTheHourAndNeverTakes(t *testing.T) {
	a := incumbents.NewPredictive(incumbents.DefaultPredictive(10, incumbents.Requests, nil, 1, 100))
	s := replicas(1)
	at := map[time.Duration]int32{}
	for s.Now < 3*24*time.Hour {
		daily(s)
		now := s.Now
		at[now] = follow(a, s, 1)[0]
	}
	noon, day := 12*time.Hour, 24*time.Hour
	require.Equal(t, int32(1), at[noon+30*time.Minute], "there is no history yet")
	require.Equal(t, int32(1), at[day+noon-6*time.Minute])
	require.Equal(t, int32(10), at[day+noon-5*time.Minute])
	require.Equal(t, int32(10), at[2*day], "nobody takes them away")
	require.Equal(t, int32(1), a.Floor(2*day+13*time.Hour), "though the forecast asks for less")
}

func TestPredictiveBesideAnother(t *testing.T) {
	step := incumbents.NewStep(incumbents.DefaultStep(0.5, incumbents.Utilization, 1, 100))
	a := incumbents.NewPredictive(incumbents.DefaultPredictive(10, incumbents.Requests, step, 1, 100))
	require.Equal(t, step.Every(), a.Every())
	s := replicas(1)
	s.Utilization = 0.1
	for s.Now < 24*time.Hour+12*time.Hour {
		daily(s)
		follow(a, s, 1)
	}
	require.Equal(t, int32(10), s.Ordered)
	for s.Now < 24*time.Hour+14*time.Hour {
		daily(s)
		follow(a, s, 1)
	}
	require.Equal(t, int32(1), s.Ordered, "the other one scales in")
}

func TestPredictiveHonoursTheMaximumOrNot(t *testing.T) {
	for buffer, want := range map[int32]int32{-1: 40, 0: 50, 10: 50} {
		settings := incumbents.DefaultPredictive(10, incumbents.Requests, nil, 1, 40)
		settings.MaxBuffer = buffer
		a, s := incumbents.NewPredictive(settings), replicas(1)
		s.Requests = 500
		follow(a, s, 25*60)
		require.Equal(t, want, a.Floor(s.Now))
	}
}
