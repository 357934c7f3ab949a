package demo

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/scaler-dev/scaler/bench/plant"
)

const (
	step        = 100 * time.Millisecond
	window      = 2 * time.Second // over which arrivals are measured
	serviceRate = 20              // messages a second that one replica serves
	startUp     = 2 * time.Second
)

// world is the model of a queue under generated traffic.
type world struct {
	mu      sync.Mutex // guards everything below
	queue   *plant.Plant
	random  *rand.Rand
	desired int32
	recent  [int(window / step)]int64 // arrivals of the last steps, in a ring
	steps   int
	worst   plant.State // with the longest wait and the largest backlog so far
	busiest int32       // the most replicas so far
}

// look is the world at an instant.
type look struct {
	plant.State
	Desired  int32
	Arrivals float64 // a second
	Worst    plant.State
	Busiest  int32
}

func newWorld(seed uint64) *world {
	return &world{
		queue:   plant.New(plant.Settings{Rate: serviceRate, StartUp: plant.StartUp{Median: startUp}, Replicas: minimum}),
		random:  rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // traffic, not secrets
		desired: minimum,
	}
}

// advance brings the world to an instant since its beginning, in whole steps, so
// that it goes the same way however late it is called.
func (w *world) advance(to time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.queue.State().Now+step <= to {
		mean := rate(clockTime(w.queue.State().Now)) * step.Seconds()
		n := arrivals(w.random, mean)
		w.recent[w.steps%len(w.recent)] = n
		w.steps++
		s := w.queue.Step(step, float64(n), w.desired)
		w.worst.Wait, w.worst.Waiting = max(w.worst.Wait, s.Wait), max(w.worst.Waiting, s.Waiting)
		w.busiest = max(w.busiest, s.Ready+s.Starting)
	}
}

// run lets real time pass.
func (w *world) run(ctx context.Context) error {
	start, t := time.Now(), time.NewTicker(step)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			w.advance(time.Since(start))
		}
	}
}

func (w *world) order(n int32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.desired = n
}

func (w *world) look() look {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := look{State: w.queue.State(), Desired: w.desired, Worst: w.worst, Busiest: w.busiest}
	var sum int64
	for _, n := range w.recent {
		sum += n
	}
	if seen := min(w.steps, len(w.recent)); seen > 0 {
		l.Arrivals = float64(sum) / (time.Duration(seen) * step).Seconds()
	}
	return l
}

// ServeHTTP tells the queue's numbers, as a service of the shop would.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/queue" {
		http.NotFound(rw, r)
		return
	}
	l := w.look()
	body, err := json.Marshal(map[string]any{
		"backlog": math.Round(l.Waiting), "arrivalsPerSecond": l.Arrivals, "observedAt": time.Now().UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		http.Error(rw, "the queue cannot tell", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write(body) // the client may be gone
}
