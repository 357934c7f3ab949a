package compile_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// lawful are the demands that the laws are held against, as documents have them, by the
// member of DemandRule. Every one obeys every law.
func lawful() map[string][]string {
	const (
		learned = `capacity: {latency: latency, within: 300ms, start: 10}`
		simple  = "{name: base, perReplica: {signal: load, amount: 10}}"
	)
	return map[string][]string{
		"auto": {
			`{name: d, auto: {requests: {signal: load, perReplica: 10, startUp: 60s}}}`,
			`{name: d, auto: {requests: {signal: load, ` + learned + `}}}`,
			`{name: d, auto: {queue: {backlog: load, arrivals: flow, within: 1m, serviceTime: 2s}}}`,
			`{name: d, auto: {period: 1h, requests: {signal: load, perReplica: 10}}}`,
		},
		"perReplica": {`{name: d, perReplica: {signal: load, amount: 10}}`, `{name: d, perReplica: {signal: load, ` + learned + `}}`},
		"ratio":      {`{name: d, ratio: {signal: latency, target: 200ms}}`, simple + `, {name: d, ratio: {signal: latency, target: 200ms, mayLower: false}}`},
		"rate": {
			`{name: d, rate: {signal: load, perReplica: 10}}`, `{name: d, rate: {signal: load, perReplica: 10, margin: 1.3, startUp: 2m, churn: 0s}}`,
			`{name: d, rate: {signal: load, ` + learned + `}}`,
		},
		"schedule": {simple + `, {name: d, schedule: {start: "0 8 * * *", end: "0 18 * * *", replicas: 9}}`},
		"seasonal": {
			simple + `, {name: d, seasonal: {signal: load, perReplica: 10}}`, simple + `, {name: d, seasonal: {signal: load, ` + learned + `, period: 2h}}`,
		},
		"deadline": {
			`{name: d, deadline: {backlog: load, arrivals: flow, within: 1m, serviceTime: 2s, startUp: 60s}}`,
			`{name: d, deadline: {backlog: load, arrivals: flow, within: 1m}}`,
			`{name: d, deadline: {backlog: load, within: 5m, serviceTime: 2s}}`,
		},
		"expression": {`{name: d, expression: 'signals["load"] / 10.0 + 1.0'}`},
	}
}

const lawsDocument = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: prom}
spec: {prometheus: {url: "http://prometheus:9090"}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: web, namespace: shop}
spec:
  replicas: {min: 2, max: 500}
  workload: {deployment: {name: web}}
  signals:
  - {name: load, provider: prom, kind: Total, interval: 15s, prometheus: {query: load}}
  - {name: flow, provider: prom, kind: Total, interval: 15s, prometheus: {query: flow}}
  - {name: latency, provider: prom, kind: PerReplica, interval: 15s, prometheus: {query: latency}}
  demand: [%s]
  %s
---
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec: {kubernetes: {namespace: shop}}
`

// promptly has a policy lower as soon as its demands do.
const promptly = "scaleIn: {stabilization: 0s}"

// seen is what a policy sees at once; NaN is a signal that failed.
type seen struct {
	load, flow, latency float64
	ready               int32
}

// life is a policy that looks every 15 s, from a Monday on.
type life struct {
	engine *engine.Engine
	spec   engine.Spec
	now    signals.Instant
}

type reporter interface {
	require.TestingT
	Helper()
}

// lives are what documents come to, by their text.
var lives sync.Map

func begin(t reporter, demands string, extra string) *life {
	t.Helper()
	doc := fmt.Sprintf(lawsDocument, demands, extra)
	start := signals.Instant{Wall: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Mono: time.Hour}
	if spec, ok := lives.Load(doc); ok {
		return &life{engine: engine.New(spec.(engine.Spec), engine.State{}), spec: spec.(engine.Spec), now: start}
	}
	loaded, err := config.Load([]config.File{{Name: "laws.yaml", Data: []byte(doc)}}, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	program, err := compile.Compile(loaded.Policies)
	require.NoError(t, err)
	lives.Store(doc, program.Spec)
	return begin(t, demands, extra)
}

// look lets so much time pass and decides on what is then seen.
func (l *life) look(after time.Duration, s seen) policy.Decision {
	l.now.Wall, l.now.Mono = l.now.Wall.Add(after), l.now.Mono+after
	tick := engine.Tick{Now: l.now}
	values := map[string]float64{"load": s.load, "flow": s.flow, "latency": s.latency}
	for _, b := range l.spec.Policies[0].Signals {
		o := signals.Outcome{Subject: b.Subject, At: l.now}
		if v := values[b.Name]; math.IsNaN(v) {
			o.Err = &signals.Error{Reason: signals.Unavailable}
		} else {
			o.Samples = []signals.Sample{{Value: v}}
		}
		tick.Outcomes = append(tick.Outcomes, o)
	}
	tick.Workloads = []workload.Observation{{ID: *l.spec.Policies[0].Workload, At: l.now, Ordered: s.ready, Ready: s.ready}}
	return l.engine.Step(tick)[0]
}

func (l *life) all(script []seen) (d policy.Decision) {
	for _, s := range script {
		d = l.look(15*time.Second, s)
	}
	return d
}

// all tells whether every signal may lower, or none.
func all(d policy.Decision, mayLower bool) bool {
	return !slices.ContainsFunc(d.Signals, func(r policy.Reading) bool { return r.MayLower != mayLower })
}

// isNewest tells whether the decision rests on what was seen last: what is not
// confirmed does not count yet.
func isNewest(d policy.Decision) bool {
	return all(d, true) && !slices.ContainsFunc(d.Signals, func(r policy.Reading) bool { return !r.At.Equal(d.At.Wall) })
}

// script draws what is seen for a while.
func script(t *rapid.T, name string, least int) []seen {
	one := rapid.Custom(func(t *rapid.T) seen {
		s := seen{
			load: rapid.Float64Range(0, 1000).Draw(t, "load"), flow: rapid.Float64Range(0, 50).Draw(t, "flow"),
			latency: rapid.Float64Range(0, 1).Draw(t, "latency"), ready: rapid.Int32Range(2, 60).Draw(t, "ready"),
		}
		switch rapid.IntRange(0, 19).Draw(t, "fault") {
		case 0:
			s.load = math.NaN()
		case 1:
			s.latency, s.flow = math.NaN(), math.NaN()
		}
		return s
	})
	return rapid.SliceOfN(one, least, 60).Draw(t, name)
}

// eachDemand holds a law against every demand.
func eachDemand(t *testing.T, law func(t *testing.T, demands string)) {
	t.Helper()
	for kind, documents := range lawful() {
		for i, d := range documents {
			t.Run(fmt.Sprintf("%s %d", kind, i+1), func(t *testing.T) { t.Parallel(); law(t, d) })
		}
	}
}

// TestEveryDemandIsHeldAgainstTheLaws fails where one is added and not given to them.
func TestEveryDemandIsHeldAgainstTheLaws(t *testing.T) {
	rules, laws := reflect.TypeFor[v1alpha1.DemandRule](), lawful()
	for rule := range rules.Fields() {
		name, _, _ := strings.Cut(rule.Tag.Get("json"), ",")
		require.NotEmpty(t, laws[name], "no document of demand %s", name)
		delete(laws, name)
	}
	require.Empty(t, laws, "demands that there are not")
}

func TestADecisionIsWithinItsBounds(t *testing.T) {
	eachDemand(t, func(t *testing.T, demands string) {
		t.Helper()
		rapid.Check(t, func(t *rapid.T) {
			l := begin(t, demands, "")
			for _, s := range script(t, "script", 1) {
				if n, ok := l.look(15*time.Second, s).Desired.Replicas(); ok {
					require.True(t, n >= 2 && n <= 500, "%d", n)
				}
			}
		})
	})
}

func TestMoreDemandNeverMeansFewerReplicas(t *testing.T) {
	eachDemand(t, func(t *testing.T, demands string) {
		t.Helper()
		rapid.Check(t, func(t *rapid.T) {
			past := script(t, "past", 3)
			less := script(t, "less", 1)[0]
			more := less
			more.load += rapid.Float64Range(0, 1000).Draw(t, "more")
			if strings.Contains(demands, "ratio") {
				more.load, more.latency = less.load, less.latency+rapid.Float64Range(0, 1).Draw(t, "slower")
			}
			a, b := begin(t, demands, promptly), begin(t, demands, promptly)
			a.all(past)
			b.all(past)
			d := a.look(15*time.Second, less)
			x, known := d.Desired.Replicas()
			y, stillKnown := b.look(15*time.Second, more).Desired.Replicas()
			if known && stillKnown && isNewest(d) {
				require.LessOrEqual(t, x, y)
			}
		})
	})
}

func TestNothingButFreshDataLowers(t *testing.T) {
	failing := seen{load: math.NaN(), flow: math.NaN(), latency: math.NaN()}
	eachDemand(t, func(t *testing.T, demands string) {
		t.Helper()
		if strings.Contains(demands, "schedule") {
			t.Skip("a schedule ends by the clock; what it lowers to is another demand's, which is held too")
		}
		rapid.Check(t, func(t *rapid.T) {
			past := script(t, "past", 3)
			l := begin(t, demands, promptly)
			last, known := l.all(past).Desired.Replicas()
			s := failing
			s.ready = past[len(past)-1].ready
			for range rapid.IntRange(1, 100).Draw(t, "failing") {
				after := time.Duration(rapid.IntRange(15, 600).Draw(t, "after")) * time.Second
				d := l.look(after, s)
				n, ok := d.Desired.Replicas()
				if all(d, false) { // the last samples are fresh yet
					require.False(t, known && ok && n < last, "%d after %d", n, last)
				}
				if ok {
					last, known = n, true
				}
			}
		})
	})
}

func TestEqualInputsDecideEqually(t *testing.T) {
	eachDemand(t, func(t *testing.T, demands string) {
		t.Helper()
		rapid.Check(t, func(t *rapid.T) {
			past := script(t, "script", 3)
			a, b := begin(t, demands, promptly), begin(t, demands, promptly)
			require.Equal(t, a.all(past), b.all(past))
			require.Equal(t, a.engine.State(), b.engine.State())
		})
	})
}

func TestAGuardOrAFloorNeverLowers(t *testing.T) {
	for name, more := range map[string]string{
		"guard":    `, {name: more, ratio: {signal: latency, target: 400ms, mayLower: false}}`,
		"floor":    `, {name: more, seasonal: {signal: load, perReplica: 20, period: 1m}}`,
		"schedule": `, {name: more, schedule: {start: "0 0 * * *", end: "0 18 * * *", replicas: 20}}`,
	} {
		t.Run(name, func(t *testing.T) {
			eachDemand(t, func(t *testing.T, demands string) {
				t.Helper()
				rapid.Check(t, func(t *rapid.T) {
					alone, with := begin(t, demands, promptly), begin(t, demands+more, promptly)
					steady := slices.Repeat([]seen{{load: 100, flow: 5, latency: 0.2, ready: 10}}, 5)
					for _, s := range append(steady, script(t, "script", 20)...) {
						if math.IsNaN(s.latency) {
							s.latency, s.flow = 0.2, 5 // who does not know one demand holds all
						}
						x, known := alone.look(15*time.Second, s).Desired.Replicas()
						y, stillKnown := with.look(15*time.Second, s).Desired.Replicas()
						require.False(t, known && stillKnown && y < x, "%d with it, %d without", y, x)
					}
				})
			})
		})
	}
}

// wave is a load that repeats itself every day, with chance from a seed.
func wave(at time.Time, chance float64) float64 {
	return (300 + 200*math.Sin(2*math.Pi*float64(at.Unix()%86400)/86400)) * (1 + 0.1*chance)
}

// chances are numbers from -1 to 1 that look random, the same every time.
func chances() func() float64 {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // noise, not secrets
	return func() float64 { return 2*random.Float64() - 1 }
}

const mostState = 8 << 10 // bytes of JSON

// TestStateIsBounded lives for ten days of noise, at last with six times as many
// samples, and saves what is remembered: it is small, and survives being saved.
func TestStateIsBounded(t *testing.T) {
	eachDemand(t, func(t *testing.T, demands string) {
		t.Helper()
		l, chance := begin(t, demands, ""), chances()
		most, ready := 0, int32(2)
		for i := range 11 * 24 * 120 {
			s := seen{load: wave(l.now.Wall, 3*chance()) * math.Exp(chance()), flow: 5 + 4*chance(), latency: 0.25 + 0.1*chance(), ready: ready}
			after := 30 * time.Second
			if i > 10*24*120 {
				after = 5 * time.Second
			}
			if n, ok := l.look(after, s).Desired.Replicas(); ok {
				ready = n
			}
			if i%719 == 0 {
				most = max(most, saved(t, l))
			}
		}
		t.Logf("%d bytes", most)
		require.LessOrEqual(t, most, mostState)
	})
}

// saved is how many bytes the policy's state has, which survives being saved.
func saved(t *testing.T, l *life) int {
	t.Helper()
	first, err := json.Marshal(l.engine.State().Policies[0].State)
	require.NoError(t, err)
	var back policy.State
	require.NoError(t, json.Unmarshal(first, &back))
	again, err := json.Marshal(back)
	require.NoError(t, err)
	require.Equal(t, string(first), string(again))
	return len(first)
}

// TestADayOfGarbageDoesNoLastingDamage holds a life with a day of garbage against the
// same without: at the end of the next day it decides about the same.
func TestADayOfGarbageDoesNoLastingDamage(t *testing.T) {
	garbage := map[string]func(s seen, chance func() float64) seen{
		"zeros": func(s seen, chance func() float64) seen { return seen{ready: s.ready} },
		"huge": func(s seen, chance func() float64) seen {
			return seen{load: 1e6, flow: 1e5, latency: 100, ready: s.ready}
		},
		"anything": func(s seen, chance func() float64) seen {
			return seen{load: 1e4 * math.Exp(5*chance()), flow: 1e3 * math.Exp(5*chance()), latency: math.Exp(5 * chance()), ready: s.ready}
		},
		"upside down": func(s seen, chance func() float64) seen {
			s.load, s.flow, s.latency = 1000-s.load, 20-s.flow, 0.5-s.latency
			return s
		},
		"none": func(s seen, chance func() float64) seen {
			return seen{load: math.NaN(), flow: math.NaN(), latency: math.NaN(), ready: s.ready}
		},
	}
	const day, last = 24 * 120, 2 * 120 // looks, every 30 s
	for name, spoil := range garbage {
		t.Run(name, func(t *testing.T) {
			eachDemand(t, func(t *testing.T, demands string) {
				t.Helper()
				clean, spoilt := begin(t, demands, ""), begin(t, demands, "")
				chance := chances()
				x := service{ready: 40, isQueue: strings.Contains(demands, "backlog")}
				y := x
				off, least := 0.0, 0.0
				for i := range 5 * day {
					load, noise := wave(clean.now.Wall, 0.3*chance()), chance()
					a, b := x.under(load, noise), y.under(load, noise)
					if i/day == 3 && i%day < day-20 { // but for what is of one time of day twice
						b = spoil(b, chance)
					}
					x.order(clean.look(30*time.Second, a))
					y.order(spoilt.look(30*time.Second, b))
					if i >= 5*day-last {
						off, least = off+math.Abs(float64(x.ready-y.ready)), least+float64(x.ready)
					}
				}
				require.LessOrEqual(t, off/least, 0.35, "of the replicas")
			})
		})
	}
}

// service is a model of one, of which a replica carries 12 a second within 300 ms, or
// of a queue, of which a replica serves a message in 2 s.
type service struct {
	ready   int32
	isQueue bool
	waiting float64
}

// under a load for 30 s.
func (s *service) under(load, noise float64) seen {
	busy := min(load/float64(s.ready)/18, 0.99)
	out := seen{load: load, flow: load / 40, latency: 0.1 / (1 - busy) * (1 + 0.02*noise), ready: s.ready}
	if s.isQueue {
		s.waiting = max(0, s.waiting+30*out.flow-15*float64(s.ready))
		out.load = s.waiting
	}
	return out
}

func (s *service) order(d policy.Decision) {
	if n, ok := d.Desired.Replicas(); ok {
		s.ready = n
	}
}
