package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/expr"
)

// signal checks a signal against its provider, and compiles what it holds.
func (c checker) signal(d *document, path, ns string, s *v1alpha1.Signal) {
	kind := providerKind(s.SignalSource)
	if kind == "" {
		return
	}
	p := c.provider(d, path+".provider", ns, s.Provider, kind)
	switch src := s.SignalSource; {
	case src.SQS != nil && p != nil:
		checkQueue(d, path+".sqs.queue", src.SQS.Queue, p)
	case src.CloudWatch != nil && p != nil:
		checkMetrics(d, path+".cloudWatch", src.CloudWatch, p)
	case src.ALB != nil && p != nil:
		d.allowed(path+".alb.targetGroup", "targetGroups", src.ALB.TargetGroup, listOf(p.Allow, targetGroups))
	case src.ECS != nil && p != nil:
		checkService(d, path+".ecs.service", src.ECS, p)
	case src.Prometheus != nil:
		checkQuery(d, path+".prometheus.query", src.Prometheus.Query)
		checkQuery(d, path+".prometheus.ageQuery", src.Prometheus.AgeQuery)
	case src.HTTP != nil:
		if p != nil {
			route, _, _ := strings.Cut(src.HTTP.Path, "?")
			d.allowed(path+".http.path", "paths", route, listOf(p.Allow, paths))
		}
		checkBody(d, path+".http.value", src.HTTP.Value)
		checkBody(d, path+".http.observedAt", src.HTTP.ObservedAt)
	case src.Scrape != nil && p != nil:
		route, _, _ := strings.Cut(src.Scrape.Path, "?")
		d.allowed(path+".scrape.path", "paths", route, listOf(p.Allow, paths))
	}
}

// providerKind is what a source needs; empty unless exactly one source is set.
func providerKind(s v1alpha1.SignalSource) string {
	kinds := make([]string, 0, 1)
	for kind, set := range map[string]bool{
		"aws":        s.SQS != nil || s.CloudWatch != nil || s.ALB != nil || s.ECS != nil,
		"prometheus": s.Prometheus != nil,
		"http":       s.HTTP != nil || s.Scrape != nil,
		"trace":      s.Trace != nil,
	} {
		if set {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) != 1 {
		return ""
	}
	return kinds[0]
}

// checkQueue holds a queue to the provider's list, and a queue's URL to the
// provider's endpoint.
func checkQueue(d *document, path, queue string, p *v1alpha1.SignalProviderSpec) {
	name := queue
	if strings.Contains(queue, "://") {
		u, err := url.Parse(queue)
		if err != nil || u.Host == "" {
			return // told already
		}
		if allowed := endpoints(p.AWS); !allowedOrigin(u, allowed) {
			d.check(path, "is not at the provider's endpoint; allowed are the queue's name, and URLs under "+strings.Join(allowed, " or "))
			return
		}
		name = u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	}
	d.allowed(path, "queues", name, listOf(p.Allow, queues))
}

// checkService holds a service to the provider's list. One without a name is at fault
// already.
func checkService(d *document, path string, e *v1alpha1.ECSSignal, p *v1alpha1.SignalProviderSpec) {
	if e.Cluster != "" && e.Service != "" {
		d.allowed(path, "services", e.Cluster+"/"+e.Service, listOf(p.Allow, services))
	}
}

// endpoints are the origins at which a provider's queues lie.
func endpoints(a *v1alpha1.AWSProvider) []string {
	if a.EndpointURL != "" {
		if u, err := url.Parse(a.EndpointURL); err == nil {
			return []string{u.Scheme + "://" + u.Host}
		}
	}
	origin := "https://sqs." + a.Region + ".amazonaws.com"
	if strings.HasPrefix(a.Region, "cn-") {
		origin += ".cn"
	}
	return []string{origin}
}

func allowedOrigin(u *url.URL, origins []string) bool {
	for _, o := range origins {
		if strings.EqualFold(u.Scheme+"://"+u.Host, o) {
			return true
		}
	}
	return false
}

var searchRE = regexp.MustCompile(`(?i)\b(SEARCH|SELECT|INSIGHT_RULE_METRIC|SERVICE_QUOTA|DB_PERF_INSIGHTS|LAMBDA)\b`)

// checkMetrics holds metrics to the provider's list of namespaces. An expression
// that searches could read any.
func checkMetrics(d *document, path string, c *v1alpha1.CloudWatchSignal, p *v1alpha1.SignalProviderSpec) {
	globs := listOf(p.Allow, namespaces)
	d.allowed(path+".namespace", "namespaces", c.Namespace, globs)
	checkAccount(d, path, c.CloudWatchMetric, p)
	for i, m := range c.Metrics {
		at := v1alpha1.Index(path+".metrics", i)
		d.allowed(at+".namespace", "namespaces", m.Namespace, globs)
		checkAccount(d, at, m.CloudWatchMetric, p)
	}
	checkSearch(d, path+".expression", c.Expression, p)
}

// checkSearch refuses what could read outside a list that the provider has.
func checkSearch(d *document, path, expression string, p *v1alpha1.SignalProviderSpec) {
	found := searchRE.FindString(expression)
	switch {
	case found == "":
	case listOf(p.Allow, namespaces) != nil:
		d.check(path, found+" is not allowed while the provider has allow.namespaces; name the metrics")
	case listOf(p.Allow, accounts) != nil:
		d.check(path, found+" is not allowed while the provider has allow.accounts; name the metrics")
	case strings.Contains(strings.ToLower(expression), ":aws.accountid"):
		d.check(path, "a search by account is not allowed; name the metrics with their accountID")
	}
}

// checkAccount holds a metric to the provider's own account and those that it lists.
func checkAccount(d *document, path string, m v1alpha1.CloudWatchMetric, p *v1alpha1.SignalProviderSpec) {
	globs := listOf(p.Allow, accounts)
	listed := func(g string) bool { return glob(g, m.AccountID) }
	switch {
	case m.AccountID == "" || slices.ContainsFunc(globs, listed):
	case globs == nil:
		d.check(path+".accountID", "needs the provider's allow.accounts, which lists the accounts that may be read besides its own")
	default:
		d.check(path+".accountID", "is not in the provider's allow.accounts")
	}
}

// checkQuery compiles PromQL that must give an instant vector or a scalar.
func checkQuery(d *document, path, query string) {
	if strings.TrimSpace(query) == "" {
		return
	}
	e, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		msg, _, _ := strings.Cut(err.Error(), "\n")
		d.check(path, "is not PromQL: "+msg)
		return
	}
	if t := e.Type(); t != parser.ValueTypeVector && t != parser.ValueTypeScalar {
		d.check(path, fmt.Sprintf("gives a %s; an instant vector of one sample or a scalar is needed, as in sum(rate(requests_total[1m]))",
			parser.DocumentedType(t)))
	}
}

func checkBody(d *document, path, src string) {
	if src == "" {
		return
	}
	if _, err := expr.CompileBody(src); err != nil {
		d.check(path, "is not CEL over body: "+err.Error())
	}
}
