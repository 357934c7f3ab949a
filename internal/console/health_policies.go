package console

import (
	"fmt"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
)

type policyHealth struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// State is known, unknown, or relay: it only publishes signals.
	State      string        `json:"state"`
	Desired    *int32        `json:"desired,omitempty"`
	Reason     policy.Reason `json:"reason,omitempty"`
	AgeSeconds *float64      `json:"ageSeconds,omitempty"` // of the data that decided
}

func (p policyHealth) wrong() (string, bool) {
	if p.Desired != nil || p.State == stateRelay {
		return "", false
	}
	return fmt.Sprintf("policy %s/%s: desired is unknown (%s)", p.Namespace, p.Name, p.Reason), true
}

func (c *console) policyHealth(s *runner.Status) []policyHealth {
	passed := c.Mono() - s.Now.Mono
	out := make([]policyHealth, len(s.Decisions))
	for i, d := range s.Decisions {
		h := policyHealth{Namespace: d.Policy.Namespace, Name: d.Policy.Name, State: "unknown", Reason: explain.Code(d)}
		if n, known := d.Desired.Replicas(); known {
			h.State, h.Desired = "known", &n
			h.AgeSeconds = new(seconds(d.At.Wall.Sub(d.DataAt) + passed))
		}
		if d.Relayed() {
			h.State = stateRelay
		}
		out[i] = h
	}
	return out
}

type sinkHealth struct {
	Name       string   `json:"name"`
	State      string   `json:"state"`
	Published  int64    `json:"published"`
	Failures   int64    `json:"failures"`
	AgeSeconds *float64 `json:"ageSeconds,omitempty"` // of the latest publication or attempt
	LastError  string   `json:"lastError,omitempty"`
}

func (s sinkHealth) wrong() (string, bool) {
	if s.State != stateFailed {
		return "", false
	}
	return fmt.Sprintf("sink %s: %s", s.Name, s.LastError), true
}

func (c *console) sinkHealth(s *runner.Status) []sinkHealth {
	out := make([]sinkHealth, len(s.Sinks))
	for i, k := range s.Sinks {
		h := sinkHealth{Name: k.Sink, State: stateOK, Published: k.Published, Failures: k.Failures, LastError: k.Last}
		switch {
		case k.Last != "":
			h.State = stateFailed
		case k.Published == 0:
			h.State = stateWaiting
		}
		if k.Published+k.Failures > 0 {
			h.AgeSeconds = new(c.since(k.LastAt.Mono))
		}
		out[i] = h
	}
	return out
}
