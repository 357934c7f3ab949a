package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// reading tells a signal: its number, if it has one, its state and its age.
func reading(r policy.Reading) string {
	var b strings.Builder
	if r.Value != nil {
		b.WriteString(Number(*r.Value))
	} else {
		b.WriteString("no number")
	}
	fmt.Fprintf(&b, ", %s", r.State)
	if r.Age > 0 || r.Value != nil {
		fmt.Fprintf(&b, ", %s old", Duration(r.Age))
	}
	if r.Value != nil && !r.MayLower {
		b.WriteString(", may raise only")
	}
	if r.Reason != "" {
		fmt.Fprintf(&b, ": %s (%s)", meaning(policy.Reason(r.Reason)), r.Reason)
	}
	return b.String()
}

// workload tells the replicas; empty where the policy names no workload.
func workload(w policy.Workload) string {
	why := ""
	if w.Reason != "" {
		why = fmt.Sprintf(": %s (%s)", meaning(policy.Reason(w.Reason)), w.Reason)
	}
	switch w.State {
	case policy.WorkloadKnown:
		s := fmt.Sprintf("%s ordered, %s ready, seen %s ago", replicas(w.Ordered), replicas(w.Ready), Duration(w.Age))
		if w.Pending > 0 {
			s += fmt.Sprintf(", %d pending", w.Pending)
		}
		if w.Deploying {
			s += ", deployment in progress"
		}
		if w.DeployingFor > 0 {
			s += " for " + Duration(w.DeployingFor)
		}
		return s + why
	case policy.WorkloadStale:
		return fmt.Sprintf("replicas not known, last seen %s ago%s", Duration(w.Age), why)
	case policy.WorkloadUnknown:
		return "replicas not known" + why
	case policy.WorkloadNone:
		return ""
	default:
		return ""
	}
}

// proposal tells what a demand asks for, with its arithmetic.
func proposal(p policy.Proposal) string {
	switch p.State {
	case policy.Abstained:
		return withTerms("abstains: "+withSignal(p, meaning(p.Reason)), p)
	case policy.Doubtful:
		return withTerms(fmt.Sprintf("unknown: %s (%s)", withSignal(p, meaning(p.Reason)), p.Reason), p)
	case policy.Proposed:
	}
	s := arithmetic(p, term)
	if p.Reason != "" && p.Reason != policy.ReasonMassGuard {
		s += ", " + meaning(p.Reason)
	}
	if !p.MayLower && p.Reason != policy.ReasonHeld {
		s += ", may raise only"
	}
	return s
}

func withTerms(s string, p policy.Proposal) string {
	if len(p.Terms) == 0 {
		return s
	}
	return s + "; " + terms(p, term)
}

func withSignal(p policy.Proposal, what string) string {
	if p.Signal == "" {
		return what
	}
	return p.Signal + ": " + what
}

// arithmetic is the way from the signal's value to replicas.
func arithmetic(p policy.Proposal, text func(policy.Term) string) string {
	if len(p.Terms) > 0 {
		return fmt.Sprintf("%s %s: %s → %s", p.Signal, Number(p.Value), terms(p, text), replicas(p.Replicas))
	}
	if p.Divisor == 0 {
		return "→ " + replicas(p.Replicas)
	}
	quotient := p.Value / p.Divisor
	end := " → " + replicas(p.Replicas)
	if isRatio(p) {
		return fmt.Sprintf("%s ready × %s %s ÷ %s = %s%s", replicas(p.Ready), p.Signal,
			Number(p.Value), Number(p.Divisor), Number(float64(p.Ready)*quotient), end)
	}
	return fmt.Sprintf("%s %s ÷ %s = %s%s", p.Signal, Number(p.Value), Number(p.Divisor), Number(quotient), end)
}

// isRatio tells a ratio from a division, also where no replica was ready.
func isRatio(p policy.Proposal) bool {
	return p.Ready > 0 || p.MaxAdd > 0 || p.Reason == policy.ReasonTolerated ||
		(p.Replicas == 0 && math.Round(p.Value/p.Divisor*1e9) > 0)
}

// guarded lists the providers whose mass guard keeps the decision from lowering.
func guarded(d policy.Decision) []string {
	var providers []string
	for _, r := range d.Signals {
		if r.Reason == signals.MassGuard && r.Provider != "" && !slices.Contains(providers, r.Provider) {
			providers = append(providers, r.Provider)
		}
	}
	return providers
}

// until is when something ends, relative to the decision.
func until(d policy.Decision, at time.Duration) string {
	if at == 0 {
		return ""
	}
	left := max(0, at-d.At.Mono+time.Second-1).Truncate(time.Second)
	return fmt.Sprintf(", until %s from now", Duration(left))
}
