// Package compile turns valid documents into what the engine evaluates. It does
// no I/O, so that a run, a replay and a check share it.
package compile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// Program is what a set of policies compiles to.
type Program struct {
	Spec      engine.Spec
	Subjects  []Subject  // what is fetched, each once, at the shortest interval asked for
	Workloads []Workload // what is looked at, each once
	// ExternalMetrics are the names under which decisions are served.
	ExternalMetrics map[policy.ID]string
	// CloudWatch are the decisions to publish there.
	CloudWatch []CloudWatchTarget
	// Floors are the services whose minimum follows a decision.
	Floors []FloorTarget
}

// Subject is what is fetched, and how.
type Subject struct {
	engine.Subject

	Source v1alpha1.SignalSource
}

// Workload is what is looked at, and how.
type Workload struct {
	ID        workload.ID
	Namespace string // of the policy
	Spec      v1alpha1.Workload
}

// Kubernetes stands, as a provider, for the cluster that Scaler runs in. No
// SignalProvider can be named so: it is not a DNS label.
const Kubernetes = "(kubernetes)"

// CloudWatchTarget is a decision to publish.
type CloudWatchTarget struct {
	Policy policy.ID
	Sink   v1alpha1.CloudWatchSink
}

// Compile compiles policies that are defaulted and valid.
func Compile(policies []*v1alpha1.ScalingPolicy) (*Program, error) {
	p := &Program{ExternalMetrics: map[policy.ID]string{}}
	c := &compiler{program: p, subjects: map[signals.Subject]int{}, workloads: map[workload.ID]bool{}}
	for _, doc := range policies {
		if err := c.add(doc); err != nil {
			return nil, fmt.Errorf("compile policy %s/%s: %w", doc.Metadata.Namespace, doc.Metadata.Name, err)
		}
	}
	for _, s := range p.Subjects {
		p.Spec.Subjects = append(p.Spec.Subjects, s.Subject)
	}
	return p, nil
}

type compiler struct {
	program   *Program
	subjects  map[signals.Subject]int
	workloads map[workload.ID]bool
}

func (c *compiler) add(doc *v1alpha1.ScalingPolicy) error {
	id := policy.ID{Namespace: doc.Metadata.Namespace, Name: doc.Metadata.Name}
	out := engine.Policy{ID: id}
	var settings policy.Settings
	if doc.Spec.Relays() {
		out.Policy = policy.NewRelay(id)
	} else {
		var err error
		if settings, err = settingsOf(id, doc.Spec); err != nil {
			return err
		}
		out.Policy = policy.New(settings)
	}
	for _, s := range doc.Spec.Signals {
		shared := s.ALB != nil && s.ALB.Metric == v1alpha1.RequestsPerTargetPerSecond && doc.Spec.Workload != nil
		if shared {
			s.SignalSource = totalOf(*s.ALB)
		}
		subject, err := c.subject(s)
		if err != nil {
			return fmt.Errorf("signal %s: %w", s.Name, err)
		}
		out.Signals = append(out.Signals, engine.Signal{Name: s.Name, Subject: subject, Rules: rulesOf(s), Shared: shared, Recall: recalls(settings.Demands, s.Name)})
	}
	if w := doc.Spec.Workload; w != nil {
		out.Workload = c.workload(id, *w)
	}
	c.program.Spec.Policies = append(c.program.Spec.Policies, out)
	if pub := doc.Spec.Publish; pub != nil {
		if pub.ExternalMetric != nil {
			c.program.ExternalMetrics[id] = pub.ExternalMetric.Name
		}
		if pub.CloudWatch != nil {
			c.program.CloudWatch = append(c.program.CloudWatch, CloudWatchTarget{Policy: id, Sink: *pub.CloudWatch})
		}
		c.floor(id, doc.Spec)
	}
	return nil
}

// subject is what a signal fetches. Signals that fetch the same share it, at the
// shortest of their intervals.
func (c *compiler) subject(s v1alpha1.Signal) (signals.Subject, error) {
	query, err := queryOf(s.SignalSource)
	if err != nil {
		return signals.Subject{}, err
	}
	subject := signals.Subject{Provider: s.Provider, Query: query}
	i, ok := c.subjects[subject]
	if !ok {
		i = len(c.program.Subjects)
		c.subjects[subject] = i
		c.program.Subjects = append(c.program.Subjects, Subject{
			Subject: engine.Subject{Subject: subject, Interval: s.Interval.Duration}, Source: s.SignalSource,
		})
	}
	have := &c.program.Subjects[i]
	have.Interval = min(have.Interval, s.Interval.Duration)
	return subject, nil
}

// totalOf reads all requests of a target group, of which each replica has its share
// by our own count of them: AWS's quotient is of the targets that are registered and
// healthy, which are fewer for as long as new ones are not.
func totalOf(a v1alpha1.ALBSignal) v1alpha1.SignalSource {
	a.Metric = v1alpha1.RequestsPerSecond
	return v1alpha1.SignalSource{ALB: &a}
}

// queryOf is the canonical form of what is read: the kind of source, and its
// member of the union.
func queryOf(s v1alpha1.SignalSource) (string, error) {
	if s.SQS != nil {
		sorted := *s.SQS
		sorted.Count = slices.Clone(sorted.Count)
		slices.Sort(sorted.Count)
		s.SQS = &sorted
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("write what is read: %w", err)
	}
	kind, member, _ := strings.Cut(strings.Trim(string(raw), "{}"), ":")
	return strings.Trim(kind, `"`) + " " + strings.Trim(member, "{}"), nil
}

func (c *compiler) workload(id policy.ID, w v1alpha1.Workload) *workload.ID {
	var out workload.ID
	switch {
	case w.Deployment != nil:
		out = workload.ID{Provider: Kubernetes, Name: "deployment/" + id.Namespace + "/" + w.Deployment.Name}
	case w.StatefulSet != nil:
		out = workload.ID{Provider: Kubernetes, Name: "statefulset/" + id.Namespace + "/" + w.StatefulSet.Name}
	case w.ECS != nil:
		out = workload.ID{Provider: w.ECS.Provider, Name: w.ECS.Cluster + "/" + w.ECS.Service}
	default: // fixed
		out = workload.ID{Name: "fixed/" + id.String()}
	}
	if !c.workloads[out] {
		c.workloads[out] = true
		c.program.Workloads = append(c.program.Workloads, Workload{ID: out, Namespace: id.Namespace, Spec: w})
	}
	return &out
}

func rulesOf(s v1alpha1.Signal) signals.Rules {
	r := signals.Rules{
		Kind: signals.Kind(s.Kind), FreshFor: s.FreshFor.Duration, HoldFor: s.HoldFor.Duration,
		Max: signals.MaxValue, AbsentIsZero: s.Absent == v1alpha1.AbsentZero,
	}
	if s.Range != nil && s.Range.Min != nil {
		r.Min = float64(*s.Range.Min)
	}
	if s.Range != nil && s.Range.Max != nil {
		r.Max = float64(*s.Range.Max)
	}
	return r
}

// holdFor is how long a signal of the policy may be held.
func holdFor(spec v1alpha1.ScalingPolicySpec, signal string) time.Duration {
	for _, s := range spec.Signals {
		if s.Name == signal {
			return s.HoldFor.Duration
		}
	}
	return 0
}
