package v1alpha1

import (
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	maxDimensions = 30
	maxMetrics    = 32
	maxPath       = 1024
)

var (
	statisticRE  = regexp.MustCompile(`^(SampleCount|Average|Sum|Minimum|Maximum|IQM)$`)
	percentileRE = regexp.MustCompile(`^(?:p|tm|wm|tc|ts)([0-9]{1,2}(?:\.[0-9]{1,10})?)$`)
	trimmedRE    = regexp.MustCompile(`^(PR|TM|WM|TC|TS)\([0-9.]*%?:[0-9.]*%?\)$`)
	escapedRE    = regexp.MustCompile(`(?i)%(2e|2f|5c|23|25|0|1|7f)`)
)

func (q *SQSSignal) validate(s scope) {
	t := s.at("queue")
	if strings.Contains(q.Queue, "://") {
		validateQueueURL(t, q.Queue)
	} else {
		t.match(q.Queue, queueRE, "a queue's name (letters, digits, dashes and underscores, at most 80, with .fifo at the end if it is one) or its URL")
	}
	if len(q.Count) == 0 {
		s.at("count").add("is empty; allowed are Visible, NotVisible, Delayed")
	}
	seen := distinct{}
	for i, c := range q.Count {
		oneOf(s.at("count").index(i), c, CountVisible, CountNotVisible, CountDelayed)
		seen.add(s.at("count").index(i), string(c))
	}
}

func validateQueueURL(s scope, raw string) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		s.add("is not a queue's URL, as in https://sqs.eu-west-1.amazonaws.com/123456789012/orders")
		return
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#") ||
		len(parts) < 2 || !queueRE.MatchString(parts[len(parts)-1]) || path.Clean(u.Path) != u.Path || u.RawPath != "" {
		s.add("is not a queue's URL: a host, an account and a queue's name are expected, as in https://sqs.eu-west-1.amazonaws.com/123456789012/orders")
	}
}

func (c *CloudWatchSignal) validate(s scope) {
	s.exactlyOne(member{"metric", c.Metric != ""}, member{"expression", c.Expression != ""})
	switch {
	case c.Metric != "":
		c.CloudWatchMetric.validate(s)
		if c.Metrics != nil {
			s.at("metrics").add("go with expression, which is not set")
		}
	case c.Expression != "":
		c.validateMath(s)
	}
	if d := c.Period.Duration; !validPeriod(d) {
		s.at("period").addf("%s is not allowed; allowed are 1s, 5s, 10s, 20s, 30s and multiples of 60s up to 1h", shortDuration(d))
	}
}

// validateMath checks an expression's metrics. That it is well-formed only AWS
// can tell.
func (c *CloudWatchSignal) validateMath(s scope) {
	for name, set := range map[string]bool{
		"namespace": c.Namespace != "", "dimensions": c.Dimensions != nil, "statistic": c.Statistic != "",
		"accountID": c.AccountID != "",
	} {
		if set {
			s.at(name).add("does not go with expression; put it in metrics")
		}
	}
	s.at("metrics").atMost(len(c.Metrics), maxMetrics)
	seen := distinct{}
	for i, m := range c.Metrics {
		t := s.at("metrics").index(i)
		t.at("id").match(m.ID, metricIDRE, "an id: a lower-case letter, then letters, digits and underscores")
		seen.add(t.at("id"), m.ID)
		m.CloudWatchMetric.validate(t)
	}
}

func (m CloudWatchMetric) validate(s scope) {
	s.at("namespace").match(m.Namespace, namespaceRE, "a namespace of CloudWatch, as in AWS/SQS")
	s.at("metric").match(m.Metric, metricRE, "a metric's name: 1 to 255 printable ASCII characters")
	if s.at("statistic").required(m.Statistic) && !validStatistic(m.Statistic) {
		s.at("statistic").addf("%s is not a statistic; allowed are Average, Sum, Minimum, Maximum, SampleCount, IQM, "+
			"p95 and the like (p, tm, wm, tc, ts above 0 and below 100), and TM(10%%:90%%) and the like", quote(m.Statistic))
	}
	if m.AccountID != "" {
		s.at("accountID").match(m.AccountID, accountRE, `an account: 12 digits in quotes, as in "123456789012"`)
	}
	d := s.at("dimensions")
	d.atMost(len(m.Dimensions), maxDimensions)
	for name, value := range m.Dimensions {
		if name == "" || len(name) > 255 || strings.HasPrefix(name, ":") || strings.ContainsFunc(name, isControl) {
			d.key(name).add("is not a dimension's name: 1 to 255 characters, not starting with a colon")
		}
		if value == "" || len(value) > 1024 || strings.ContainsFunc(value, isControl) {
			d.key(name).add("has no value of 1 to 1024 printable characters")
		}
	}
}

func validStatistic(v string) bool {
	if m := percentileRE.FindStringSubmatch(v); m != nil {
		p, err := strconv.ParseFloat(m[1], 64)
		return err == nil && p > 0 && p < 100
	}
	return statisticRE.MatchString(v) || trimmedRE.MatchString(v)
}

func validPeriod(d time.Duration) bool {
	switch d {
	case time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second:
		return true
	default:
		return d >= time.Minute && d <= time.Hour && d%time.Minute == 0
	}
}

func (a *ALBSignal) validate(s scope) {
	s.at("loadBalancer").match(a.LoadBalancer, albRE, "the end of a load balancer's ARN, as in app/web/50dc6c495c0c9188")
	s.at("targetGroup").match(a.TargetGroup, groupRE, "the end of a target group's ARN, as in targetgroup/orders/943f017f100becff")
	oneOf(s.at("metric"), a.Metric, RequestsPerSecond, RequestsPerTargetPerSecond, ResponseTime)
	s.restingOn([]string{s.at("metric").path}, a.validatePercentile)
}

func (a *ALBSignal) validatePercentile(s scope) {
	p := s.at("percentile")
	switch {
	case a.Metric != ResponseTime && a.Percentile != 0:
		p.add("goes with metric ResponseTime only; remove it")
	case a.Metric == ResponseTime && a.Percentile == 0:
		p.add("is required with metric ResponseTime, as in 95 or 99.9")
	case a.Percentile < 0 || a.Percentile >= 100:
		p.addf("%g is out of range; above 0 and below 100 are allowed", float64(a.Percentile))
	}
}

// validatePath checks a path under a provider's URL: whatever a client or a
// server makes of it, it stays there.
func validatePath(s scope, raw string) {
	if !s.required(raw) {
		return
	}
	if len(raw) > maxPath {
		s.addf("has %d bytes; at most %d are allowed", len(raw), maxPath)
		return
	}
	if !strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "//") {
		s.addf("%s is not a path: it must start with one /, and hold no scheme or host", quote(raw))
		return
	}
	p, _, _ := strings.Cut(raw, "?")
	switch {
	case strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		s.addf("%s holds a space, a control character or one that is not ASCII; write it as %%XX", quote(raw))
	case strings.ContainsAny(raw, `#\`):
		s.addf(`%s holds # or \, which are not allowed`, quote(raw))
	case escapedRE.MatchString(p):
		s.addf("%s holds an escaped dot, slash, backslash, #, %% or control character, which are not allowed", quote(raw))
	case hasDots(p):
		s.addf("%s holds . or .. as a part, or an empty part, which are not allowed", quote(raw))
	default:
		if _, err := url.ParseRequestURI(raw); err != nil {
			s.addf("%s is not a path of a URL", quote(raw))
		}
	}
}

func hasDots(p string) bool {
	cleaned := path.Clean(p)
	return p != cleaned && p != cleaned+"/"
}
