package explain

import (
	"slices"

	"github.com/scaler-dev/scaler/internal/policy"
)

// Why tells in one line what made the decision what it is: the proposal that
// counts, and the last step that changed it.
func Why(d policy.Decision, o Options) string {
	if d.Relayed() {
		return relayed
	}
	if _, known := d.Desired.Replicas(); !known {
		return o.text(unknown(d))
	}
	text := leading(d)
	s, ok := deciding(d)
	switch {
	case !ok:
		return o.text(text)
	case text == "" || s.Stage == policy.StageCombine:
		return o.text(text + step(d, s))
	default:
		return o.text(text + "; " + step(d, s))
	}
}

// leading is the arithmetic of the proposal that counts, if one alone does.
func leading(d policy.Decision) string {
	for _, s := range d.Trail {
		if s.Stage != policy.StageCombine {
			continue
		}
		for _, p := range d.Proposals {
			if p.Demand == s.Subject && p.State == policy.Proposed {
				return p.Demand + ": " + arithmetic(p, brief)
			}
		}
		return combine(s)
	}
	return ""
}

// deciding is the last step after combining that changed the number.
func deciding(d policy.Decision) (policy.Step, bool) {
	for _, s := range slices.Backward(d.Trail) {
		if s.Stage != policy.StageCombine && (s.Before != s.After || s.Stage == policy.StageFailSafe) {
			return s, true
		}
	}
	return policy.Step{}, false
}

// Code is the one reason that says most about a decision: why it is unknown, or
// which step had the last word.
func Code(d policy.Decision) policy.Reason {
	if _, known := d.Desired.Replicas(); !known {
		return d.Desired.Reason()
	}
	if s, ok := deciding(d); ok {
		return s.Reason
	}
	for _, s := range d.Trail {
		if s.Stage == policy.StageCombine {
			return s.Reason
		}
	}
	return ""
}
