package incumbents

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type awsCases struct {
	StepScaling struct {
		Threshold float64
		Type      AdjustmentType
		Out, In   [][3]*float64
		Sequence  []struct {
			Current int32
			Metric  float64
			Want    int32
		}
		MinAdjustment []struct {
			Current      int32
			Percent      float64
			MinMagnitude int32
			Want         int32
		}
		Rounding                [][2]float64
		Cooldown                string
		ChangeInCapacity, Exact []struct {
			Current int32
			Adj     float64
			Want    int32
		}
	}
	SQSBacklog []struct {
		Messages           float64
		Instances          int32
		Processing         float64 `json:"processing_s"`
		Latency            float64 `json:"acceptable_latency_s"`
		WantTarget         float64
		CurrentPerInstance float64
		WantAdd            int32
	}
	Predictive []struct {
		MaxCapacityBuffer, Forecast, Max, WantEffectiveMax int32
	}
}

func bound(v *float64, open float64) float64 {
	if v == nil {
		return open
	}
	return *v
}

func intervals(of [][3]*float64) []Interval {
	var list []Interval
	for _, i := range of {
		list = append(list, Interval{bound(i[0], math.Inf(-1)), bound(i[1], math.Inf(1)), *i[2]})
	}
	return list
}

func TestStepScalingConforms(t *testing.T) {
	c := read[awsCases](t, "aws.json").StepScaling
	s := DefaultStep(c.Threshold, Utilization, 1, 100)
	require.Equal(t, intervals(c.Out), s.Out, "the default is AWS's example")
	require.Equal(t, intervals(c.In), s.In)
	require.Equal(t, c.Type, s.Type)
	for _, step := range c.Sequence {
		require.Equal(t, step.Want, s.Wanted(step.Current, step.Metric), "%+v", step)
	}
	for _, m := range c.MinAdjustment {
		require.Equal(t, m.Want, PercentChangeInCapacity.Adjust(m.Current, m.Percent, m.MinMagnitude))
	}
	for _, r := range c.Rounding {
		require.Equal(t, int32(r[1]), RoundPercent(r[0]), "%v", r[0])
	}
	for _, a := range c.ChangeInCapacity {
		require.Equal(t, a.Want, ChangeInCapacity.Adjust(a.Current, a.Adj, 0))
	}
	for _, a := range c.Exact {
		require.Equal(t, a.Want, ExactCapacity.Adjust(a.Current, a.Adj, 0))
	}
}

// TestStepScalingCooldownConforms: "a larger step adds only the difference (previous
// +2, now +3 => +1); scale-in blocked during cooldown; scale-out interrupts a
// scale-in cooldown".
func TestStepScalingCooldownConforms(t *testing.T) {
	by := func(n int32) func(int32) int32 { return func(from int32) int32 { return from + n } }
	c := cooldown{out: 5 * time.Minute, in: 5 * time.Minute}
	require.Equal(t, int32(12), c.scaleOut(0, 10, 100, by(2)))
	require.Equal(t, int32(12), c.scaleOut(time.Minute, 12, 100, by(2)), "no more than before")
	require.Equal(t, int32(13), c.scaleOut(2*time.Minute, 12, 100, by(3)))
	require.Equal(t, int32(13), c.scaleIn(3*time.Minute, 13, 1, by(-1)))
	require.Equal(t, int32(12), c.scaleIn(7*time.Minute, 13, 1, by(-1)))
	require.Equal(t, int32(12), c.scaleIn(8*time.Minute, 12, 1, by(-1)))
	require.Equal(t, int32(14), c.scaleOut(9*time.Minute, 12, 100, by(2)))
	require.Equal(t, int32(16), c.scaleOut(14*time.Minute, 14, 100, by(2)), "it is over")
}

func TestBacklogPerTaskConforms(t *testing.T) {
	for _, c := range read[awsCases](t, "aws.json").SQSBacklog {
		target := AcceptableBacklog(seconds(c.Latency), seconds(c.Processing))
		require.InDelta(t, c.WantTarget, target, 1e-9)
		metric := BacklogPerTask(Seen{Visible: c.Messages, Ready: c.Instances})
		require.InDelta(t, c.CurrentPerInstance, metric, 1e-9)
		require.Equal(t, c.WantAdd, DefaultBacklog(target, 1, 100).Wanted(c.Instances, metric)-c.Instances)
	}
}

func TestPredictiveMaximumConforms(t *testing.T) {
	for _, c := range read[awsCases](t, "aws.json").Predictive {
		require.Equal(t, c.WantEffectiveMax, EffectiveMax(c.Forecast, c.Max, c.MaxCapacityBuffer))
	}
}
