package explain

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/scaler-dev/scaler/internal/policy"
)

// step tells one step of the trail.
func step(d policy.Decision, s policy.Step) string {
	switch s.Stage {
	case policy.StageCombine:
		return combine(s)
	case policy.StageDoubt:
		return doubt(d, s)
	case policy.StageStabilize, policy.StageLimit:
		return behave(d, s)
	case policy.StageClamp:
		return clamp(s)
	case policy.StageFailSafe:
		return failSafe(d, s)
	default:
		return changed(meaning(s.Reason), s)
	}
}

func combine(s policy.Step) string {
	after := " → " + replicas(s.After)
	switch {
	case s.Reason == policy.ReasonLargest && s.Subject != "":
		return "largest proposal: " + s.Subject + after
	default:
		return meaning(s.Reason) + after
	}
}

func doubt(d policy.Decision, s policy.Step) string {
	var text string
	switch {
	case s.Reason == policy.ReasonMassGuard:
		text = massGuard(d)
	case s.Subject != "":
		text = fmt.Sprintf("%s: %s", s.Subject, meaning(s.Reason))
	default:
		text = meaning(s.Reason)
	}
	if s.After != s.Before {
		text += "; kept at " + replicas(s.After)
	}
	return text
}

// massGuard names the providers.
func massGuard(d policy.Decision) string {
	providers := guarded(d)
	if len(providers) == 0 {
		return meaning(policy.ReasonMassGuard)
	}
	return fmt.Sprintf("too many signals of %s failed at once: nothing may lower", strings.Join(providers, ", "))
}

// lift is how a human lifts a provider's mass guard.
func lift(provider string, o Options) string {
	return fmt.Sprintf("if the numbers are right, lift it: curl -X POST %s/api/v1/guards/%s/lift", cmp.Or(o.Address, DefaultAddress), provider)
}

func behave(d policy.Decision, s policy.Step) string {
	switch s.Reason {
	case policy.ReasonUnchanged:
		if s.Stage == policy.StageStabilize {
			return "no wait"
		}
		return "within the limits" + difference(d, s)
	case policy.ReasonScaleOutWindow:
		return fmt.Sprintf("held at %s by the scaleOut window%s (wants %s)", replicas(s.After), until(d, s.Until), replicas(s.Before))
	case policy.ReasonScaleInWindow:
		return fmt.Sprintf("held at %s by the scaleIn window%s (wants %s)", replicas(s.After), until(d, s.Until), replicas(s.Before))
	case policy.ReasonScaleOutLimit:
		return fmt.Sprintf("held to %s by the scaleOut limits%s%s (wants %s)", replicas(s.After), difference(d, s), until(d, s.Until), replicas(s.Before))
	case policy.ReasonScaleInLimit:
		return fmt.Sprintf("held to %s by the scaleIn limits%s%s (wants %s)", replicas(s.After), difference(d, s), until(d, s.Until), replicas(s.Before))
	default:
		return changed(meaning(s.Reason), s)
	}
}

// difference is the change to the decision before, as in ": +5".
func difference(d policy.Decision, s policy.Step) string {
	if d.Previous == nil || *d.Previous == s.After {
		return ""
	}
	return fmt.Sprintf(": %+d", s.After-*d.Previous)
}

func clamp(s policy.Step) string {
	switch s.Reason {
	case policy.ReasonMin:
		return fmt.Sprintf("raised from %s to %s, which is replicas.min", replicas(s.Before), replicas(s.After))
	case policy.ReasonMax:
		return fmt.Sprintf("cut from %s to %s, which is replicas.max", replicas(s.Before), replicas(s.After))
	case policy.ReasonUnchanged:
		return replicas(s.After) + " is within replicas.min and max"
	default:
		return changed(meaning(s.Reason), s)
	}
}

func failSafe(d policy.Decision, s policy.Step) string {
	if s.Reason != policy.ReasonHold {
		return fmt.Sprintf("%s: %s", meaning(s.Reason), replicas(s.After))
	}
	if d.Previous == nil {
		return meaning(s.Reason)
	}
	return fmt.Sprintf("%s; the last decision was %s", meaning(s.Reason), replicas(*d.Previous))
}

func changed(text string, s policy.Step) string {
	if s.Before == s.After {
		return text
	}
	return fmt.Sprintf("%s: %s → %s", text, replicas(s.Before), replicas(s.After))
}
