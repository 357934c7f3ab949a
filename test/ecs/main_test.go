//go:build e2e

// Package ecs_test closes the loop of a service on Amazon ECS: the daemon, as built, reads a
// queue and publishes to an emulated AWS; our model of target tracking, which is no more
// than that, reads the metric back and orders tasks; simulated workers drain the queue.
package ecs_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/internal/testaws"
)

func TestMain(m *testing.M) {
	testaws.SetEnv()
	flag.Parse()
	_ = flag.Set("test.parallel", "3") // they wait, most of the time
	goleak.VerifyTestMain(m)
}
