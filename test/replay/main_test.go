//go:build e2e

// Package replay_test holds what a live daemon decided to what a replay of its record
// decides: the daemon, as built, on queues of an emulated AWS that fill and drain, with
// an outage and reloads in between.
package replay_test

import (
	"flag"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// window is how long the daemon runs.
var window = flag.Duration("window", time.Minute, "how long to record, at least 30s")

func TestMain(m *testing.M) {
	testaws.SetEnv()
	flag.Parse()
	goleak.VerifyTestMain(m)
}
