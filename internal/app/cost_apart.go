package app

import (
	"context"
	"time"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/cost"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// apart is what would run if each policy had it for itself.
func (a *accountant) apart(ctx context.Context) error {
	subjects := map[signals.Subject]compile.Subject{}
	for _, s := range a.all.Subjects {
		subjects[s.Subject.Subject] = s
	}
	workloads := map[workload.ID]compile.Workload{}
	for _, w := range a.all.Workloads {
		workloads[w.ID] = w
	}
	var parts []*compile.Program
	for i, p := range a.all.Spec.Policies {
		for j, s := range p.Signals {
			if !a.isAWS(s.Subject.Provider) {
				continue
			}
			own := subjects[s.Subject]
			own.Interval = a.docs.Policies[i].Spec.Signals[j].Interval.Duration
			parts = append(parts, &compile.Program{Subjects: []compile.Subject{own}})
			a.inline(own)
		}
		if p.Workload != nil && workloads[*p.Workload].Spec.ECS != nil {
			parts = append(parts, &compile.Program{Workloads: []compile.Workload{workloads[*p.Workload]}})
		}
	}
	for _, t := range a.all.CloudWatch {
		parts = append(parts, &compile.Program{Spec: a.all.Spec, CloudWatch: []compile.CloudWatchTarget{t}})
	}
	for _, part := range parts {
		uses, err := a.uses(ctx, part)
		if err != nil {
			return err
		}
		a.usage.Single = append(a.usage.Single, uses...)
	}
	return nil
}

// inline is what an adapter asks that keeps nothing: a metric at each of its own polls
// and within each read of the HPA.
func (a *accountant) inline(s compile.Subject) {
	call := awsx.Call{Service: awsx.ServiceCloudWatch, Operation: "GetMetricData", Metrics: 1}
	switch {
	case s.Source.SQS != nil:
		call = awsx.Call{Service: awsx.ServiceSQS, Operation: "GetQueueAttributes"}
	case s.Source.CloudWatch != nil:
		call.Metrics = max(1, len(s.Source.CloudWatch.Metrics))
	case s.Source.ALB == nil && s.Source.ECS == nil:
		return // no adapter reads it so
	}
	for _, every := range []time.Duration{cost.InlinePoll, cost.InlineSync} {
		a.usage.Inline = append(a.usage.Inline, a.use(cost.Read, s.Provider, every, awsx.Calls{Each: []awsx.Call{call}}))
	}
}
