package explain

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

var (
	now   = signals.Instant{Wall: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Mono: time.Hour}
	eight = now.Wall.Add(-8 * time.Second)
)

func decision(name string, desired policy.Desired, previous *int32) policy.Decision {
	return policy.Decision{
		Policy: policy.ID{Namespace: "shop", Name: name}, At: now, Desired: desired, Previous: previous,
		Workload: policy.Workload{State: policy.WorkloadNone}, DataAt: eight, Expires: now.Mono + time.Minute,
	}
}

func fresh(name string, v float64) policy.Reading {
	return policy.Reading{Name: name, Provider: "aws", State: signals.StateFresh, Value: &v, MayLower: true, Age: 8 * time.Second}
}

func held() policy.Decision {
	d := decision("orders-worker", policy.Replicas(9), new(int32(9)))
	d.Signals = []policy.Reading{fresh("backlog", 37)}
	d.Proposals = []policy.Proposal{{
		Demand: "drain", State: policy.Proposed, Replicas: 4, MayLower: true, Signal: "backlog", Value: 37, Divisor: 10,
	}}
	d.Trail = []policy.Step{
		{Stage: policy.StageCombine, Reason: policy.ReasonLargest, Before: 9, After: 4, Subject: "drain"},
		{Stage: policy.StageDoubt, Reason: policy.ReasonConfirmed, Before: 4, After: 4},
		{Stage: policy.StageStabilize, Reason: policy.ReasonScaleInWindow, Before: 4, After: 9, Bound: 9, Until: now.Mono + 192*time.Second},
		{Stage: policy.StageLimit, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
		{Stage: policy.StageClamp, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
	}
	return d
}

func limited() policy.Decision {
	d := decision("web", policy.Replicas(50), new(int32(28)))
	d.Workload = policy.Workload{State: policy.WorkloadKnown, Ordered: 28, Ready: 25, Pending: 3, Deploying: true, DeployingFor: 12 * time.Minute, Age: 3 * time.Second}
	d.Signals = []policy.Reading{fresh("requests", 6310), fresh("p95", 0.28)}
	d.Proposals = []policy.Proposal{
		{Demand: "traffic", State: policy.Proposed, Replicas: 64, MayLower: true, Signal: "requests", Value: 6310, Divisor: 100},
		{Demand: "latency", State: policy.Proposed, Replicas: 28, Signal: "p95", Value: 0.28, Divisor: 0.25, Ready: 25, MaxAdd: 0.5, MayLower: true},
		{Demand: "office-hours", State: policy.Abstained, Reason: policy.ReasonOutside},
	}
	d.Trail = []policy.Step{
		{Stage: policy.StageCombine, Reason: policy.ReasonLargest, Before: 28, After: 64, Subject: "traffic"},
		{Stage: policy.StageDoubt, Reason: policy.ReasonConfirmed, Before: 64, After: 64},
		{Stage: policy.StageStabilize, Reason: policy.ReasonUnchanged, Before: 64, After: 64},
		{Stage: policy.StageLimit, Reason: policy.ReasonScaleOutLimit, Before: 64, After: 56, Bound: 56},
		{Stage: policy.StageClamp, Reason: policy.ReasonMax, Before: 56, After: 50, Bound: 50},
	}
	return d
}

func missing() policy.Decision {
	d := decision("orders-worker", policy.Unknown("missing"), new(int32(9)))
	d.Workload = policy.Workload{State: policy.WorkloadUnknown, Reason: signals.Throttled}
	d.Signals = []policy.Reading{
		{Name: "backlog", Provider: "aws", State: signals.StateMissing, Reason: signals.Missing},
		{Name: "requests", Provider: "aws", State: signals.StateStale, Reason: signals.Timeout, Value: new(120.0), Age: 72 * time.Second},
	}
	d.Proposals = []policy.Proposal{
		{Demand: "drain", State: policy.Doubtful, Reason: "missing", Signal: "backlog"},
		{Demand: "traffic", State: policy.Proposed, Replicas: 2, Signal: "requests", Value: 120, Divisor: 100},
	}
	d.Trail = []policy.Step{
		{Stage: policy.StageCombine, Reason: policy.ReasonLargest, Before: 9, After: 2, Subject: "traffic"},
		{Stage: policy.StageDoubt, Reason: policy.ReasonDemandDoubt, Before: 2, After: 9, Bound: 9, Subject: "backlog"},
		{Stage: policy.StageStabilize, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
		{Stage: policy.StageLimit, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
		{Stage: policy.StageClamp, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
		{Stage: policy.StageFailSafe, Reason: policy.ReasonHold, Before: 9, After: 9, Subject: "backlog"},
	}
	return d
}

func massGuarded() policy.Decision {
	d := decision("orders-worker", policy.Replicas(9), new(int32(9)))
	r := fresh("backlog", 0)
	r.MayLower, r.Reason = false, signals.MassGuard
	d.Signals = []policy.Reading{r}
	d.Proposals = []policy.Proposal{{
		Demand: "drain", State: policy.Proposed, Reason: policy.ReasonMassGuard, Signal: "backlog", Divisor: 10,
	}}
	d.Trail = []policy.Step{
		{Stage: policy.StageCombine, Reason: policy.ReasonLargest, Before: 9, After: 0, Subject: "drain"},
		{Stage: policy.StageDoubt, Reason: policy.ReasonMassGuard, Before: 0, After: 9, Bound: 9, Subject: "drain"},
		{Stage: policy.StageStabilize, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
		{Stage: policy.StageLimit, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
		{Stage: policy.StageClamp, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
	}
	return d
}

func coldStart() policy.Decision {
	d := decision("orders-worker", policy.Unknown(policy.ReasonColdStart), nil)
	r := fresh("backlog", 37)
	r.MayLower = false
	d.Signals = []policy.Reading{r}
	d.Proposals = []policy.Proposal{{Demand: "drain", State: policy.Proposed, Replicas: 4, Signal: "backlog", Value: 37, Divisor: 10}}
	d.Trail = []policy.Step{
		{Stage: policy.StageCombine, Reason: policy.ReasonLargest, After: 4, Subject: "drain"},
		{Stage: policy.StageFailSafe, Reason: policy.ReasonHold, Subject: "drain"},
	}
	return d
}

func floored() policy.Decision {
	d := missing()
	d.Desired = policy.Replicas(12)
	d.Workload = policy.Workload{State: policy.WorkloadKnown, Ordered: 9, Ready: 9, Age: 4 * time.Second}
	d.Trail[5] = policy.Step{Stage: policy.StageFailSafe, Reason: policy.ReasonAtLeast, Before: 9, After: 12, Bound: 12, Subject: "backlog"}
	return d
}

func relay() policy.Decision {
	d := held()
	return policy.Decision{
		Policy: d.Policy, At: d.At, Desired: policy.Unknown(policy.ReasonRelay), Signals: d.Signals,
		Workload: policy.Workload{State: policy.WorkloadNone}, DataAt: d.At.Wall,
	}
}

func cases() map[string]policy.Decision {
	first := held()
	first.Previous = nil
	return map[string]policy.Decision{
		"held": held(), "limited": limited(), "missing": missing(), "massguard": massGuarded(),
		"coldstart": coldStart(), "floored": floored(), "first": first, "relay": relay(),
	}
}

func TestTree(t *testing.T) {
	for name, d := range cases() {
		t.Run(name, func(t *testing.T) {
			testgolden.Equal(t, "testdata/"+name+".txt", Tree(d, Options{})+"\nwhy: "+Why(d, Options{})+"\n")
		})
	}
}

func TestTreeInColour(t *testing.T) {
	testgolden.Equal(t, "testdata/colour.txt", strings.ReplaceAll(Tree(missing(), Options{Colour: true}), "\x1b", "ESC"))
}

func TestTreeInASCII(t *testing.T) {
	for name, d := range cases() {
		for _, r := range Tree(d, Options{ASCII: true}) + Why(d, Options{ASCII: true}) + Table([]policy.Decision{d}, Options{ASCII: true}) {
			require.LessOrEqual(t, r, rune(unicode.MaxASCII), "%s: %q", name, r)
		}
	}
	testgolden.Equal(t, "testdata/ascii.txt", Tree(limited(), Options{ASCII: true}))
}

func TestMassGuardSaysWhereToLift(t *testing.T) {
	tree := Tree(massGuarded(), Options{Address: "http://scaler:9000"})
	require.Contains(t, tree, "curl -X POST http://scaler:9000/api/v1/guards/aws/lift")
}

func TestTable(t *testing.T) {
	ds := []policy.Decision{held(), limited(), missing(), massGuarded(), coldStart(), floored(), relay()}
	testgolden.Equal(t, "testdata/table.txt", Table(ds, Options{}))
	require.Equal(t, "NAMESPACE   NAME   DESIRED   WAS   STATE   REASON   AGE\n", Table(nil, Options{}))
}

// TestEveryStep renders each reason at each stage: nothing is left without words.
func TestEveryStep(t *testing.T) {
	for _, stage := range []policy.Stage{
		policy.StageCombine, policy.StageDoubt, policy.StageStabilize, policy.StageLimit, policy.StageClamp, policy.StageFailSafe, "new",
	} {
		for r := range sentences() {
			text := step(held(), policy.Step{Stage: stage, Reason: r, Before: 1, After: 2})
			require.NotEmpty(t, text, "%s %s", stage, r)
			require.NotContains(t, text, "%!", "%s %s", stage, r)
		}
	}
}

func TestRatioOfNoReplicas(t *testing.T) {
	p := policy.Proposal{State: policy.Proposed, MayLower: true, Signal: "p95", Value: 0.5, Divisor: 0.25}
	require.Equal(t, "0 ready × p95 0.5 ÷ 0.25 = 0 → 0", proposal(p))
}
