// Package console is the ops server: liveness, readiness, health, metrics and the
// decisions. It answers from memory and does no I/O of its own.
package console

import (
	"cmp"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scaler-dev/scaler/internal/runner"
)

// Settings are what the host gives the console.
type Settings struct {
	// Status is how the loop stands: immutable, nil before its first tick.
	Status func() *runner.Status
	// Lift lifts the mass guard of a provider with the next tick; false: this process
	// only follows, and cannot.
	Lift func(provider string) bool
	// Follows tells whether another process decides for all that this one serves; nil:
	// never.
	Follows func() bool
	// Mono reads the monotonic clock that instants of Status are on.
	Mono func() time.Duration
	// Gatherer of the metrics to serve; nil: none.
	Gatherer prometheus.Gatherer
	// Ready tells why external metrics cannot be served yet; nil: they are not
	// served at all.
	Ready func() error
	// Troubles names what else is wrong, in words: certificates, the APIService. Nil:
	// nothing.
	Troubles func() []string
	// Log; nil: none.
	Log *slog.Logger
}

type console struct {
	Settings
	start time.Duration // when it was made, on the monotonic clock
}

// New makes the console's handler. It is safe for concurrent use.
func New(s Settings) http.Handler {
	s.Log = cmp.Or(s.Log, slog.New(slog.DiscardHandler))
	if s.Follows == nil {
		s.Follows = func() bool { return false }
	}
	if s.Gatherer == nil {
		s.Gatherer = prometheus.NewRegistry()
	}
	c := &console{Settings: s, start: s.Mono()}
	mux := http.NewServeMux()
	mux.HandleFunc("/livez", read(c.livez))
	mux.HandleFunc("/readyz", read(c.readyz))
	mux.HandleFunc("/health", read(c.health))
	mux.HandleFunc("/metrics", read(c.metrics().ServeHTTP))
	mux.HandleFunc("/api/v1/decisions", read(c.decisions))
	mux.HandleFunc("/api/v1/decisions/{namespace}/{name}", read(c.decision))
	mux.HandleFunc("/api/v1/guards/{provider}/lift", write(c.lift))
	mux.HandleFunc("/{$}", read(index))
	mux.HandleFunc("/", notFound)
	return headers(mux)
}

// endpoints are what there is, for people who look around.
func endpoints() []string {
	return []string{
		"/livez", "/readyz?verbose", "/health", "/metrics",
		"/api/v1/decisions", "/api/v1/decisions/NAMESPACE/NAME", "/api/v1/guards/PROVIDER/lift",
	}
}

func index(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string][]string{"endpoints": endpoints()})
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotFound, "there is nothing here", "GET / lists what there is")
}

// since is the time since an instant of the monotonic clock, in seconds.
func (c *console) since(at time.Duration) float64 { return seconds(c.Mono() - at) }

// seconds rounds to thousandths and never goes below 0.
func seconds(d time.Duration) float64 {
	return math.Round(max(0, d.Seconds())*1000) / 1000
}
