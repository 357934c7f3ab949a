package v1alpha1

import (
	"math"
	"slices"
	"time"
)

const maxHold = 24 * time.Hour

func validateSignals(s scope, signals []Signal) {
	s.atMost(len(signals), maxSignals)
	seen := distinct{}
	for i, sig := range signals {
		t := s.index(i)
		t.at("name").served(sig.Name)
		seen.add(t.at("name"), sig.Name)
		t.at("provider").label(sig.Provider)
		sig.validate(t)
	}
}

func (g *Signal) validate(s scope) {
	s.exactlyOne(member{"sqs", g.SQS != nil}, member{"cloudWatch", g.CloudWatch != nil}, member{"alb", g.ALB != nil}, member{"ecs", g.ECS != nil},
		member{"prometheus", g.Prometheus != nil}, member{"http", g.HTTP != nil}, member{"scrape", g.Scrape != nil}, member{"trace", g.Trace != nil})
	if g.SQS != nil {
		g.SQS.validate(s.at("sqs"))
	}
	if g.CloudWatch != nil {
		g.CloudWatch.validate(s.at("cloudWatch"))
	}
	if g.ALB != nil {
		g.ALB.validate(s.at("alb"))
	}
	if g.ECS != nil {
		g.ECS.validate(s.at("ecs"))
	}
	if g.Prometheus != nil {
		s.at("prometheus").at("query").required(g.Prometheus.Query)
	}
	if g.HTTP != nil {
		validatePath(s.at("http").at("path"), g.HTTP.Path)
		s.at("http").at("value").required(g.HTTP.Value)
	}
	if g.Scrape != nil {
		g.Scrape.validate(s.at("scrape"))
	}
	s.restingOn([]string{s.at("alb").at("metric").path}, func(s scope) { g.validateKind(s.at("kind")) })
	g.validateAges(s)
	g.validateAbsent(s.at("absent"))
	g.validateRange(s.at("range"))
}

func (g *Signal) validateKind(s scope) {
	if g.Kind == "" {
		if g.CloudWatch != nil || g.Prometheus != nil || g.HTTP != nil || g.Scrape != nil || g.Trace != nil {
			s.add("is required: Total if the value falls to each replica's share when replicas are added (backlog, requests per second), " +
				"PerReplica if it is an average or a level already (latency, utilisation)")
		}
		return
	}
	oneOf(s, g.Kind, KindTotal, KindPerReplica)
	switch {
	case g.SQS != nil && g.Kind == KindPerReplica:
		s.add("counts of a queue are of kind Total; remove kind")
	case g.ALB != nil && g.Kind != g.ALB.Metric.kind():
		s.addf("%s is of kind %s; remove kind", g.ALB.Metric, g.ALB.Metric.kind())
	case g.ECS != nil && g.Kind != KindPerReplica:
		s.addf("%s is of kind PerReplica; remove kind", g.ECS.Metric)
	}
}

// validateAges checks that a sample can be fresh at all, and that it is held no
// shorter than it is fresh.
func (g *Signal) validateAges(s scope) {
	s.at("interval").span(g.Interval, time.Second, time.Hour)
	s.restingOn([]string{s.at("interval").path, s.at("cloudWatch").at("period").path}, g.validateFreshFor)
	s.restingOn([]string{s.at("freshFor").path}, func(s scope) {
		if g.HoldFor.Duration < g.FreshFor.Duration {
			s.at("holdFor").addf("%s is below freshFor, which is %s", shortDuration(g.HoldFor.Duration), shortDuration(g.FreshFor.Duration))
		}
	})
	if g.HoldFor.Duration > maxHold {
		s.at("holdFor").addf("%s is too long; at most 24h is allowed", shortDuration(g.HoldFor.Duration))
	}
}

func (g *Signal) validateFreshFor(s scope) {
	if least := 2 * g.Interval.Duration; g.FreshFor.Duration < least {
		s.at("freshFor").addf("%s is below twice the interval, which is %s: one late read would end it; at least %s is needed",
			shortDuration(g.FreshFor.Duration), shortDuration(g.Interval.Duration), shortDuration(least))
	}
	if c := g.CloudWatch; c != nil && c.Period.Duration > g.Interval.Duration && g.FreshFor.Duration < 2*c.Period.Duration {
		s.at("freshFor").addf("%s is below twice cloudWatch.period, which is %s; at least %s is needed",
			shortDuration(g.FreshFor.Duration), shortDuration(c.Period.Duration), shortDuration(2*c.Period.Duration))
	}
}

// validateAbsent takes absence for zero only where the same answer can hold a
// sentinel.
func (g *Signal) validateAbsent(s scope) {
	oneOf(s, g.Absent, AbsentUnknown, AbsentZero)
	if g.Absent != AbsentZero {
		return
	}
	switch {
	case g.ALB != nil && g.ALB.Metric != ResponseTime:
	case g.SQS != nil && !slices.Contains(g.SQS.Count, CountVisible):
	default:
		s.add("Zero is allowed only where the same answer proves that absence means zero: " +
			"alb RequestsPerSecond and RequestsPerTargetPerSecond, and sqs counts without Visible; use Unknown")
	}
}

func (g *Signal) validateRange(s scope) {
	low, high := *g.Range.Min, *g.Range.Max
	for _, b := range []struct {
		name  string
		value Number
	}{{"min", low}, {"max", high}} {
		if v := float64(b.value); math.IsNaN(v) || math.Abs(v) > float64(MaxSignalValue) {
			s.at(b.name).addf("%g is out of range; -9.2e+15 to 9.2e+15 are allowed", v)
		}
	}
	s.restingOn([]string{s.at("min").path}, func(s scope) {
		if low >= high {
			s.at("max").addf("%g is not above min, which is %g", float64(high), float64(low))
		}
	})
}
