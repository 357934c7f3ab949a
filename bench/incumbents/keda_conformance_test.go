package incumbents

import (
	"testing"

	"github.com/stretchr/testify/require"
)

type kedaCases struct {
	ScaledJob []struct {
		Strategy                   JobStrategy
		MaxScale, Running, Pending int64
		MaxReplicas, ScaleTo, Want int64
		WantScaleTo                *int64
	}
	Fallback []struct {
		Type             TargetType
		Target           float64
		FallbackReplicas int32
		WantMetric       *float64
	}
	SQS []struct {
		Visible, NotVisible, Delayed float64
		Want                         *float64
		MissingAttribute, NotInt     bool
		Note                         string
	}
}

func TestKEDAJobsConform(t *testing.T) {
	for _, c := range read[kedaCases](t, "keda.json").ScaledJob {
		limit, to := c.Strategy.Jobs(c.MaxScale, c.Running, c.Pending, c.MaxReplicas, c.ScaleTo)
		require.Equal(t, c.Want, limit, "%+v", c)
		if c.WantScaleTo != nil {
			require.Equal(t, *c.WantScaleTo, to, "%+v", c)
		}
	}
}

func TestKEDAFallbackConforms(t *testing.T) {
	ran := 0
	for _, c := range read[kedaCases](t, "keda.json").Fallback {
		if c.WantMetric != nil {
			ran++
			require.InDelta(t, *c.WantMetric, Fallback(c.Target, c.FallbackReplicas), 0)
		}
	}
	require.Equal(t, 1, ran)
}

func TestKEDAQueueLengthConforms(t *testing.T) {
	values, notes := 0, 0
	s := DefaultKEDA(5, 0)
	for _, c := range read[kedaCases](t, "keda.json").SQS {
		switch {
		case c.Want != nil:
			values++
			require.InDelta(t, *c.Want, s.Length(Seen{Visible: c.Visible, NotVisible: c.NotVisible, Delayed: c.Delayed}), 0)
		case c.Note != "":
			notes++
			require.InDelta(t, 3, s.Length(Seen{Visible: 1, NotVisible: 2, Delayed: 4}), 0)
			require.False(t, s.Active(0))
			require.True(t, s.Active(1))
		default:
			require.True(t, c.MissingAttribute || c.NotInt, "it is listed as not applicable")
		}
	}
	require.Equal(t, []int{1, 1}, []int{values, notes})
}
