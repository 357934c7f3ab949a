package incumbents_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/incumbents"
)

func TestKEDAWakesAtAPollAndTheHPAGoesOn(t *testing.T) {
	k, s := incumbents.NewKEDA(incumbents.DefaultKEDA(5, 0)), replicas(0)
	require.Equal(t, []int32{0}, follow(k, s, 1))
	s.Visible = 100
	require.Equal(t, []int32{0, 4, 8, 16, 20}, follow(k, s, 5), "15 s is no poll; 30 s is, and the HPA starts with 1")
}

func TestKEDACountsWhatIsInFlight(t *testing.T) {
	settings := incumbents.DefaultKEDA(5, 0)
	seen := incumbents.Seen{Visible: 1, NotVisible: 10, Delayed: 100}
	require.InDelta(t, 11, settings.Length(seen), 0)
	settings.OnInFlight, settings.OnDelayed = false, true
	require.InDelta(t, 101, settings.Length(seen), 0)
}

func TestKEDASleepsAfterTheCooldown(t *testing.T) {
	k, s := incumbents.NewKEDA(incumbents.DefaultKEDA(5, 0)), replicas(1)
	s.Visible = 1
	follow(k, s, 3) // active at 0 and at 30 s
	s.Visible = 0
	asleep := time.Duration(0)
	for asleep == 0 && s.Now < time.Hour {
		if at := s.Now; follow(k, s, 1)[0] == 0 {
			asleep = at
		}
	}
	require.Equal(t, 360*time.Second, asleep, "the first poll more than 300 s after the last activity, at 30 s")
}

func TestKEDASleepsAtOnceWithoutActivityEver(t *testing.T) {
	require.Equal(t, []int32{0}, follow(incumbents.NewKEDA(incumbents.DefaultKEDA(5, 0)), replicas(3), 1))
}

func TestKEDAKeepsAMinimumAndAnActivation(t *testing.T) {
	settings := incumbents.DefaultKEDA(5, 0)
	settings.Min, settings.Activation = 2, 10
	k, s := incumbents.NewKEDA(settings), replicas(0)
	require.Equal(t, []int32{2}, follow(k, s, 1))
	settings.Min = 0
	k, s = incumbents.NewKEDA(settings), replicas(0)
	s.Visible = 10
	require.Equal(t, []int32{0, 0, 0}, follow(k, s, 3))
	s.Visible = 11
	require.Equal(t, []int32{0, 3}, follow(k, s, 2), "a poll each 30 s")
}
