package console

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
)

const (
	maxListed = 1000 // decisions in one answer
	maxNamed  = 10   // policies in a hint
)

// list is the answer of /api/v1/decisions.
type list struct {
	Decisions []policy.Decision `json:"decisions"`
	Total     int               `json:"total"`
	// Omitted decisions did not fit: ask by namespace or by name.
	Omitted int `json:"omitted,omitempty"`
}

func (c *console) decisions(w http.ResponseWriter, r *http.Request) {
	s, ok := c.ticked(w)
	if !ok {
		return
	}
	q := r.URL.Query()
	out := list{Decisions: []policy.Decision{}}
	for _, d := range s.Decisions {
		if q.Has("namespace") && d.Policy.Namespace != q.Get("namespace") {
			continue
		}
		out.Total++
		if len(out.Decisions) < maxListed {
			out.Decisions = append(out.Decisions, d)
		}
	}
	out.Omitted = out.Total - len(out.Decisions)
	writeJSON(w, http.StatusOK, out)
}

func (c *console) decision(w http.ResponseWriter, r *http.Request) {
	s, ok := c.ticked(w)
	if !ok {
		return
	}
	id := policy.ID{Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}
	d, ok := s.Decision(id)
	if !ok {
		refuse(w, http.StatusNotFound, fmt.Sprintf("there is no policy %q", id), known(s, id.Namespace))
		return
	}
	writeJSON(w, http.StatusOK, d)
}

// ticked is the status after the first tick; before it, it answers 503.
func (c *console) ticked(w http.ResponseWriter) (*runner.Status, bool) {
	s := c.Status()
	if s == nil {
		refuse(w, http.StatusServiceUnavailable, "nothing is decided yet", "Scaler has just started: try again in a second")
	}
	return s, s != nil
}

// known names policies that exist: those of the namespace, or else of any.
func known(s *runner.Status, namespace string) string {
	var same, all []string
	for _, d := range s.Decisions {
		if d.Policy.Namespace == namespace {
			same = append(same, d.Policy.String())
		}
		all = append(all, d.Policy.String())
	}
	names := same
	if len(names) == 0 {
		names = all
	}
	switch {
	case len(names) == 0:
		return "no ScalingPolicy is loaded"
	case len(names) > maxNamed:
		return fmt.Sprintf("there are %s and %d more; GET /api/v1/decisions lists them", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	default:
		return "there is " + strings.Join(names, ", ")
	}
}
