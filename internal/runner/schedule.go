package runner

import (
	"container/heap"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

const (
	// jitter is how far, as a share of the interval, a call strays from its grid.
	jitter = 0.1
	// firstWithin is how soon after the start every call has been made once.
	firstWithin = 3 * time.Second
)

// task is a call made once per interval, at its own phase.
type task struct {
	key      string
	interval time.Duration
	start    func() // begins the call beside the loop, unless one is under way

	grid time.Duration // where the next call lies without jitter
	due  time.Duration
}

// schedule is a queue of tasks by when they are due, on the monotonic clock.
type schedule []*task

// newSchedule spreads the first calls over a moment, and all others over their
// interval: each has the phase that its key hashes to.
func newSchedule(tasks []*task, now time.Duration) *schedule {
	s := schedule(tasks)
	for _, t := range s {
		phase := phaseOf(t.key, t.interval)
		t.due = now + phase%min(t.interval, firstWithin)
		t.grid = now + phase
		if t.grid-t.due < t.interval/2 {
			t.grid += t.interval
		}
	}
	heap.Init(&s)
	return &s
}

func phaseOf(key string, interval time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	return time.Duration(h.Sum64() % uint64(interval))
}

// run starts every task that is due.
func (s *schedule) run(now time.Duration) {
	for len(*s) > 0 && (*s)[0].due <= now {
		t := (*s)[0]
		t.start()
		t.next(now)
		heap.Fix(s, 0)
	}
}

// next moves a task to its grid's first instant after now. Instants missed are
// not made up for.
func (t *task) next(now time.Duration) {
	for t.grid <= now {
		t.grid += t.interval
	}
	stray := (rand.Float64()*2 - 1) * jitter * float64(t.interval) //nolint:gosec // spreads load, guards nothing
	t.due = max(now+1, t.grid+time.Duration(stray))
	t.grid += t.interval
}

// nextDue is when the earliest task is due; false without tasks.
func (s *schedule) nextDue() (time.Duration, bool) {
	if len(*s) == 0 {
		return 0, false
	}
	return (*s)[0].due, true
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (s *schedule) Len() int           { return len(*s) }
func (s *schedule) Less(i, j int) bool { return (*s)[i].due < (*s)[j].due }
func (s *schedule) Swap(i, j int)      { (*s)[i], (*s)[j] = (*s)[j], (*s)[i] }
func (s *schedule) Push(x any)         { *s = append(*s, x.(*task)) } //nolint:errcheck // only tasks are pushed
func (s *schedule) Pop() any {
	old := *s
	t := old[len(old)-1]
	*s = old[:len(old)-1]
	return t
}
