package kubernetes

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	typed "k8s.io/client-go/kubernetes/typed/apps/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// api lists and watches one kind.
type api struct {
	example runtime.Object
	list    func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch   func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

func deploymentAPI(c typed.DeploymentInterface) api {
	return api{
		example: &appsv1.Deployment{}, watch: c.Watch,
		list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return c.List(ctx, o) },
	}
}

func statefulSetAPI(c typed.StatefulSetInterface) api {
	return api{
		example: &appsv1.StatefulSet{}, watch: c.Watch,
		list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return c.List(ctx, o) },
	}
}

// calls are the calls of one run. The reflector that makes them tries some failures
// again without a word and has no deadline of its own: here every call ends, and what
// became of it is noted.
type calls struct {
	kind  *kind
	lists sync.RWMutex // held for reading by each list under way
}

var (
	_ cache.ListerWatcher            = (*calls)(nil)
	_ cache.ListerWatcherWithContext = (*calls)(nil)
)

// wait waits for a list that the reflector left behind.
func (c *calls) wait() {
	c.lists.Lock()
	defer c.lists.Unlock()
}

// IsWatchListSemanticsUnSupported keeps the reflector from listing by a watch: the
// pauses between its attempts there do not end with the run.
func (c *calls) IsWatchListSemanticsUnSupported() bool { return true }

// ListWithContext lists. What it gives counts when the store has it.
func (c *calls) ListWithContext(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
	c.lists.RLock()
	defer c.lists.RUnlock()
	call, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	list, err := c.kind.api.list(call, o)
	c.note(ctx, err)
	return list, err
}

// WatchWithContext opens a watch that ends before long.
func (c *calls) WatchWithContext(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	o.TimeoutSeconds = new(max(int64(c.kind.pace.stream.Seconds()), 1))
	call, cancel := context.WithTimeout(ctx, c.timeout())
	w, err := c.kind.api.watch(call, o)
	c.note(ctx, err)
	if err != nil {
		cancel()
		return nil, err
	}
	c.kind.alive()
	return &stream{w, cancel}, nil
}

// List is not called: the one with a context is.
func (c *calls) List(o metav1.ListOptions) (runtime.Object, error) {
	return c.ListWithContext(context.Background(), o)
}

// Watch is not called: the one with a context is.
func (c *calls) Watch(o metav1.ListOptions) (watch.Interface, error) {
	return c.WatchWithContext(context.Background(), o)
}

func (c *calls) timeout() time.Duration { return c.kind.pace.stream + c.kind.pace.grace }

// note takes note of a failure. That a list must begin anew is none, nor is the end
// of the run.
func (c *calls) note(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil || apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return
	}
	c.kind.fail(failureOf(err))
}

// failureOf is the reason of a call that failed. What the API server says of it is
// dropped.
func failureOf(err error) *signals.Error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return failureOfTransport(err)
	}
	code := int(status.Status().Code)
	failure := httpx.StatusFailure(code)
	if failure == nil || code == http.StatusNotFound {
		return &signals.Error{Reason: signals.Unavailable, Detail: "the API server does not list the kind"}
	}
	return failure
}

// failureOfTransport tells what kept an answer away from what came and cannot be
// read.
func failureOfTransport(err error) *signals.Error {
	failure := httpx.Failure(err)
	_, away := errors.AsType[*url.Error](err)
	_, broken := errors.AsType[*net.OpError](err)
	if failure.Reason == signals.Unavailable && !away && !broken {
		return &signals.Error{Reason: signals.Parse, Detail: "the API server's answer cannot be read"}
	}
	return failure
}

// stream is a watch whose context ends with it.
type stream struct {
	watch.Interface

	cancel context.CancelFunc
}

// Stop ends the watch.
func (s *stream) Stop() {
	s.Interface.Stop()
	s.cancel()
}
