// Package doctor examines what Scaler depends on: providers, signals, and its place
// in the cluster. It changes nothing and publishes nothing.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// State is how an examined thing is.
type State string

// The states.
const (
	OK   State = "ok"
	Warn State = "warn" // it works, or seems to, and should not stay so
	Fail State = "FAIL"
	Skip State = "skip" // it was not examined; the detail says why
)

// Finding is one examined thing.
type Finding struct {
	Check  string `json:"check"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
	// Hint is what to do; empty where there is nothing to do.
	Hint string `json:"hint,omitempty"`
}

// Check examines something. It ends with its context, and its findings hold no
// secret and nothing unbounded of what somebody else said.
type Check struct {
	Name string
	Run  func(ctx context.Context) []Finding
}

// Settings bound an examination.
type Settings struct {
	// Parallel is how many checks run at once; 8 if 0.
	Parallel int
	// Timeout of one check; 30 s if 0.
	Timeout time.Duration
	// Progress is told which checks run or wait after each that ended, one call at a
	// time; nil: nobody.
	Progress func(done, total int, left []string)
}

// Examine runs checks and gives their findings in the order of the checks.
func Examine(ctx context.Context, checks []Check, s Settings) []Finding {
	if s.Parallel == 0 {
		s.Parallel = 8
	}
	if s.Timeout == 0 {
		s.Timeout = 30 * time.Second
	}
	found := make([][]Finding, len(checks))
	slots := make(chan struct{}, s.Parallel)
	progress := newProgress(checks, s.Progress)
	var group sync.WaitGroup
	for i, c := range checks {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found[i] = examine(ctx, c, s.Timeout)
			progress.ended(i)
		})
	}
	group.Wait()
	return slices.Concat(found...)
}

// examine runs one check. A panic of it is a finding, not the end of all others.
func examine(ctx context.Context, c Check, timeout time.Duration) (found []Finding) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if recover() != nil {
			found = []Finding{{Check: c.Name, State: Fail, Detail: "a fault of Scaler's own while examining"}}
		}
	}()
	return c.Run(ctx)
}

// progress counts what has ended.
type progress struct {
	tell func(done, total int, left []string)

	mu     sync.Mutex // guards all below
	checks []Check
	ran    []bool
	done   int
}

func newProgress(checks []Check, tell func(int, int, []string)) *progress {
	return &progress{tell: tell, checks: checks, ran: make([]bool, len(checks))}
}

func (p *progress) ended(i int) {
	if p.tell == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ran[i] = true
	p.done++
	var left []string
	for j, c := range p.checks {
		if !p.ran[j] {
			left = append(left, c.Name)
		}
	}
	p.tell(p.done, len(p.checks), left)
}

// Count is how many findings are in a state.
func Count(found []Finding, s State) int {
	n := 0
	for _, f := range found {
		if f.State == s {
			n++
		}
	}
	return n
}

func finding(check string, state State, hint, format string, args ...any) Finding {
	return Finding{Check: check, State: state, Detail: fmt.Sprintf(format, args...), Hint: hint}
}
