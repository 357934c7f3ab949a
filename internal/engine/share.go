package engine

import (
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// share is each replica's share of a total: of those that were ready when it was
// true, by the workload's own count. A share outside of min and max is not believed.
type share struct{ min, max float64 }

// of gives the share. Without a count there is none.
func (s share) of(o signals.Observation, w *policy.Workload) signals.Observation {
	k, ok := o.(signals.Known)
	if !ok {
		return o
	}
	ready := w.ReadyAt(k.BornAt())
	switch {
	case w.State != policy.WorkloadKnown && w.Reason != "":
		return signals.Withheld(o, w.Reason)
	case w.State != policy.WorkloadKnown || ready <= 0:
		return signals.Withheld(o, signals.Absent)
	}
	if v := k.Value() / float64(ready); v < s.min || v > s.max {
		return signals.Withheld(o, signals.Invalid)
	}
	return signals.Divided(o, float64(ready))
}
