package console

import (
	"fmt"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
)

// longDeployment is how long a deployment may pause scale-in before it is a problem: one
// that never ends, such as of an image that is not there, keeps capacity for ever.
const longDeployment = 15 * time.Minute

type policyHealth struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// State is known, unknown, or relay: it only publishes signals.
	State      string        `json:"state"`
	Desired    *int32        `json:"desired,omitempty"`
	Reason     policy.Reason `json:"reason,omitempty"`
	AgeSeconds *float64      `json:"ageSeconds,omitempty"` // of the data that decided
	// DeployingSeconds is how long the deployment has lasted that keeps replicas from
	// being removed now, once that is longer than 15 minutes.
	DeployingSeconds *float64 `json:"deployingSeconds,omitempty"`
	// Learned are the numbers that its demands found out.
	Learned []learnedHealth `json:"learned,omitempty"`
}

// learnedHealth is a number that was found and not given.
type learnedHealth struct {
	Demand string  `json:"demand"`
	Name   string  `json:"name"` // capacity, start-up, service time, margin, usual
	Value  float64 `json:"value"`
	Unit   string  `json:"unit,omitempty"`
	Sure   float64 `json:"sure"` // from 0 to 1
	Note   string  `json:"note,omitempty"`
}

func learnedBy(d policy.Decision) []learnedHealth {
	var out []learnedHealth
	for _, p := range d.Proposals {
		for _, t := range p.Terms {
			if t.Learned {
				out = append(out, learnedHealth{p.Demand, t.Name, t.Value, t.Unit, t.Sure, t.Note})
			}
		}
	}
	return out
}

func (p policyHealth) wrong() (string, bool) {
	switch {
	case p.State == stateRelay:
		return "", false
	case p.Desired == nil:
		return fmt.Sprintf("policy %s/%s: desired is unknown (%s)", p.Namespace, p.Name, p.Reason), true
	case p.DeployingSeconds != nil:
		lasted := time.Duration(*p.DeployingSeconds * float64(time.Second))
		return fmt.Sprintf("policy %s/%s: a deployment pauses scale-in; it has lasted %s", p.Namespace, p.Name, explain.Duration(lasted)), true
	default:
		return "", false
	}
}

func (c *console) policyHealth(s *runner.Status) []policyHealth {
	passed := c.Mono() - s.Now.Mono
	out := make([]policyHealth, len(s.Decisions))
	for i, d := range s.Decisions {
		h := policyHealth{Namespace: d.Policy.Namespace, Name: d.Policy.Name, State: "unknown", Reason: explain.Code(d), Learned: learnedBy(d)}
		if n, known := d.Desired.Replicas(); known {
			h.State, h.Desired = "known", &n
			h.AgeSeconds = new(seconds(d.At.Wall.Sub(d.DataAt) + passed))
		}
		if d.Relayed() {
			h.State = stateRelay
		}
		if lasted := d.Workload.DeployingFor; lasted > longDeployment && slices.ContainsFunc(d.Trail, ofDeployment) {
			h.DeployingSeconds = new(seconds(lasted))
		}
		out[i] = h
	}
	return out
}

// ofDeployment tells a step that kept replicas for a deployment's sake.
func ofDeployment(s policy.Step) bool { return s.Reason == policy.ReasonDeployment }

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
