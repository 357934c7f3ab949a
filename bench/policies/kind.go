package main

import (
	"slices"
	"time"

	"github.com/scaler-dev/scaler/bench/trial"
)

// kind is what a trace is taken for.
type kind string

const (
	// requests cannot wait: late is what takes more than a second.
	requests kind = "requests"
	// queue is of messages that may wait for about as long as a replica takes to start.
	queue kind = "queue of a minute"
	// patient is of messages that may wait for several times as long.
	patient kind = "queue of five minutes"
)

// kinds are all of them.
func kinds() []kind { return []kind{requests, queue, patient} }

// isQueue tells whether messages wait until they are begun.
func (k kind) isQueue() bool { return k != requests }

// mayWait is how long a message may wait until it is begun.
func (k kind) mayWait() time.Duration {
	if k == patient {
		return 5 * time.Minute
	}
	return time.Minute
}

// title of a kind's sections.
func (k kind) title() string {
	return map[kind]string{requests: "Requests", queue: "Queues of a minute", patient: "Queues of five minutes"}[k]
}

// rivals of our policies.
func (k kind) rivals() []string {
	if k.isQueue() {
		return []string{"keda", "backlog-per-task", "hpa-backlog"}
	}
	return []string{"hpa", "kpa", "target-tracking", "step", "predictive"}
}

// queues are the names of traces that are run as queues, too: jobs, spikes, and
// counts small enough for one to matter.
const queues = "^(swim_|crane_10_|nab_elb_|nab_twitter_|azure_llm_2023_code|generated_crowd)|queue|jobs"

// kinds that a trace is tried as.
func (s settings) kinds(t traffic) []kind {
	if s.queues.MatchString(t.name) {
		return kinds()
	}
	return []kind{requests}
}

// service that makes the highest load of a trace need so many replicas.
func (s settings) service(t traffic, k kind) service {
	out := service{
		kind: k, capacity: t.highest() / s.peak, time: 100 * time.Millisecond, latency: time.Second,
		startUp: s.startUp, peak: s.peak, step: t.Step,
	}
	if k.isQueue() {
		out.time = time.Duration(float64(time.Second) / out.capacity)
		out.latency = out.time + k.mayWait()
	}
	out.initial = t.initial(out.capacity)
	return out
}

// trial of nobody yet.
func (s settings) trial(t traffic, k kind) (trial.Settings, error) {
	on := s.service(t, k)
	rule := contender{name: "none", spec: "  demand: [{name: none, expression: \"1\"}]\n"}
	v, err := on.variant(rule, 1, fresh())
	return trial.Settings{Name: t.name, Trace: t.Trace, Policy: v.Policy, Replay: v.Replay, Budget: budgets()[0]}, err
}

// wants tells whether a policy of ours is asked for.
func (s settings) wants(c contender) bool { return s.policies.MatchString(c.name) }

// contenders of ours for a kind of traffic; those without a part only if asked for.
func contenders(k kind, parts bool) []contender {
	return slices.DeleteFunc(ours(), func(c contender) bool {
		return !slices.Contains(c.kinds, k) || c.of != "" && !parts
	})
}
