package console

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/internal/runner"
)

const (
	// grace is how long after the start a first tick and a first poll may take.
	grace = 30 * time.Second
	// overdue is how many intervals may pass since the latest tick: the one that
	// the next is due after, and one and a half more.
	overdue = 2.5
)

// livez fails while the loop is stuck, and for no other reason: who only follows
// has none.
func (c *console) livez(w http.ResponseWriter, r *http.Request) {
	probe(w, r, []check{{"loop", c.ticking(c.Status())}})
}

// ticking tells why the loop counts as stuck.
func (c *console) ticking(s *runner.Status) error {
	if c.Follows() || (s != nil && s.Mirrored) {
		return nil
	}
	if s == nil {
		if waited := c.Mono() - c.start; waited > grace {
			return fmt.Errorf("no tick since the start %s ago", waited.Round(time.Second))
		}
		return nil
	}
	late := c.Mono() - s.Now.Mono
	if float64(late) > overdue*float64(s.Interval) {
		return fmt.Errorf("no tick for %s, one is due every %s", late.Round(100*time.Millisecond), s.Interval)
	}
	return nil
}

// check is one condition of a probe: nil, or why not.
type check struct {
	name string
	err  error
}

// readyz fails while this process cannot serve. Whether AWS, Prometheus or any
// other provider answers is no part of it.
func (c *console) readyz(w http.ResponseWriter, r *http.Request) { probe(w, r, c.checks()) }

// probe answers ok, or what is not; with ?verbose every check.
func probe(w http.ResponseWriter, r *http.Request, checks []check) {
	verbose, status := r.URL.Query().Has("verbose"), http.StatusOK
	var b strings.Builder
	for _, k := range checks {
		switch {
		case k.err != nil:
			status = http.StatusServiceUnavailable
			fmt.Fprintf(&b, "[-]%s %s\n", k.name, k.err)
		case verbose:
			fmt.Fprintf(&b, "[+]%s ok\n", k.name)
		}
	}
	if status == http.StatusOK {
		b.WriteString("ok\n")
	} else {
		b.WriteString("failed\n")
	}
	writeText(w, status, b.String())
}

func (c *console) checks() []check {
	s := c.Status()
	documents := check{name: "documents"}
	tick := check{name: "tick"}
	polls := check{name: "polls"}
	switch {
	case s == nil && c.Follows() && c.Mono()-c.start > grace:
		// There is nobody to follow. What is asked is answered all the same: unknown.
	case s == nil:
		documents.err = errors.New("not loaded yet")
		tick.err = errors.New("no tick yet")
	case s.Config.Hash == "":
		documents.err = errors.New("none loaded")
	}
	if (s == nil || !s.AllPolled) && c.Mono()-c.start <= grace {
		polls.err = errors.New("not every poll was attempted yet")
	}
	checks := []check{documents, tick, polls}
	if c.Ready != nil {
		checks = append(checks, check{"external-metrics", c.Ready()})
	}
	return checks
}
