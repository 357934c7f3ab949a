// Package advise tries policies on recorded traffic and tells which to use, what it
// would cost beside what runs today, and how sure that is. Where none keeps the budget
// it tells what would: a faster start, a reserve, or time to wait.
package advise

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/bench/trial"
)

// Ask is what is known of a service, and what is wanted of it.
type Ask struct {
	// Name of the traffic, for people.
	Name  string
	Trace *trace.Trace
	// Queue says that the traffic is messages that wait in a queue; else it is
	// requests, each of which waits for its response.
	Queue bool
	// Within is what a request, or a message from its arrival to its end, may take.
	Within time.Duration
	// Budget is the share that may take longer.
	Budget float64
	Plant  v1alpha1.ReplayPlant
	// Min and Max of the replicas; Max 0: five times what the peak needs.
	Min, Max int32
	// Sampling of the signal that has the requests; nil: the last 15 s, at once.
	Sampling *v1alpha1.Sampling
	// Today is what runs, on a replay of its own; nil: the autoscaler that people run
	// by default, which is the HPA for requests and KEDA for a queue.
	Today       *v1alpha1.ScalingPolicy
	TodayReplay *v1alpha1.Replay
	// Progress is told how much of the work is done, from 0 to 1; nil: nobody is.
	Progress func(share float64)
}

// Advice is what was found.
type Advice struct {
	Trace  string        `json:"trace"`
	Budget float64       `json:"budget"`
	Within time.Duration `json:"withinNs"`
	// Tried are the candidates: those that keep the budget first, cheapest first; the
	// others by lateness.
	Tried []Candidate `json:"tried"`
	// Today is what runs, or what people run by default.
	Today Candidate `json:"today"`
	// Oracle is what the traffic costs whoever knows it, in replica-hours.
	Oracle float64 `json:"oracleHours"`
	// Remedies are what else would keep the budget, where neither what was tried nor
	// today's does.
	Remedies []Remedy `json:"remedies,omitempty"`
	Sureness Sureness `json:"sureness"`
}

// Candidate is a policy that was tried.
type Candidate struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Document string       `json:"document,omitempty"`
	Scores   trial.Scores `json:"scores"`
	Keeps    bool         `json:"keepsTheBudget"`
}

// Best is the cheapest candidate that keeps the budget; false where none does, and it
// is the least late.
func (a *Advice) Best() (Candidate, bool) { return a.Tried[0], a.Tried[0].Keeps }

// New tries everything.
func New(ctx context.Context, ask Ask) (*Advice, error) {
	ask = ask.filled()
	documents, err := candidates(ask)
	if err != nil {
		return nil, err
	}
	a := &Advice{Trace: ask.Name, Budget: ask.Budget, Within: ask.Within, Sureness: sureness(ask)}
	done := 0
	report := func(of int) func(float64) {
		if ask.Progress == nil {
			return nil
		}
		return func(share float64) { ask.Progress((float64(done) + share) / float64(of)) }
	}
	for _, d := range documents {
		s := d.settings(ask)
		s.Progress = report(len(documents) + 1)
		if done == 0 && ask.Today == nil {
			s.Against = []string{usual(ask.Queue)}
		}
		r, err := trial.Try(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("try %s: %w", d.name, err)
		}
		if done == 0 {
			a.Oracle = r.Oracle.Low
		}
		if len(s.Against) > 0 {
			a.Today = a.candidate(s.Against[0], "what people run by default", r.Runs[1].Scores)
		}
		c := a.candidate(d.name, d.title, r.Runs[0].Scores)
		c.Document = d.text
		a.Tried = append(a.Tried, c)
		done++
	}
	if ask.Today != nil {
		s := trial.Settings{Name: ask.Name, Trace: ask.Trace, Policy: ask.Today, Replay: ask.TodayReplay, Budget: ask.Budget, Progress: report(len(documents) + 1)}
		r, err := trial.Try(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("try what runs today: %w", err)
		}
		a.Today = a.candidate(r.Runs[0].Name, "what runs today", r.Runs[0].Scores)
	}
	slices.SortStableFunc(a.Tried, better)
	if _, ok := a.Best(); !ok && !a.Today.Keeps {
		a.Remedies, err = remedies(ctx, ask, documents, a)
	}
	return a, err
}

func (a *Advice) candidate(name, title string, s trial.Scores) Candidate {
	return Candidate{Name: name, Title: title, Scores: s, Keeps: s.Late <= a.Budget}
}

// better orders candidates: what keeps the budget by cost, what does not by lateness.
func better(a, b Candidate) int {
	switch {
	case a.Keeps != b.Keeps && a.Keeps:
		return -1
	case a.Keeps != b.Keeps:
		return 1
	case a.Keeps:
		return cmp.Compare(a.Scores.Hours, b.Scores.Hours)
	default:
		return cmp.Compare(a.Scores.Late, b.Scores.Late)
	}
}

// usual is what people run by default.
func usual(queue bool) string {
	if queue {
		return "keda"
	}
	return "hpa"
}
