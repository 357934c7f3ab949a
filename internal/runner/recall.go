package runner

import (
	"context"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Rememberer reads back the last days of a subject, as far as its provider has them.
type Rememberer interface {
	Recall(ctx context.Context, now time.Time) (signals.Past, error)
}

// Recall is a subject whose last days a policy wants to know.
type Recall struct {
	Subject signals.Subject
	Source  Rememberer // nil: the source only answers for now
}

// RecallState is how a recall stands.
type RecallState string

// The states of a recall.
const (
	RecallWaiting RecallState = "waiting"
	RecallRead    RecallState = "read"
	RecallEmpty   RecallState = "empty"  // the provider remembers nothing
	RecallFailed  RecallState = "failed" // to be tried again
	RecallNone    RecallState = "none"   // the source only answers for now
)

// RecallStatus is how a recall stands that was begun because nothing was known here.
type RecallStatus struct {
	Subject signals.Subject `json:"subject"`
	State   RecallState     `json:"state"`
	Known   time.Duration   `json:"knownNs,omitempty"` // how much was read
	Last    *signals.Error  `json:"last,omitempty"`
}

const (
	// recallGap is for how long nothing was seen when the last days are read again.
	recallGap = 3 * time.Hour
	// recallTimeout bounds one subject, all of its calls.
	recallTimeout = 2 * time.Minute
	// recallAgain is how long after a failure it is tried again, for a day: then as much
	// was seen as a season needs.
	recallAgain = 30 * time.Minute
	recallTries = 48
	// pastsPerTick bounds what a tick brings of the last days.
	pastsPerTick = 8
)

// recall begins to read back what the engine is cold of, one subject after another,
// beside the polls and not out of their slots.
func (r *Runner) recall(ctx context.Context, p *Pipeline, now time.Time) {
	var pending []Recall
	var begun []RecallStatus
	cold := r.engine.Cold(now, recallGap)
	for _, x := range p.Recalls {
		if slices.Contains(cold, x.Subject) {
			pending = append(pending, x)
			begun = append(begun, RecallStatus{Subject: x.Subject, State: RecallWaiting})
		}
	}
	r.calls.in.mu.Lock()
	r.calls.in.recalls, r.calls.in.pasts = begun, nil
	r.calls.in.mu.Unlock()
	if len(pending) > 0 {
		r.calls.group.Go(func() { r.calls.recallAll(ctx, pending) })
	}
}

// recallAll goes on until nothing is left that may do better later.
func (c *calls) recallAll(ctx context.Context, pending []Recall) {
	for try := range recallTries {
		if try > 0 {
			pause(ctx, recallAgain)
		}
		done := map[RecallState]int{}
		var failure RecallStatus
		pending = slices.DeleteFunc(pending, func(x Recall) bool {
			if ctx.Err() != nil {
				return true
			}
			s := c.recall(ctx, x)
			done[s.State]++
			if s.State == RecallFailed {
				failure = s
			}
			return s.State != RecallFailed
		})
		if ctx.Err() != nil {
			return
		}
		c.tellRecalled(try, done, failure)
		if len(pending) == 0 {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// recall reads one subject's last days into the inbox.
func (c *calls) recall(ctx context.Context, x Recall) RecallStatus {
	s := RecallStatus{Subject: x.Subject, State: RecallNone}
	var past signals.Past
	if x.Source != nil {
		call, cancel := context.WithTimeout(ctx, recallTimeout)
		defer cancel()
		var err error
		past, err = remember(call, x.Source, c.clock.Now().Wall)
		s.Known = past.Known()
		switch {
		case err != nil:
			s.State, s.Last = RecallFailed, failureOf(err)
		case s.Known == 0:
			s.State = RecallEmpty
		default:
			s.State = RecallRead
		}
	}
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	if ctx.Err() != nil {
		return s // its pipeline ends
	}
	if s.State == RecallRead {
		c.in.pasts = append(c.in.pasts, past)
	}
	for i := range c.in.recalls {
		if c.in.recalls[i].Subject == x.Subject {
			c.in.recalls[i] = s
		}
	}
	c.m.recalled(x.Subject.Provider, s.State)
	return s
}

func remember(ctx context.Context, from Rememberer, now time.Time) (past signals.Past, err error) {
	defer recovered(&err)
	return from.Recall(ctx, now)
}

// tellRecalled logs what a round brought: of failures only the first.
func (c *calls) tellRecalled(try int, done map[RecallState]int, failure RecallStatus) {
	if n := done[RecallRead]; n > 0 {
		c.log.Info("last days read back", "subjects", n)
	}
	if n := done[RecallNone] + done[RecallEmpty]; n > 0 {
		c.log.Info("no last days to read back, seasons begin cold", "subjects", n, "sources_without_a_past", done[RecallNone])
	}
	if n := done[RecallFailed]; n > 0 && try == 0 {
		c.log.Warn("last days not read back, seasons begin cold and they are read again later", "subjects", n,
			"provider", failure.Subject.Provider, "reason", failure.Last.Reason, "detail", failure.Last.Detail)
	}
}

// someRecalled takes what a tick may bring of the last days; the caller holds mu.
func (in *inbox) someRecalled() []signals.Past {
	n := min(len(in.pasts), pastsPerTick)
	out := slices.Clip(in.pasts[:n])
	in.pasts = in.pasts[n:]
	if n == 0 {
		return nil
	}
	return out
}

// recalling copies how the recalls stand.
func (in *inbox) recalling() []RecallStatus {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.recalls)
}
