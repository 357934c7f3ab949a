package engine_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/expr"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

const interval = 15 * time.Second

var (
	epoch   = time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)
	backlog = signals.Subject{Provider: "aws", Query: "backlog"}
	latency = signals.Subject{Provider: "prom", Query: "latency"}
	service = workload.ID{Provider: "aws", Name: "prod/orders"}
	orders  = policy.ID{Namespace: "shop", Name: "orders"}
)

func instant(d time.Duration) signals.Instant {
	return signals.Instant{Wall: epoch.Add(d), Mono: d}
}

func totalRules() signals.Rules {
	return signals.Rules{Kind: signals.Total, FreshFor: 45 * time.Second, HoldFor: 5 * time.Minute, Max: signals.MaxValue}
}

func settings() policy.Settings {
	return policy.Settings{
		ID: orders, Min: 1, Max: 50,
		Demands: []policy.NamedDemand{{Name: "drain", Demand: demand.PerReplica{Signal: "backlog", Amount: 10}}},
	}
}

// run is an engine of one policy fed by hand.
type run struct {
	t      require.TestingT
	engine *engine.Engine
	now    time.Duration
	ticks  []engine.Tick
	last   policy.Decision
}

func specOf(s policy.Settings, w *workload.ID) engine.Spec {
	perReplica := totalRules()
	perReplica.Kind = signals.PerReplica
	return engine.Spec{
		Subjects: []engine.Subject{{Subject: backlog, Interval: interval}, {Subject: latency, Interval: interval}},
		Policies: []engine.Policy{{
			ID: s.ID, Policy: policy.New(s), Workload: w,
			Signals: []engine.Signal{{Name: "backlog", Subject: backlog, Rules: totalRules()}, {Name: "latency", Subject: latency, Rules: perReplica}},
		}},
	}
}

func newRun(t require.TestingT, s policy.Settings, w *workload.ID) *run {
	return &run{t: t, engine: engine.New(specOf(s, w), engine.State{})}
}

func (r *run) tick(t engine.Tick) policy.Decision {
	t.Now = instant(r.now)
	for i := range t.Outcomes {
		t.Outcomes[i].At = t.Now
	}
	for i := range t.Workloads {
		t.Workloads[i].At = t.Now
	}
	r.ticks = append(r.ticks, t)
	ds := r.engine.Step(t)
	require.Len(r.t, ds, 1)
	r.last = ds[0]
	r.now += interval
	return r.last
}

func value(s signals.Subject, v float64) signals.Outcome {
	return signals.Outcome{Subject: s, Samples: []signals.Sample{{Value: v}}}
}

func failed(s signals.Subject, r signals.Reason, answered bool) signals.Outcome {
	return signals.Outcome{Subject: s, Err: &signals.Error{Reason: r, Answered: answered}}
}

func (r *run) feed(outcomes ...signals.Outcome) policy.Decision {
	return r.tick(engine.Tick{Outcomes: outcomes})
}

// backlogs feeds values of the backlog, one a poll.
func (r *run) backlogs(vs ...float64) policy.Decision {
	for _, v := range vs {
		r.feed(value(backlog, v))
	}
	return r.last
}

func (r *run) wants(n int32) {
	got, ok := r.last.Desired.Replicas()
	require.True(r.t, ok, "unknown: %s", r.last.Desired.Reason())
	require.Equal(r.t, n, got)
}

func (r *run) unknown(reason policy.Reason) {
	_, ok := r.last.Desired.Replicas()
	require.False(r.t, ok)
	require.Equal(r.t, reason, r.last.Desired.Reason())
}

func (r *run) reason(stage policy.Stage) policy.Reason {
	for _, s := range r.last.Trail {
		if s.Stage == stage {
			return s.Reason
		}
	}
	return ""
}

func TestColdStartWithoutAWorkload(t *testing.T) {
	r := newRun(t, settings(), nil)
	r.feed()
	r.unknown(policy.Reason(signals.NotPolled))
	r.backlogs(37)
	r.unknown(policy.ReasonColdStart)
	r.backlogs(37)
	r.unknown(policy.ReasonColdStart)
	r.backlogs(37)
	r.wants(4)
	require.Equal(t, r.last.At.Wall, r.last.DataAt, "of equal samples, the newest")
}

func TestColdStartWithAWorkload(t *testing.T) {
	s := settings()
	s.ScaleIn.Stabilization = 5 * time.Minute
	r := newRun(t, s, &service)
	see := func(n int32) engine.Tick {
		return engine.Tick{Workloads: []workload.Observation{{ID: service, Ordered: n, Ready: n}}}
	}
	r.tick(see(20))
	r.unknown(policy.Reason(signals.NotPolled))
	r.backlogs(300)
	r.wants(30) // raising at once
	r.backlogs(40, 40, 40, 40)
	r.wants(30) // one whole scaleIn window
	require.Equal(t, policy.ReasonScaleInWindow, r.reason(policy.StageStabilize))
	for range 20 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 40)}, Workloads: see(30).Workloads})
	}
	r.wants(4)
}

// Nothing is decided of a workload that is not there, for the autoscaler of one that
// appears may be faster than the next look at it.
func TestAWorkloadThatIsNotThere(t *testing.T) {
	s := settings()
	s.ScaleIn.Stabilization = 5 * time.Minute
	s.FailSafe.AtLeast = 5
	r := newRun(t, s, &service)
	tick := func(times int, w []workload.Observation) {
		for range times {
			r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 40)}, Workloads: w})
		}
	}
	missing := []workload.Observation{{ID: service, Err: &signals.Error{Reason: signals.Missing}}}
	for range 2 {
		tick(6, missing)
		r.unknown(policy.ReasonMissing)
		tick(20, seen(10)) // it appears, and keeps what it has for one window
		r.wants(10)
		require.Equal(t, policy.ReasonScaleInWindow, r.reason(policy.StageStabilize))
		tick(2, seen(10))
		r.wants(4)
		tick(1, missing)
		r.unknown(policy.ReasonMissing)
	}
	tick(1, seen(2)) // fewer than were decided
	r.wants(4)
	tick(1, seen(10)) // somebody else's hand is no appearance
	r.wants(4)
}

// What was decided before a workload was in sight takes nothing from it for one
// window.
func TestAWorkloadThatComesIntoSightKeepsWhatItHas(t *testing.T) {
	s := settings()
	s.ScaleIn.Stabilization = 5 * time.Minute
	r := newRun(t, s, &service)
	for range 30 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 40)}, Workloads: lookFails()})
	}
	r.wants(4)
	for range 20 {
		r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 40)}, Workloads: seen(10)})
		r.wants(10)
	}
	r.tick(engine.Tick{Outcomes: []signals.Outcome{value(backlog, 40)}, Workloads: seen(10)})
	r.wants(4)
}

func TestADeadSourceHoldsThenIsUnknown(t *testing.T) {
	r := newRun(t, settings(), nil)
	r.backlogs(100, 100, 100)
	r.wants(10)
	for r.now <= 2*interval+totalRules().HoldFor {
		r.feed(failed(backlog, signals.Timeout, false))
		r.wants(10)
	}
	r.feed(failed(backlog, signals.Timeout, false))
	r.unknown("timeout")
	r.feed(failed(backlog, signals.Missing, false))
	r.unknown("missing")

	r.backlogs(0)
	r.unknownOr(10)
	r.backlogs(0)
	r.unknownOr(10)
	r.backlogs(0)
	r.wants(1)
}

// unknownOr is for the time of confirmation: no number below n may show.
func (r *run) unknownOr(n int32) {
	if got, ok := r.last.Desired.Replicas(); ok {
		require.GreaterOrEqual(r.t, got, n)
	}
}

func TestFalseZeros(t *testing.T) {
	r := newRun(t, settings(), nil)
	r.backlogs(100, 100, 100, 0)
	r.wants(10) // one zero is not believed
	r.backlogs(100)
	r.wants(10)
	r.backlogs(0, 0)
	r.wants(1)
}

func guarded() policy.Settings {
	s := settings()
	s.Demands = append(s.Demands, policy.NamedDemand{Name: "latency", Demand: demand.Ratio{
		Signal: "latency", Target: 0.25, Guard: true, Tolerance: 0.1, MaxAdd: 0.5, HoldFor: 5 * time.Minute,
	}})
	return s
}

// look is a tick with the workload and both signals.
func look(n int32, b, l float64) engine.Tick {
	return engine.Tick{
		Outcomes:  []signals.Outcome{value(backlog, b), value(latency, l)},
		Workloads: []workload.Observation{{ID: service, Ordered: n, Ready: n}},
	}
}

func TestAGuardAddsAndNeverRemoves(t *testing.T) {
	r := newRun(t, guarded(), &service)
	for range 3 {
		r.tick(look(10, 100, 0.2))
	}
	r.wants(10)
	r.tick(look(10, 100, 0.28)) // 10 × 0.28 ÷ 0.25 = 11.2
	r.wants(12)
	for range 20 {
		r.tick(look(12, 100, 2.5)) // ten times too slow: capped, and not compounded
		got, _ := r.last.Desired.Replicas()
		require.LessOrEqual(t, got, int32(15))
	}
	r.wants(15)
	require.Equal(t, policy.ReasonGuardCap, r.last.Proposals[1].Reason)
	for range 4 {
		r.tick(look(15, 100, 0.01))
	}
	r.wants(10)
}

func TestAGuardWithoutTrafficBlocksNothing(t *testing.T) {
	r := newRun(t, guarded(), &service)
	for range 3 {
		r.tick(look(10, 100, 0.5))
	}
	r.wants(15)
	for _, v := range []float64{40, 40, 40} {
		r.feed(value(backlog, v), failed(latency, signals.Absent, true))
	}
	r.wants(4)
	require.Equal(t, policy.Abstained, r.last.Proposals[1].State)
}

func TestAGuardWhoseSourceFailsIsHeldThenUnknown(t *testing.T) {
	r := newRun(t, guarded(), &service)
	for range 3 {
		r.tick(look(10, 100, 0.35))
	}
	r.wants(14)
	for range 10 {
		r.feed(value(backlog, 100), failed(latency, signals.Timeout, false))
		r.wants(14)
	}
	require.Equal(t, policy.ReasonHeld, r.last.Proposals[1].Reason)
	for range 15 {
		r.feed(value(backlog, 100), failed(latency, signals.Timeout, false))
	}
	r.unknown("timeout")
	r.tick(engine.Tick{
		Outcomes:  []signals.Outcome{value(backlog, 300), failed(latency, signals.Timeout, false)},
		Workloads: []workload.Observation{{ID: service, Ordered: 14, Ready: 14}},
	})
	r.wants(30) // in doubt it may still raise
	r.feed(value(backlog, 300))
	r.wants(30) // and stands until the workload has it
	r.tick(engine.Tick{
		Outcomes:  []signals.Outcome{value(backlog, 300), failed(latency, signals.Timeout, false)},
		Workloads: []workload.Observation{{ID: service, Ordered: 30, Ready: 14}},
	})
	r.unknown("timeout")
}

func TestARatioDoesNotCompound(t *testing.T) {
	s := settings()
	s.Demands = []policy.NamedDemand{{Name: "cpu", Demand: demand.Ratio{Signal: "latency", Target: 1, Tolerance: 0.1}}}
	r := newRun(t, s, &service)
	n := int32(10)
	r.tick(look(n, 0, 1.5))
	r.wants(15)
	for range 8 { // no new sample, while replicas follow the decision
		n, _ = r.last.Desired.Replicas()
		r.tick(engine.Tick{Workloads: []workload.Observation{{ID: service, Ordered: n, Ready: n}}})
		if got, ok := r.last.Desired.Replicas(); ok {
			require.EqualValues(t, 15, got)
		}
	}
}

func TestARatioNeedsTheWorkload(t *testing.T) {
	s := settings()
	s.Demands = []policy.NamedDemand{{Name: "cpu", Demand: demand.Ratio{Signal: "latency", Target: 1}}}
	r := newRun(t, s, nil)
	for range 3 {
		r.feed(value(latency, 2))
	}
	r.unknown(policy.ReasonNoWorkload)
}

func TestFailSafeFloors(t *testing.T) {
	see := func(n int32) engine.Tick {
		return engine.Tick{Workloads: []workload.Observation{{ID: service, Ordered: n, Ready: n}}}
	}
	t.Run("at least is a floor and never a cut", func(t *testing.T) {
		s := settings()
		s.FailSafe.AtLeast = 5
		r := newRun(t, s, &service)
		r.tick(see(2))
		r.wants(5)
		r.tick(see(8))
		r.unknown(policy.Reason(signals.NotPolled))
	})
	t.Run("wake from zero only if there was something", func(t *testing.T) {
		s := settings()
		s.Min, s.FailSafe.WakeFromZero = 0, 2
		r := newRun(t, s, &service)
		r.tick(see(0))
		r.unknown(policy.Reason(signals.NotPolled))
		r.backlogs(30)
		r.wants(3)
		for range 25 {
			r.tick(see(0))
		}
		r.wants(2)
		require.Equal(t, policy.ReasonWakeFromZero, r.reason(policy.StageFailSafe))
	})
}

func TestSumAndLimits(t *testing.T) {
	s := settings()
	s.Demands = append(s.Demands, policy.NamedDemand{Name: "more", Demand: demand.PerReplica{Signal: "backlog", Amount: 20}})
	s.Combine.Mode = policy.CombineSum
	s.ScaleOut.Limits = []policy.Limit{{Replicas: 2, Period: time.Minute}}
	r := newRun(t, s, nil)
	r.backlogs(100, 100, 100)
	r.wants(15)
	r.backlogs(200)
	r.wants(17)
	require.Equal(t, policy.ReasonScaleOutLimit, r.reason(policy.StageLimit))
	r.backlogs(200, 200)
	r.wants(17)
	r.backlogs(200, 200)
	r.wants(19)
}

func massSpec(n int) (engine.Spec, []signals.Subject) {
	var spec engine.Spec
	var subjects []signals.Subject
	for i := range n {
		s := signals.Subject{Provider: "aws", Query: string(rune('a' + i))}
		subjects = append(subjects, s)
		set := settings()
		set.ID.Name = s.Query
		spec.Subjects = append(spec.Subjects, engine.Subject{Subject: s, Interval: interval})
		spec.Policies = append(spec.Policies, engine.Policy{
			ID: set.ID, Policy: policy.New(set),
			Signals: []engine.Signal{{Name: "backlog", Subject: s, Rules: totalRules()}},
		})
	}
	return spec, subjects
}

func TestMassGuard(t *testing.T) {
	spec, subjects := massSpec(5)
	e := engine.New(spec, engine.State{})
	now := time.Duration(0)
	step := func(lift []string, vs ...float64) []policy.Decision {
		tick := engine.Tick{Now: instant(now), Lift: lift}
		for i, v := range vs {
			o := value(subjects[i], v)
			o.At = tick.Now
			tick.Outcomes = append(tick.Outcomes, o)
		}
		now += interval
		return e.Step(tick)
	}
	guard := func() engine.Guard {
		_, guards := e.Status()
		require.Len(t, guards, 1)
		return guards[0]
	}
	replicas := func(ds []policy.Decision) (out []int32) {
		for _, d := range ds {
			n, _ := d.Desired.Replicas()
			out = append(out, n)
		}
		return out
	}
	for range 3 {
		step(nil, 100, 100, 100, 100, 100)
	}
	t.Run("two of five is traffic", func(t *testing.T) {
		for range 3 {
			step(nil, 0, 0, 100, 100, 100)
		}
		require.False(t, guard().Tripped)
		require.Equal(t, []int32{1, 1, 10, 10, 10}, replicas(step(nil, 0, 0, 100, 100, 100)))
		for range 3 {
			step(nil, 100, 100, 100, 100, 100)
		}
	})
	t.Run("three of five is the provider", func(t *testing.T) {
		for range 12 {
			require.Equal(t, []int32{10, 10, 10, 10, 10}, replicas(step(nil, 0, 0, 0, 100, 20)))
		}
		require.True(t, guard().Tripped)
	})
	t.Run("released after three calm polls", func(t *testing.T) {
		for range 5 {
			step(nil, 100, 100, 100, 100, 100)
		}
		require.False(t, guard().Tripped)
	})
	t.Run("a human lifts it", func(t *testing.T) {
		step(nil, 0, 0, 0, 0, 0)
		require.True(t, guard().Tripped)
		step([]string{"aws"}, 0, 0, 0, 0, 0)
		require.False(t, guard().Tripped)
		require.Equal(t, []int32{1, 1, 1, 1, 1}, replicas(step(nil, 0, 0, 0, 0, 0)))
	})
	t.Run("zeros are believed after an hour", func(t *testing.T) {
		for range 4 {
			step(nil, 100, 100, 100, 100, 100)
		}
		for range 238 {
			require.Equal(t, []int32{10, 10, 10, 10, 10}, replicas(step(nil, 0, 0, 0, 0, 0)))
		}
		for range 10 {
			step(nil, 0, 0, 0, 0, 0)
		}
		require.Equal(t, []int32{1, 1, 1, 1, 1}, replicas(step(nil, 0, 0, 0, 0, 0)))
	})
}

// drawTick draws what may arrive in one poll interval: values, garbage, failures,
// silence, workloads.
func drawTick(t *rapid.T) engine.Tick {
	draw := func(s signals.Subject) []signals.Outcome {
		switch rapid.IntRange(0, 6).Draw(t, "outcome") {
		case 0:
			return nil
		case 1:
			return []signals.Outcome{failed(s, rapid.SampledFrom(signals.Reasons()).Draw(t, "reason"), rapid.Bool().Draw(t, "answered"))}
		case 2:
			return []signals.Outcome{value(s, rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), -1, 9.3e15, 1e16, 1e308}).Draw(t, "garbage"))}
		default:
			return []signals.Outcome{value(s, rapid.Float64Range(0, 600).Draw(t, "value"))}
		}
	}
	tick := engine.Tick{Outcomes: append(draw(backlog), draw(latency)...)}
	if rapid.Bool().Draw(t, "looked") {
		n := rapid.Int32Range(0, 60).Draw(t, "replicas")
		o := workload.Observation{ID: service, Ordered: n, Ready: rapid.Int32Range(0, n).Draw(t, "ready")}
		if rapid.IntRange(0, 4).Draw(t, "look") == 0 {
			o.Err = &signals.Error{Reason: signals.Timeout}
		}
		tick.Workloads = append(tick.Workloads, o)
	}
	return tick
}

func drawSettings(t *rapid.T) policy.Settings {
	s := guarded()
	s.Combine = rapid.SampledFrom(combinations(t)).Draw(t, "combine")
	s.ScaleIn.Stabilization = time.Duration(rapid.IntRange(0, 300).Draw(t, "window")) * time.Second
	if rapid.Bool().Draw(t, "limited") {
		s.ScaleOut.Limits = []policy.Limit{{Percent: 100, Period: interval}, {Replicas: 4, Period: interval}}
		s.ScaleIn.Limits = []policy.Limit{{Percent: 50, Period: time.Minute}}
	}
	return s
}

// combinations are ways to combine drain and latency, one of which often gives no
// number.
func combinations(t require.TestingT) []policy.Combine {
	out := []policy.Combine{{Mode: policy.CombineMax}, {Mode: policy.CombineSum}}
	for _, src := range []string{
		`math.greatest(proposals["drain"] + 5.0, proposals["latency"])`, `100.0 / (proposals["drain"] - 5.0)`, `proposals["drain"] - 9.0`,
	} {
		e, err := expr.CompileNumbers(src, "proposals", []string{"drain", "latency"})
		require.NoError(t, err)
		out = append(out, policy.Combine{Mode: policy.CombineExpr, Expr: e})
	}
	return out
}

func drawRun(t *rapid.T) *run {
	w := &service
	if rapid.IntRange(0, 2).Draw(t, "workload") == 0 {
		w = nil
	}
	return newRun(t, drawSettings(t), w)
}

func TestPropertiesOfDecisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRun(t)
		previous := int32(-1)
		for range rapid.IntRange(1, 60).Draw(t, "polls") {
			d := r.tick(drawTick(t))
			n, known := d.Desired.Replicas()
			if !known {
				require.NotEmpty(t, d.Desired.Reason(), "an unknown decision says why")
				continue
			}
			require.GreaterOrEqual(t, n, int32(1))
			require.LessOrEqual(t, n, int32(50))
			require.GreaterOrEqual(t, d.Expires, d.At.Mono)
			if inDoubt(d) && d.Workload.State == policy.WorkloadKnown {
				require.GreaterOrEqual(t, n, min(50, d.Workload.Ordered), "in doubt nobody's replicas are cut")
			}
			if previous >= 0 && n < previous {
				for _, p := range d.Proposals {
					require.NotEqual(t, policy.Doubtful, p.State, "nothing unknown lowers")
					require.True(t, p.State == policy.Abstained || p.MayLower, "only fresh and confirmed data lower")
				}
				require.Equal(t, signals.StateFresh, d.Signals[0].State)
			}
			previous = n
		}
		raw, err := json.Marshal(r.engine.State().Policies)
		require.NoError(t, err)
		require.LessOrEqual(t, len(raw), 32<<10)
	})
}

// inDoubt tells whether anything but confirmed data went into a decision.
func inDoubt(d policy.Decision) bool {
	return !slices.ContainsFunc(d.Trail, func(s policy.Step) bool { return s.Reason == policy.ReasonConfirmed })
}

func TestWhatIsServedOfASignal(t *testing.T) {
	served := func(d policy.Decision) float64 {
		if d.Signals[0].Served == nil {
			return math.NaN()
		}
		return d.Signals[0].Served.Value
	}
	r := newRun(t, settings(), nil)
	r.backlogs(0)
	require.True(t, math.IsNaN(served(r.last)), "a zero that is not confirmed is not served")
	r.backlogs(100, 100, 100)
	require.InDelta(t, 100, served(r.last), 0)
	r.backlogs(0)
	require.InDelta(t, 100, served(r.last), 0, "one zero is not believed")
	r.backlogs(0)
	require.InDelta(t, 0, served(r.last), 0)
	r.feed(failed(backlog, signals.Timeout, false))
	r.backlogs(300)
	require.InDelta(t, 300, served(r.last), 0, "rising is never delayed")

	spec, subjects := massSpec(5)
	e := engine.New(spec, engine.State{})
	var last []policy.Decision
	for i, v := range []float64{100, 100, 100, 0, 0, 0} {
		tick := engine.Tick{Now: instant(time.Duration(i) * interval)}
		for _, s := range subjects {
			o := value(s, v)
			o.At = tick.Now
			tick.Outcomes = append(tick.Outcomes, o)
		}
		last = e.Step(tick)
	}
	require.InDelta(t, 100, served(last[0]), 0, "nor what the mass guard holds")
}

func TestARecordedRunReplayed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		r := newRun(t, s, &service)
		var want []string
		for range rapid.IntRange(1, 30).Draw(t, "polls") {
			d := r.tick(drawTickOfFiniteValues(t))
			raw, err := json.Marshal(d)
			require.NoError(t, err)
			want = append(want, string(raw))
		}
		record, err := json.Marshal(r.ticks)
		require.NoError(t, err)
		var ticks []engine.Tick
		require.NoError(t, json.Unmarshal(record, &ticks))
		again := engine.New(specOf(s, &service), engine.State{})
		for i, tick := range ticks {
			raw, err := json.Marshal(again.Step(tick)[0])
			require.NoError(t, err)
			require.JSONEq(t, want[i], string(raw))
		}
	})
}

// drawTickOfFiniteValues draws what a source may hand over: JSON has no NaN, and a
// source turns it into an error before it is recorded.
func drawTickOfFiniteValues(t *rapid.T) engine.Tick {
	tick := drawTick(t)
	for i := range tick.Outcomes {
		o := &tick.Outcomes[i]
		if len(o.Samples) > 0 && (math.IsNaN(o.Samples[0].Value) || math.IsInf(o.Samples[0].Value, 0)) {
			*o = failed(o.Subject, signals.Invalid, false)
		}
	}
	return tick
}

func TestAReloadKeepsWhatIsKnown(t *testing.T) {
	s := settings()
	r := newRun(t, s, nil)
	r.backlogs(100, 100, 100)
	r.wants(10)
	s.Max = 8
	raw, err := json.Marshal(r.engine.State())
	require.NoError(t, err)
	var state engine.State
	require.NoError(t, json.Unmarshal(raw, &state))
	r.engine = engine.New(specOf(s, nil), state)
	r.feed()
	r.wants(8)
	require.NotNil(t, r.last.Previous)
}

func TestASteadyStepAllocatesNothingThatGrows(t *testing.T) {
	r := newRun(t, settings(), nil)
	measure := func() float64 {
		return testing.AllocsPerRun(100, func() { r.now += interval; r.engine.Step(engine.Tick{Now: instant(r.now)}) })
	}
	for range 200 {
		r.feed(value(backlog, 100))
	}
	early := measure()
	for range 5000 {
		r.ticks = nil
		r.feed(value(backlog, 100))
	}
	require.LessOrEqual(t, measure(), early)
}

func BenchmarkStep(b *testing.B) {
	r := newRun(b, settings(), nil)
	r.backlogs(100, 100, 100)
	tick := engine.Tick{Now: instant(r.now)}
	b.ReportAllocs()
	for b.Loop() {
		r.engine.Step(tick)
	}
}
