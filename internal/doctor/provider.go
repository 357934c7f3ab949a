package doctor

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Provider is a provider of the documents, with everything that is read from it.
type Provider struct {
	Name string
	// Err says that no client could be made; nothing below is set then.
	Err     error
	Fetches []Fetch
	Looks   []workload.Source
	// Names of subjects, as users write them: NAMESPACE/POLICY.SIGNAL, sorted.
	Names map[signals.Subject][]string
	// Publishes says that a sink writes to it, which is not tried.
	Publishes bool
	// NoClock says that it tells no time, as a file does not.
	NoClock bool
}

// Fetch is a source of signals.
type Fetch struct {
	Source   signals.Source
	Interval time.Duration
	Timeout  time.Duration
}

// What a clock may differ by.
const (
	skewWarn = 30 * time.Second
	skewFail = 120 * time.Second // beyond it signals never lower
)

// ProviderCheck fetches each signal of a provider once and looks at each workload.
func ProviderCheck(p Provider, now func() time.Time) Check {
	return Check{Name: "provider " + p.Name, Run: func(ctx context.Context) []Finding {
		if p.Err != nil {
			return []Finding{finding("provider "+p.Name, Fail, "correct the SignalProvider", "%s", p.Err)}
		}
		outcomes := fetchAll(ctx, p.Fetches, now)
		seen := lookAll(ctx, p.Looks)
		reached := p.reached(outcomes, seen)
		found := []Finding{reached}
		if f, ok := p.clock(outcomes); ok {
			found = append(found, f)
		}
		for _, o := range outcomes {
			for _, name := range p.Names[o.Subject] {
				found = append(found, unless(reached, signalFinding("signal "+name, o, now())))
			}
		}
		for _, o := range seen {
			found = append(found, unless(reached, workloadFinding(o)))
		}
		return found
	}}
}

// unless a provider cannot be reached, which is told once.
func unless(reached, f Finding) Finding {
	if reached.State == Fail {
		return finding(f.Check, Skip, "", "its provider does not answer")
	}
	return f
}

// fetchAll fetches every source once, a few at a time.
func fetchAll(ctx context.Context, fetches []Fetch, now func() time.Time) []signals.Outcome {
	all := make([][]signals.Outcome, len(fetches))
	slots := make(chan struct{}, 4)
	var group sync.WaitGroup
	for i, f := range fetches {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			all[i] = fetchOne(ctx, f, now)
		})
	}
	group.Wait()
	return slices.Concat(all...)
}

// fetchOne gives an outcome for each subject.
func fetchOne(ctx context.Context, f Fetch, now func() time.Time) []signals.Outcome {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	to := now()
	got, err := f.Source.Fetch(ctx, signals.Window{From: to.Add(-f.Interval), To: to})
	have := map[signals.Subject]bool{}
	for i := range got {
		have[got[i].Subject], got[i].At.Wall = true, now()
	}
	for _, s := range f.Source.Subjects() {
		if !have[s] {
			got = append(got, signals.Outcome{Subject: s, Err: failureOf(err)})
		}
	}
	return got
}

func failureOf(err error) *signals.Error {
	if err == nil {
		return &signals.Error{Reason: signals.Partial, Detail: "the answer leaves it out"}
	}
	return httpx.Failure(err)
}

func lookAll(ctx context.Context, looks []workload.Source) []workload.Observation {
	var out []workload.Observation
	for _, l := range looks {
		call, cancel := context.WithTimeout(ctx, httpx.CallTimeout)
		got, err := l.Observe(call)
		cancel()
		have := map[workload.ID]bool{}
		for _, o := range got {
			have[o.ID] = true
		}
		for _, id := range l.Workloads() {
			if !have[id] {
				got = append(got, workload.Observation{ID: id, Err: failureOf(err)})
			}
		}
		out = append(out, got...)
	}
	return out
}

// reached tells of credentials and reachability: whether anything was answered.
func (p Provider) reached(outcomes []signals.Outcome, seen []workload.Observation) Finding {
	check := "provider " + p.Name
	var failures []*signals.Error
	for _, o := range outcomes {
		failures = append(failures, o.Err)
	}
	for _, o := range seen {
		failures = append(failures, o.Err)
	}
	if len(failures) == 0 {
		if p.Publishes {
			return finding(check, Skip, "", "policies only publish to it, and nothing is published here")
		}
		return finding(check, Skip, "", "no policy reads from it")
	}
	if i := slices.IndexFunc(failures, answered); i < 0 {
		first := failures[0]
		return finding(check, Fail, providerHint(first.Reason), "%s", first)
	}
	return finding(check, OK, "", "answers")
}

// answered tells whether a provider said something of what was asked.
func answered(e *signals.Error) bool {
	return e == nil || slices.Contains([]signals.Reason{signals.Missing, signals.Absent, signals.Invalid, signals.Partial}, e.Reason)
}

// providerHint is what to do about a provider that does not answer.
func providerHint(r signals.Reason) string {
	const way = "check its URL or region, and network policies and firewalls on the way from this host"
	hints := map[signals.Reason]string{
		signals.Auth:        "check its credentials, whether they have expired, and what they allow; the README of each kind of signal lists the rights",
		signals.DNS:         "check the host's name in its URL, and the resolver of this host",
		signals.TLS:         "set tls.caFile of the SignalProvider if its certificate is of an authority of your own",
		signals.Throttled:   "ask less often: raise the interval of its signals, or the provider's quota",
		signals.Timeout:     way,
		signals.Unavailable: way,
	}
	return cmp.Or(hints[r], "check that its URL leads to what its kind says")
}

// clock compares clocks, where the provider has one.
func (p Provider) clock(outcomes []signals.Outcome) (Finding, bool) {
	if p.NoClock || !slices.ContainsFunc(outcomes, func(o signals.Outcome) bool { return o.Err == nil || o.Skew != 0 }) {
		return Finding{}, false
	}
	worst := slices.MaxFunc(outcomes, func(a, b signals.Outcome) int { return cmp.Compare(a.Skew.Abs(), b.Skew.Abs()) })
	return clockFinding("clock "+p.Name, worst.Skew, "its signals never lower"), true
}

// clockFinding judges another clock minus ours, and says what comes of a clock that
// is far off.
func clockFinding(check string, skew time.Duration, consequence string) Finding {
	const hint = "synchronise this host's clock (chrony, NTP)"
	off := skew.Abs().Round(time.Second)
	text := explain.Duration(off) + " ahead of ours"
	if skew < 0 {
		text = explain.Duration(off) + " behind ours"
	}
	switch {
	case off == 0:
		return finding(check, OK, "", "no difference of 2 s or more was seen")
	case off > skewFail:
		return finding(check, Fail, hint, "%s: above %s %s", text, explain.Duration(skewFail), consequence)
	case off > skewWarn:
		return finding(check, Warn, hint, "%s", text)
	default:
		return finding(check, OK, "", "%s", text)
	}
}
