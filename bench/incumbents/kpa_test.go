package incumbents_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/incumbents"
)

func TestKPAPanicsWithinItsWindow(t *testing.T) {
	k, s := incumbents.NewKPA(incumbents.DefaultKPA(10, 0)), replicas(1)
	s.InFlight = 7
	follow(k, s, 40)
	require.Equal(t, int32(1), s.Ordered)
	s.InFlight = 70
	require.Equal(t, []int32{4, 7, 10, 10}, follow(k, s, 4), "28, 49 and 70 in flight over 6 s")
	s.InFlight = 0
	wanted := follow(k, s, 60)
	require.Equal(t, int32(10), wanted[26], "for 60 s after the threshold it does not scale in")
	require.Less(t, wanted[27], int32(10))
	require.Equal(t, int32(0), wanted[59])
}

func TestKPAKeepsTheLastReplicaForTheGrace(t *testing.T) {
	settings := incumbents.DefaultKPA(10, 0)
	k, s := incumbents.NewKPA(settings), replicas(1)
	s.InFlight = 1
	follow(k, s, 10)
	s.InFlight = 0
	began, gone := s.Now, time.Duration(0)
	for gone == 0 && s.Now < time.Hour {
		if at := s.Now; follow(k, s, 1)[0] == 0 {
			gone = at
		}
	}
	require.Equal(t, settings.StableWindow-2*time.Second+settings.Grace, gone-began, "the step's own seconds count")
	s.InFlight = 1
	require.Equal(t, []int32{1}, follow(k, s, 1))
}

func TestKPASecondsBetweenStepsAreTheStepsMean(t *testing.T) {
	settings := incumbents.DefaultKPA(10, 0)
	settings.Tick = 5 * time.Second
	k, s := incumbents.NewKPA(settings), replicas(1)
	s.InFlight = 21
	require.Equal(t, []int32{1, 3, 3}, follow(k, s, 3))
}

func TestKPARangeAndUnreachable(t *testing.T) {
	settings := incumbents.DefaultKPA(10, 5)
	settings.Min = 2
	k, s := incumbents.NewKPA(settings), replicas(2)
	s.InFlight = 700
	require.Equal(t, []int32{2, 5}, follow(k, s, 2))
	s.InFlight = 0
	require.Equal(t, int32(2), follow(k, s, 200)[199])
}
