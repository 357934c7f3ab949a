package replay

import (
	"slices"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// How late sources are, where a document does not say. CloudWatch's datapoints are
// of whole minutes and come a minute after them, as users report it.
const (
	cloudWatchPeriod = time.Minute
	cloudWatchLag    = time.Minute
	rateWindow       = time.Minute
	scrapeLag        = 15 * time.Second
)

// Bindings are what the signals of a policy read of the model: what the document
// says, and for sqs and alb what they are.
func Bindings(p *v1alpha1.ScalingPolicy, r *v1alpha1.Replay) map[string]Binding {
	out := map[string]Binding{}
	for i := range p.Spec.Signals {
		s := &p.Spec.Signals[i]
		b := Binding{Quantity: r.Spec.Bind[s.Name], Sampling: usual(s)}
		if b.Quantity == "" {
			b.Quantity = own(s)
		}
		if said, ok := r.Spec.Sampling[s.Name]; ok {
			b.Sampling = Sampling{Period: said.Period.Duration, Window: said.Window.Duration, Lag: said.Lag.Duration}
		}
		out[s.Name] = b
	}
	return out
}

// own is what a source's metric is by itself; empty: it could be anything.
func own(s *v1alpha1.Signal) Quantity {
	switch {
	case s.SQS != nil:
		visible, flying := slices.Contains(s.SQS.Count, v1alpha1.CountVisible), slices.Contains(s.SQS.Count, v1alpha1.CountNotVisible)
		if visible && flying {
			return v1alpha1.QueueMessages
		}
		if flying {
			return v1alpha1.QueueInFlight
		}
		return v1alpha1.QueueVisible
	case s.ALB != nil:
		return ofALB(*s.ALB)
	}
	return ""
}

// ofALB takes the nearest percentile below, of those that the model has.
func ofALB(a v1alpha1.ALBSignal) Quantity {
	switch {
	case a.Metric == v1alpha1.RequestsPerSecond:
		return v1alpha1.Arrivals
	case a.Metric == v1alpha1.RequestsPerTargetPerSecond:
		return v1alpha1.ArrivalsPerReplica
	case a.Percentile >= 99:
		return v1alpha1.LatencyP99
	case a.Percentile >= 95:
		return v1alpha1.LatencyP95
	case a.Percentile >= 90:
		return v1alpha1.LatencyP90
	}
	return v1alpha1.LatencyP50
}

// usual is how a source has what it reads.
func usual(s *v1alpha1.Signal) Sampling {
	switch {
	case s.ALB != nil:
		return Sampling{Period: cloudWatchPeriod, Lag: cloudWatchLag}
	case s.CloudWatch != nil:
		return Sampling{Period: max(s.CloudWatch.Period.Duration, time.Second), Lag: cloudWatchLag}
	case s.Prometheus != nil:
		return Sampling{Window: rateWindow, Lag: scrapeLag}
	}
	return Sampling{}
}
