package doctor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/testgolden"
	"github.com/scaler-dev/scaler/internal/workload"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

type source struct {
	subjects []signals.Subject
	outcomes []signals.Outcome
	err      error
}

func (s source) Subjects() []signals.Subject { return s.subjects }

func (s source) Fetch(context.Context, signals.Window) ([]signals.Outcome, error) {
	return s.outcomes, s.err
}

type look struct {
	ids  []workload.ID
	seen []workload.Observation
	err  error
}

func (l look) Workloads() []workload.ID { return l.ids }

func (l look) Observe(context.Context) ([]workload.Observation, error) { return l.seen, l.err }

func subject(query string) signals.Subject { return signals.Subject{Provider: "aws", Query: query} }

func outcome(query string, skew time.Duration, err *signals.Error, samples ...signals.Sample) signals.Outcome {
	return signals.Outcome{Subject: subject(query), Skew: skew, Err: err, Samples: samples}
}

func provider(outcomes ...signals.Outcome) Provider {
	p := Provider{Name: "aws", Names: map[signals.Subject][]string{}}
	var s source
	for _, o := range outcomes {
		p.Names[o.Subject] = []string{"shop/" + o.Subject.Query + ".x"}
		s.subjects = append(s.subjects, o.Subject)
	}
	s.outcomes = outcomes
	p.Fetches = []Fetch{{Source: s, Interval: time.Minute, Timeout: time.Second}}
	return p
}

func failure(r signals.Reason) *signals.Error { return &signals.Error{Reason: r, Detail: "detail"} }

func TestProviders(t *testing.T) {
	service := workload.ID{Provider: "aws", Name: "prod/orders"}
	mixed := provider(
		outcome("fresh", 0, nil, signals.Sample{At: now.Add(-8 * time.Second), Value: 36}, signals.Sample{At: now.Add(-3 * time.Second), Value: 37}),
		outcome("now", 45*time.Second, nil, signals.Sample{Value: 1234.5}),
		outcome("empty", 0, nil),
		outcome("absent", 0, failure(signals.Absent)),
		outcome("missing", 0, failure(signals.Missing)),
		outcome("invalid", 0, failure(signals.Invalid)),
		outcome("denied", 0, failure(signals.Auth)),
		outcome("throttled", 0, failure(signals.Throttled)),
	)
	mixed.Looks = []workload.Source{look{
		ids:  []workload.ID{service, {Provider: "aws", Name: "prod/gone"}},
		seen: []workload.Observation{{ID: service, Ordered: 3, Ready: 2}, {ID: workload.ID{Provider: "aws", Name: "prod/gone"}, Err: failure(signals.Missing)}},
	}}
	shared := provider(outcome("fresh", 0, nil, signals.Sample{Value: 1}))
	shared.Names[subject("fresh")] = []string{"shop/a.backlog", "shop/b.waiting"}
	whole := Provider{Name: "aws", Names: map[signals.Subject][]string{subject("q"): {"shop/a.q"}}, Fetches: []Fetch{{
		Source: source{subjects: []signals.Subject{subject("q")}, err: failure(signals.DNS)}, Timeout: time.Second,
	}}}
	foreign := whole
	foreign.Fetches = []Fetch{{Source: source{subjects: []signals.Subject{subject("q")}, err: errors.New("get https://user:secret@host: no")}, Timeout: time.Second}}
	services := Provider{Name: "aws", Looks: []workload.Source{look{ids: []workload.ID{service}, err: failure(signals.Auth)}}}
	for name, p := range map[string]Provider{
		"mixed":     mixed,
		"shared":    shared,
		"denied":    provider(outcome("a", 0, failure(signals.Auth)), outcome("b", 0, failure(signals.Auth))),
		"unnamed":   whole,
		"foreign":   foreign,
		"services":  services,
		"unmade":    {Name: "prom", Err: errors.New("read tls.caFile: no such file")},
		"unused":    {Name: "aws"},
		"publishes": {Name: "aws", Publishes: true},
		"clock":     provider(outcome("a", -3*time.Minute, nil, signals.Sample{At: now.Add(-4 * time.Minute), Value: 1})),
	} {
		t.Run(name, func(t *testing.T) {
			text := Table(ProviderCheck(p, clock).Run(t.Context()))
			require.NotContains(t, text, "secret")
			testgolden.Equal(t, "testdata/provider-"+name+".txt", text)
		})
	}
}
