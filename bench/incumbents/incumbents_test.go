package incumbents_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/incumbents"
)

const least, most = 1, 40

// all are the autoscalers with a target that something near it is to be seen of.
func all() map[string]func() incumbents.Autoscaler {
	return map[string]func() incumbents.Autoscaler{
		"hpa": func() incumbents.Autoscaler {
			return incumbents.NewHPA(incumbents.DefaultHPA(10, incumbents.Requests, most))
		},
		"hpa with a behaviour": func() incumbents.Autoscaler {
			s, b := incumbents.DefaultHPA(10, incumbents.Requests, most), incumbents.DefaultBehavior()
			s.Behavior = &b
			return incumbents.NewHPA(s)
		},
		"hpa of cpu": func() incumbents.Autoscaler {
			s := incumbents.DefaultHPA(0.6, nil, most)
			s.Type = incumbents.CPU
			return incumbents.NewHPA(s)
		},
		"keda": func() incumbents.Autoscaler {
			s := incumbents.DefaultKEDA(5, most)
			s.Min = least
			return incumbents.NewKEDA(s)
		},
		"kpa": func() incumbents.Autoscaler {
			s := incumbents.DefaultKPA(10, most)
			s.Min = least
			return incumbents.NewKPA(s)
		},
		"step": func() incumbents.Autoscaler {
			return incumbents.NewStep(incumbents.DefaultStep(0.6, incumbents.Utilization, least, most))
		},
		"backlog per task": func() incumbents.Autoscaler {
			return incumbents.NewBacklog(incumbents.DefaultBacklog(20, least, most))
		},
		"predictive": func() incumbents.Autoscaler {
			beside := incumbents.NewStep(incumbents.DefaultStep(0.6, incumbents.Utilization, least, most))
			return incumbents.NewPredictive(incumbents.DefaultPredictive(10, incumbents.Requests, beside, least, most))
		},
	}
}

func anything(r *rand.Rand, s *incumbents.Seen) {
	s.Ready = r.Int32N(s.Ordered + 1)
	level := r.Float64() * 3
	s.Requests, s.InFlight, s.Utilization = level*150, level*150, level/2
	s.Visible, s.NotVisible = level*100, level*20
	if r.IntN(10) == 0 {
		s.Requests, s.Utilization, s.Visible = math.NaN(), math.Inf(1), math.NaN()
	}
}

// TestEqualStepsGiveEqualResults, and stay in the range.
func TestEqualStepsGiveEqualResults(t *testing.T) {
	for name, build := range all() {
		t.Run(name, func(t *testing.T) {
			a, b := build(), build()
			r, s, changes := rand.New(rand.NewPCG(1, 2)), &incumbents.Seen{Ordered: 5}, 0
			for range 3000 {
				anything(r, s)
				n := a.Step(*s)
				require.Equal(t, n, b.Step(*s))
				require.GreaterOrEqual(t, n, int32(least))
				require.LessOrEqual(t, n, int32(most))
				if n != s.Ordered {
					changes++
				}
				s.Ordered, s.Now = n, s.Now+a.Every()
			}
			require.Positive(t, changes)
		})
	}
}

// TestNoDataChangesNothing, for an hour, whatever was seen before.
func TestNoDataChangesNothing(t *testing.T) {
	for name, build := range all() {
		t.Run(name, func(t *testing.T) {
			a, nan := build(), math.NaN()
			s := incumbents.Seen{Ordered: 7, Ready: 7, Requests: nan, InFlight: nan, Utilization: nan, Visible: nan, NotVisible: nan, Delayed: nan}
			for ; s.Now < time.Hour; s.Now += a.Every() {
				require.Equal(t, int32(7), a.Step(s))
			}
		})
	}
}
