package cloudwatch

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// signalDatums are the signals of a policy that are published: those that are fresh,
// with the value that the external metrics API would serve, whatever the decision.
func (s *Sink) signalDatums(d policy.Decision, now time.Duration) []types.MetricDatum {
	names := s.policies[d.Policy].Signals
	if names == nil {
		return nil
	}
	var out []types.MetricDatum
	for i := range d.Signals {
		r := &d.Signals[i]
		if r.State != signals.StateFresh || r.Served == nil || now >= r.Served.Expires || !slices.Contains(names, r.Name) {
			continue
		}
		out = append(out, s.datum(d, r.Name, r.Served.Value, types.StandardUnitNone))
	}
	return out
}
