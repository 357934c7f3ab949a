package app

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// chosen gathers of the API server library's metrics those that tell something of
// Scaler: its work queues and its counts of Go's compatibility settings do not.
func chosen(all prometheus.Gatherer) prometheus.Gatherer {
	return prometheus.GathererFunc(without(all.Gather, func(name string) bool { return !isChosen(name) }))
}

// without leaves out families by their name.
func without[F interface{ GetName() string }](gather func() ([]F, error), out func(name string) bool) func() ([]F, error) {
	return func() ([]F, error) {
		families, err := gather()
		return slices.DeleteFunc(families, func(f F) bool { return out(f.GetName()) }), err
	}
}

func isChosen(name string) bool {
	if strings.HasPrefix(name, "go_godebug_") {
		return false
	}
	prefixes := []string{"apiserver_request", "apiserver_current_inflight", "metrics_apiserver_", "go_", "process_"}
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
