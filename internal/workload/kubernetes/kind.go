package kubernetes

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// kind is what is known of the workloads of one kind.
type kind struct {
	name string
	api  api
	log  *slog.Logger
	pace pace

	once  sync.Once
	asked chan struct{} // closed when somebody wants to know

	mu      sync.RWMutex // guards all below
	running bool
	counts  map[string]count // by namespace/name; nil: not listed yet
	heard   time.Time        // the last proof of life
	err     *signals.Error   // of the latest call, if it failed
}

func newKind(name string, a api, log *slog.Logger, p pace) *kind {
	return &kind{name: name, api: a, log: log, pace: p, asked: make(chan struct{})}
}

func (k *kind) ask() { k.once.Do(func() { close(k.asked) }) }

// run watches from the moment that somebody asks until ctx ends.
func (k *kind) run(ctx context.Context) {
	select {
	case <-k.asked:
	case <-ctx.Done():
		return
	}
	k.reset(true)
	defer k.reset(false)
	calls := &calls{kind: k}
	defer calls.wait()
	reflector := cache.NewReflectorWithOptions(calls, k.api.example, store{k}, cache.ReflectorOptions{
		Name: k.name, Backoff: &wait.Backoff{Duration: k.pace.retry, Jitter: 1},
	})
	quiet := klog.NewContext(ctx, klog.Logger{}) // what changes is logged here
	for ctx.Err() == nil {
		_ = reflector.ListAndWatchWithContext(quiet) // what failed is noted by calls
		k.pause(ctx)
	}
}

// pause lets the API server be, for once or twice the time.
func (k *kind) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(wait.Jitter(k.pace.retry, 1)):
	}
}

func (k *kind) reset(running bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running, k.counts, k.err, k.heard = running, nil, nil, time.Now()
}

// observe tells what is known now of a workload.
func (k *kind) observe(key string) workload.Observation {
	k.mu.RLock()
	defer k.mu.RUnlock()
	switch {
	case !k.running:
		return failed(signals.Unavailable, "the watch does not run")
	case k.err != nil:
		return workload.Observation{Err: k.err}
	case time.Since(k.heard) > k.pace.silence:
		return failed(signals.Timeout, "the API server has said nothing for too long")
	case k.counts == nil:
		return failed(signals.Unavailable, "the API server has not listed the workloads yet")
	}
	c, ok := k.counts[key]
	switch {
	case !ok:
		return failed(signals.Missing, "the "+k.name+" does not exist")
	case !c.valid():
		return failed(signals.Parse, "a count is negative or absurd")
	}
	return workload.Observation{Ordered: c.ordered, Ready: c.ready, Deploying: c.deploying}
}

// alive takes note of a proof of life.
func (k *kind) alive() { k.change(nil, func() {}) }

// fail takes note of a call that failed.
func (k *kind) fail(failure *signals.Error) { k.change(failure, func() {}) }

// change takes in what a call gave, and logs what it changed about life.
func (k *kind) change(failure *signals.Error, with func()) {
	k.mu.Lock()
	before := k.err
	k.err = failure
	if failure == nil {
		k.heard = time.Now()
	}
	with()
	k.mu.Unlock()
	switch {
	case failure != nil && (before == nil || *before != *failure):
		k.log.Warn("cannot watch workloads", "kind", k.name, "reason", failure.Reason, "detail", failure.Detail)
	case failure == nil && before != nil:
		k.log.Info("watches workloads again", "kind", k.name)
	}
}
