// Package incumbents holds the autoscalers that people run today, so that a replay
// can put them beside ours: the HorizontalPodAutoscaler, KEDA, Knative's pod
// autoscaler, AWS step scaling, backlog per task, and predictive scaling. Target
// tracking has a package of its own, bench/targettracking.
//
// Each reads no clock and does no I/O: equal steps give equal results. Each
// settings' Target is what a sweep changes; every other field has the default that
// its documentation or its code has, which a function Default… writes down, and each
// type's comment says what is documented and what is ours. What is ours is a model.
//
// What is known to agree with the originals, and how: the conformance tests hold all
// of them against inputs and outputs of the originals' own tests and documentation
// (testdata/conformance), and test/incumbents compares the HorizontalPodAutoscaler
// and Knative's with the originals' own code over random inputs. None of it was held
// against a real AWS account.
package incumbents

import (
	"math"
	"time"
)

// Seen is what an autoscaler sees at a step. A number that is not known is a NaN:
// each autoscaler says what it does without data.
type Seen struct {
	// Now is the time since the beginning; it does not go back.
	Now time.Duration
	// Ready replicas serve. Ordered are those that it last asked for, or as
	// somebody else left them.
	Ready, Ordered int32
	// Means since the last step: arrivals a second, requests or messages being
	// served, and the busy share of the ready replicas, 1 where all are busy.
	Requests, InFlight, Utilization float64
	// A queue's messages now.
	Visible, NotVisible, Delayed float64
}

// Autoscaler is one that a replay runs. It is not safe for concurrent use.
type Autoscaler interface {
	// Every is how often it looks: Step is to be called once in that time.
	Every() time.Duration
	// Step is how many replicas it wants now.
	Step(now Seen) (desired int32)
}

// Metric is the number that an autoscaler follows.
type Metric func(Seen) float64

// Requests a second, since the last step.
func Requests(s Seen) float64 { return s.Requests }

// InFlight is how many are being served.
func InFlight(s Seen) float64 { return s.InFlight }

// Utilization of the ready replicas, as a share.
func Utilization(s Seen) float64 { return s.Utilization }

// Visible messages.
func Visible(s Seen) float64 { return s.Visible }

// known says whether there is data.
func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// whole is v as a count of replicas, which must not wrap around.
func whole(v float64) int32 {
	return int32(math.Max(math.MinInt32, math.Min(v, math.MaxInt32)))
}

// within bounds n, where most is not 0.
func within(n, least, most int32) int32 {
	if most > 0 {
		n = min(n, most)
	}
	return max(n, least)
}
