package console

import (
	"net/http"
	"slices"

	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

// The overall states of health.
const (
	healthOK       = "ok"
	healthDegraded = "degraded"
)

// maxProblems bounds what is named as wrong.
const maxProblems = 20

// health is how everything stands. In each list, what is wrong comes first.
type health struct {
	Status string `json:"status"`
	// Problems names what is wrong, in words.
	Problems  []string         `json:"problems"`
	Loop      loopHealth       `json:"loop"`
	Config    configHealth     `json:"config"`
	Providers []providerHealth `json:"providers"`
	Signals   []signalHealth   `json:"signals"`
	Policies  []policyHealth   `json:"policies"`
	Subjects  []subjectHealth  `json:"subjects"`
	Sinks     []sinkHealth     `json:"sinks"`
	// Recalls are of the last days that seasons did not know.
	Recalls []recallHealth `json:"recalls,omitempty"`
	// Omitted counts what did not fit into the lists.
	Omitted int `json:"omitted,omitempty"`
}

// failure is a failed fetch: our own words, never an upstream's.
type failure struct {
	Reason signals.Reason `json:"reason"`
	Detail string         `json:"detail,omitempty"`
}

func failed(e *signals.Error) *failure {
	if e == nil {
		return nil
	}
	return &failure{e.Reason, e.Detail}
}

// health answers 200 whatever it says, unless ?strict asks for 503 when degraded.
func (c *console) health(w http.ResponseWriter, r *http.Request) {
	h := c.examine(c.Status())
	status := http.StatusOK
	if r.URL.Query().Has("strict") && h.Status != healthOK {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, h)
}

func (c *console) examine(s *runner.Status) health {
	h := health{
		Problems: []string{}, Providers: []providerHealth{}, Signals: []signalHealth{},
		Policies: []policyHealth{}, Subjects: []subjectHealth{}, Sinks: []sinkHealth{},
	}
	if err := c.ticking(s); err != nil {
		h.problem("loop: " + err.Error())
	}
	if s == nil {
		h.Loop.State = "starting"
		h.Config.State = "starting"
		h.problem("loop: no tick yet")
	} else {
		c.examineAll(&h, s)
	}
	if c.Troubles != nil {
		for _, text := range c.Troubles() {
			h.problem(text)
		}
	}
	h.Status = healthOK
	if len(h.Problems) > 0 {
		h.Status = healthDegraded
	}
	return h
}

func (c *console) examineAll(h *health, s *runner.Status) {
	h.Loop = c.loop(s)
	h.Config = c.config(s.Config)
	if h.Config.State == stateFailed {
		h.problem("config: the latest reload failed; the documents before it still run")
	}
	f := failuresOf(s)
	h.Providers = listed(h, c.providerHealth(s, f))
	for _, text := range skewed(s) {
		h.problem(text)
	}
	for _, g := range f.groups {
		h.problem(g.String())
	}
	h.Policies = listed(h, c.policyHealth(s))
	h.Signals = listed(h, c.signalHealth(s, f))
	h.Subjects = listed(h, subjects(s))
	h.Sinks = listed(h, c.sinkHealth(s))
	h.Recalls = listed(h, recalls(s))
}

func (h *health) problem(text string) {
	if len(h.Problems) < maxProblems {
		h.Problems = append(h.Problems, text)
	}
}

// item is an entry of a list: whether something is wrong with it, and what, in
// words; none if that is told elsewhere.
type item interface{ wrong() (string, bool) }

// listed brings what is wrong to the front, names it, and bounds the list.
func listed[T item](h *health, items []T) []T {
	slices.SortStableFunc(items, func(a, b T) int { return order(a) - order(b) })
	for _, i := range items {
		if text, _ := i.wrong(); text != "" {
			h.problem(text)
		}
	}
	if n := len(items) - maxListed; n > 0 {
		h.Omitted += n
		items = items[:maxListed]
	}
	return items
}

func order(i item) int {
	if _, bad := i.wrong(); bad {
		return 0
	}
	return 1
}
