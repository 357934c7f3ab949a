package console

import (
	"fmt"
	"strings"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

// failures are the failed fetches, each told once: by the signals that miss it.
type failures struct {
	groups []*failureGroup
	index  map[failureKey]*failureGroup
	uses   map[runner.Use]bool // signals whose failure is told
}

type failureKey struct {
	provider string
	reason   signals.Reason
	detail   string
}

// failureGroup is one failure, of all the signals that it befell.
type failureGroup struct {
	failureKey
	signals []string
}

// failuresOf groups the subjects that fail. It leaves out an answer without a
// datapoint: a signal without traffic may be so for good, and where that matters
// its policy is unknown.
func failuresOf(s *runner.Status) failures {
	f := failures{index: map[failureKey]*failureGroup{}, uses: map[runner.Use]bool{}}
	for _, sub := range s.Subjects {
		if sub.Last == nil || sub.Last.Reason == signals.Absent {
			continue
		}
		k := failureKey{sub.Subject.Provider, sub.Last.Reason, sub.Last.Detail}
		g := f.index[k]
		if g == nil {
			g = &failureGroup{failureKey: k}
			f.index[k] = g
			f.groups = append(f.groups, g)
		}
		for _, u := range s.Uses[sub.Subject] {
			f.uses[u] = true
			g.signals = append(g.signals, named(u))
		}
	}
	return f
}

// has tells whether a provider's failure is one that its signals tell.
func (f failures) has(provider string, e *failure) bool {
	return e != nil && f.index[failureKey{provider, e.Reason, e.Detail}] != nil
}

func (g *failureGroup) String() string {
	who := "provider " + g.provider
	if n := len(g.signals); n > 0 {
		who = "signal " + g.signals[0]
		if n > 1 {
			who = "signals " + several(g.signals)
		}
	}
	return who + ": " + (&signals.Error{Reason: g.reason, Detail: g.detail}).Error()
}

func named(u runner.Use) string { return u.Signal + " of " + u.Policy.String() }

// several names a few, and how many more there are.
func several(names []string) string {
	if n := len(names) - maxNamed; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), n)
	}
	return strings.Join(names, ", ")
}

// skewed tells of each provider whose clock is off.
func skewed(s *runner.Status) []string {
	var out []string
	seen := map[string]bool{}
	for _, sub := range s.Subjects {
		provider := sub.Subject.Provider
		if sub.Skew.Abs() <= maxSkew || seen[provider] {
			continue
		}
		seen[provider] = true
		out = append(out, fmt.Sprintf("provider %s: its clock is %s off ours", provider, explain.Duration(sub.Skew)))
	}
	return out
}
