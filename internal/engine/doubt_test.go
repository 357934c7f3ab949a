package engine_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/expr"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// seen is a look at replicas that are all ready.
func seen(n int32) []workload.Observation {
	return []workload.Observation{{ID: service, Ordered: n, Ready: n}}
}

// lookFails is a look that was throttled.
func lookFails() []workload.Observation {
	return []workload.Observation{{ID: service, Err: &signals.Error{Reason: signals.Throttled}}}
}

func TestAFloorOnAnOldLookIsNoCut(t *testing.T) {
	s := settings()
	s.FailSafe.AtLeast = 5
	r := newRun(t, s, &service)
	r.tick(engine.Tick{Workloads: seen(2)})
	r.backlogs(300)
	r.wants(30)
	for range 22 { // both APIs of the provider die
		r.tick(engine.Tick{Outcomes: []signals.Outcome{failed(backlog, signals.Timeout, false)}, Workloads: lookFails()})
	}
	n, known := r.last.Desired.Replicas()
	if known {
		require.GreaterOrEqual(t, n, int32(30), "a floor is never a cut")
	}
}

func TestARatioOnReplicasNobodySeesDoesNotLower(t *testing.T) {
	s := settings()
	s.Demands = []policy.NamedDemand{{Name: "cpu", Demand: demand.Ratio{Signal: "latency", Target: 1, Tolerance: 0.1, HoldFor: 5 * time.Minute}}}
	r := newRun(t, s, &service)
	for range 3 {
		r.tick(look(10, 0, 1))
	}
	r.wants(10)
	r.tick(look(10, 0, 2))
	r.wants(20)
	for range 4 { // the 20 have come and bring the latency to its target; nobody sees them
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(latency, 1)}, Workloads: lookFails()})
	}
	n, known := r.last.Desired.Replicas()
	if known {
		require.GreaterOrEqual(t, n, int32(20))
	}
}

func TestOneSampleAfterAnOutageDoesNotCutWhatAHumanAdded(t *testing.T) {
	r := newRun(t, settings(), &service)
	for range 3 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 100)}, Workloads: seen(10)})
	}
	r.wants(10)
	for range 25 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{failed(backlog, signals.Timeout, false)}, Workloads: seen(40)})
	}
	r.unknown("timeout")
	r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 0)}, Workloads: seen(40)})
	n, known := r.last.Desired.Replicas()
	if known {
		require.GreaterOrEqual(t, n, int32(40), "one unconfirmed sample after an outage")
	}
}

// exprOf combines proposals by an expression.
func exprOf(t *testing.T, src string, names ...string) policy.Combine {
	t.Helper()
	e, err := expr.CompileNumbers(src, "proposals", names)
	require.NoError(t, err)
	return policy.Combine{Mode: policy.CombineExpr, Expr: e}
}

func TestAnAbstainingDemandIsZeroToAnExpression(t *testing.T) {
	s := guarded()
	s.Combine = exprOf(t, `math.greatest(proposals["drain"] + 5.0, proposals["latency"])`, "drain", "latency")
	r := newRun(t, s, &service)
	for range 4 {
		r.tick(look(15, 100, 0.25))
	}
	r.wants(15)
	r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 100), failed(latency, signals.Absent, true)}, Workloads: seen(15)})
	n, known := r.last.Desired.Replicas()
	if known {
		require.GreaterOrEqual(t, n, int32(15))
	}
}

func TestAnExpressionWithoutANumberIsADoubt(t *testing.T) {
	s := settings()
	s.Demands = append(s.Demands, policy.NamedDemand{Name: "b", Demand: demand.PerReplica{Signal: "latency", Amount: 10}})
	s.Combine = exprOf(t, `100.0 / (proposals["drain"] - proposals["b"])`, "drain", "b")
	r := newRun(t, s, nil)
	for range 4 {
		r.feed(value(backlog, 60), value(latency, 20))
	}
	r.wants(25)
	for range 3 {
		r.feed(value(backlog, 40), value(latency, 40))
	}
	n, known := r.last.Desired.Replicas()
	if known {
		require.GreaterOrEqual(t, n, int32(25), "infinite is unknown")
	}
}

func TestAnExpressionLacksOnlyWhatItNames(t *testing.T) {
	s := guarded()
	s.Combine = exprOf(t, `math.least(proposals["drain"], 10.0)`, "drain", "latency")
	r := newRun(t, s, &service)
	for range 3 {
		r.tick(look(10, 400, 0.25))
	}
	r.wants(10)
	for range 26 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 400), failed(latency, signals.Timeout, false)}, Workloads: seen(10)})
	}
	n, known := r.last.Desired.Replicas()
	if known {
		require.LessOrEqual(t, n, int32(10))
	}
}

func TestAGuardUnderSumAddsNothingAtItsTarget(t *testing.T) {
	s := guarded()
	s.Combine.Mode = policy.CombineSum
	r := newRun(t, s, &service)
	n := int32(10)
	for range 8 {
		r.tick(look(n, 100, 0.25)) // exactly at target all the time
		n, _ = r.last.Desired.Replicas()
	}
	require.LessOrEqual(t, n, int32(15), "maxAdd 50% above the others, and nothing to add")
}

func TestAReloadedRatioForgetsItsOldTarget(t *testing.T) {
	s := settings()
	s.Demands = []policy.NamedDemand{{Name: "cpu", Demand: demand.Ratio{Signal: "latency", Target: 1, HoldFor: 5 * time.Minute}}}
	r := newRun(t, s, &service)
	for range 3 {
		r.tick(look(10, 0, 1))
	}
	r.wants(10)
	s.Demands = []policy.NamedDemand{{Name: "cpu", Demand: demand.Ratio{Signal: "latency", Target: 0.5, HoldFor: 5 * time.Minute}}}
	r.engine = engine.New(specOf(s, &service), r.engine.State())
	r.tick(engine.Tick{})
	r.wants(20)
}

func TestAReloadedGuardForgetsItsOldSignal(t *testing.T) {
	r := newRun(t, guarded(), &service)
	for range 3 {
		r.tick(look(10, 100, 0.5))
	}
	r.wants(15)
	s := guarded()
	s.Demands[1].Demand = demand.Ratio{Signal: "other", Target: 0.25, Guard: true, Tolerance: 0.1, MaxAdd: 0.5, HoldFor: 5 * time.Minute}
	r.engine = engine.New(specOf(s, &service), r.engine.State())
	r.tick(look(10, 100, 0.5))
	require.Equal(t, policy.Doubtful, r.last.Proposals[1].State, "other was never polled")
}

func TestAReloadThatAddsADemandKeepsTheOthers(t *testing.T) {
	r := newRun(t, guarded(), &service)
	for range 3 {
		r.tick(look(10, 100, 0.35))
	}
	r.wants(14)
	for range 5 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 100), failed(latency, signals.Timeout, false)}, Workloads: seen(14)})
	}
	r.wants(14)
	s := guarded()
	s.Demands = append(s.Demands, policy.NamedDemand{Name: "zz", Demand: demand.PerReplica{Signal: "backlog", Amount: 100}})
	r.engine = engine.New(specOf(s, &service), r.engine.State())
	r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 100), failed(latency, signals.Timeout, false)}, Workloads: seen(14)})
	r.wants(14)
}

func TestAGuardIsNotCappedByASmallDemandWhileTheMainOneIsUnknown(t *testing.T) {
	s := guarded()
	s.Demands = append(s.Demands, policy.NamedDemand{Name: "small", Demand: demand.Expression{Expr: mustSignals(t, `2.0`)}})
	r := newRun(t, s, &service)
	for range 3 {
		r.tick(look(20, 200, 0.25))
	}
	r.wants(20)
	for range 22 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{failed(backlog, signals.Timeout, false), value(latency, 0.25)}, Workloads: seen(20)})
	}
	r.tick(engine.Tick{Outcomes: []signals.Outcome{failed(backlog, signals.Timeout, false), value(latency, 2.5)}, Workloads: seen(20)})
	r.wants(30)
}

func mustSignals(t *testing.T, src string) policy.Expr {
	t.Helper()
	e, err := expr.CompileNumbers(src, "signals", nil)
	require.NoError(t, err)
	return e
}

func TestRaisingInDoubtEndsWithItsProposal(t *testing.T) {
	r := newRun(t, guarded(), &service)
	for range 3 {
		r.tick(look(10, 100, 0.25))
	}
	for range 22 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 100), failed(latency, signals.Timeout, false)}, Workloads: seen(10)})
	}
	r.unknown("timeout")
	r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 300), failed(latency, signals.Timeout, false)}, Workloads: seen(10)})
	r.wants(30)
	for range 40 { // the backlog is gone; a human goes back to 12
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 50), failed(latency, signals.Timeout, false)}, Workloads: seen(12)})
	}
	r.unknown("timeout")
}

func TestAGuardDoesNotAbstainForEver(t *testing.T) {
	r := newRun(t, guarded(), &service)
	for range 3 {
		r.tick(look(10, 100, 0.25))
	}
	r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 100), failed(latency, signals.Absent, true)}, Workloads: seen(10)})
	for range 200 { // 50 min without a single outcome of latency
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 100)}, Workloads: seen(10)})
	}
	require.NotEqual(t, policy.Abstained, r.last.Proposals[1].State)
}

func TestAFloorBetweenTwoLooksIsNoCut(t *testing.T) {
	s := settings()
	s.FailSafe.AtLeast = 5
	s.Demands = append(s.Demands, policy.NamedDemand{Name: "cpu", Demand: demand.Ratio{Signal: "latency", Target: 1, Tolerance: 0.1, HoldFor: 5 * time.Minute}})
	r := newRun(t, s, &service)
	for range 3 {
		r.tick(look(6, 60, 1))
	}
	r.wants(6)
	for range 3 { // replicas 2 now, by a human
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 20)}, Workloads: seen(2)})
	}
	r.feed(value(backlog, 300), value(latency, 1))
	r.wants(30)
	r.engine.Step(engine.Tick{Now: instant(r.now)})
	for range 4 {
		r.feed(value(backlog, 300))
	}
	if n, known := r.last.Desired.Replicas(); known {
		require.GreaterOrEqual(t, n, int32(30))
	}
}

func ratioOnly() policy.Settings {
	s := settings()
	s.Demands = []policy.NamedDemand{{Name: "cpu", Demand: demand.Ratio{Signal: "latency", Target: 1, Tolerance: 0.1, HoldFor: 5 * time.Minute}}}
	return s
}

func TestWithinToleranceCrashedReplicasStayOrdered(t *testing.T) {
	r := newRun(t, ratioOnly(), &service)
	for range 3 {
		r.tick(look(20, 0, 1))
	}
	r.wants(20)
	for range 3 { // ten of them crash and are being replaced
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(latency, 1.05)}, Workloads: []workload.Observation{{ID: service, Ordered: 20, Ready: 10}}})
	}
	r.wants(20)
}

func TestWithinToleranceADeploymentAddsNothing(t *testing.T) {
	r := newRun(t, ratioOnly(), &service)
	for range 3 {
		r.tick(look(10, 0, 1))
	}
	r.wants(10)
	for range 3 { // ECS runs old and new tasks, 200 %
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(latency, 1)}, Workloads: []workload.Observation{{ID: service, Ordered: 10, Ready: 20, Deploying: true}}})
	}
	r.wants(10)
}

func TestStateIsBounded(t *testing.T) {
	s := settings()
	s.Max = 100_000
	s.ScaleIn = policy.Rules{Limits: []policy.Limit{{Replicas: 100000, Period: 30 * time.Minute}}}
	s.ScaleOut = policy.Rules{Limits: []policy.Limit{{Replicas: 100000, Period: 30 * time.Minute}}}
	spec := specOf(s, nil)
	e := engine.New(spec, engine.State{})
	now := time.Hour * 24 * 30
	most := 0
	for i := range 2000 {
		o := value(backlog, float64(500000+100000*(i%2)))
		o.At = instant(now)
		e.Step(engine.Tick{Now: o.At, Outcomes: []signals.Outcome{o}})
		now += time.Second
		raw, err := json.Marshal(e.State().Policies)
		require.NoError(t, err)
		most = max(most, len(raw))
	}
	require.LessOrEqual(t, most, 8<<10)
}
