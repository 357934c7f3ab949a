package compile

import (
	"strings"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy/demand"
)

// How many messages a queue of SQS hands out at once.
const (
	inFlightStandard = 120_000
	inFlightFIFO     = 20_000
)

func deadlineOf(r v1alpha1.DeadlineDemand, spec v1alpha1.ScalingPolicySpec) demand.Deadline {
	return demand.Deadline{
		Backlog: r.Backlog, InFlight: r.InFlight, OldestAge: r.OldestAge, Arrivals: r.Arrivals,
		Within: r.Within.Duration, ServiceTime: r.ServiceTime.Duration, StartUp: r.StartUp.Duration,
		Concurrency: float64(r.Concurrency), MessageGroups: valueOf(r.MessageGroups), InFlightLimit: inFlightLimit(spec, r.Backlog),
	}
}

// inFlightLimit is that of the queue that a signal reads, or 0 where it is none of SQS.
func inFlightLimit(spec v1alpha1.ScalingPolicySpec, signal string) int32 {
	for _, s := range spec.Signals {
		switch {
		case s.Name != signal || s.SQS == nil:
		case strings.HasSuffix(s.SQS.Queue, ".fifo"):
			return inFlightFIFO
		default:
			return inFlightStandard
		}
	}
	return 0
}
