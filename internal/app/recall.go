package app

import (
	"context"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/history"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

// recalls are the subjects whose last days a policy wants to know.
func (b *builder) recalls(docs *config.Documents, program *compile.Program) []runner.Recall {
	settings := history.Settings{Providers: docs.Providers, Observe: b.providers.metrics.Observer, Pause: pauseFor}
	sources := make(map[signals.Subject]v1alpha1.SignalSource, len(program.Subjects))
	for _, s := range program.Subjects {
		sources[s.Subject.Subject] = s.Source
	}
	var out []runner.Recall
	listed := map[signals.Subject]bool{}
	for _, p := range program.Spec.Policies {
		for _, s := range p.Signals {
			if !s.Recall || listed[s.Subject] {
				continue
			}
			listed[s.Subject] = true
			recall := runner.Recall{Subject: s.Subject}
			from := v1alpha1.Signal{
				Name: s.Name, Provider: s.Subject.Provider, SignalSource: sources[s.Subject], FreshFor: v1alpha1.Duration{Duration: s.Rules.FreshFor},
			}
			if source, ok := history.NewRecall(settings, s.Subject, from); ok {
				recall.Source = source
			}
			out = append(out, recall)
		}
	}
	return out
}

// pauseFor waits, or until ctx ends.
func pauseFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
