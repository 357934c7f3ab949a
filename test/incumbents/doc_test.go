// Package incumbents_test compares the autoscalers of bench/incumbents with the
// originals' own code over random inputs. It is a module of its own: Kubernetes and
// Knative are needed here only.
package incumbents_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/go-logr/logr"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"
)

// TestMain keeps the controller's own log out of the tests': it tells of each change.
// An error handler of its would sleep till a time of the real clock.
func TestMain(m *testing.M) {
	klog.SetLogger(logr.Discard())
	utilruntime.ErrorHandlers = nil
	os.Exit(m.Run())
}

// seeded draws the same numbers in every run.
func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// pick is one of several.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }
