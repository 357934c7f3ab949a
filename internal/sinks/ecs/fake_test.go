package ecs_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/ecs"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// request is what the client sends, of any operation.
type request struct {
	ResourceIds          []string
	ScheduledActionNames []string
	ResourceId           string
	ScheduledActionName  string
	Schedule             string
	MinCapacity          *int
	MaxCapacity          *int
	NextToken            string
	ScalableTargetAction map[string]int
}

// fakeScaling is a small Application Auto Scaling: every service is a target of 2 to
// 20, unless it is absent.
type fakeScaling struct {
	*testaws.Server

	mu       sync.Mutex
	minimum  map[string]int            // guarded by mu
	actions  map[string]map[string]any // guarded by mu, by name
	ops      []string                  // guarded by mu; those that change something
	requests map[string]request        // guarded by mu; the last of each operation

	// Set between calls.
	absent bool
	page   int // services in an answer; 0: all
	mutate func(target map[string]any)
	fail   func(operation string, w http.ResponseWriter, r *http.Request) bool
}

func serveScaling(t *testing.T) *fakeScaling {
	t.Helper()
	f := &fakeScaling{minimum: map[string]int{}, actions: map[string]map[string]any{}, requests: map[string]request{}}
	f.Server = testaws.Serve(t, f.serve)
	return f
}

func (f *fakeScaling) serve(w http.ResponseWriter, r *http.Request) {
	operation := testaws.Operation(r)
	f.mu.Lock()
	fail := f.fail
	f.mu.Unlock()
	if fail != nil && fail(operation, w, r) {
		return
	}
	var in request
	_ = json.NewDecoder(r.Body).Decode(&in)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests[operation] = in
	out := map[string]any{}
	switch operation {
	case "DescribeScalableTargets":
		f.describeTargets(in, out)
	case "DescribeScheduledActions":
		list := []any{}
		for _, name := range in.ScheduledActionNames {
			if a := f.actions[name]; a != nil {
				list = append(list, a)
			}
		}
		out["ScheduledActions"] = list
	case "PutScheduledAction":
		f.ops = append(f.ops, operation)
		f.actions[in.ScheduledActionName] = map[string]any{
			"ScheduledActionName": in.ScheduledActionName, "ResourceId": in.ResourceId, "ScalableDimension": "ecs:service:DesiredCount",
			"ServiceNamespace": "ecs", "Schedule": in.Schedule, "ScalableTargetAction": in.ScalableTargetAction,
		}
	case "RegisterScalableTarget":
		f.ops = append(f.ops, operation)
		f.minimum[in.ResourceId] = *in.MinCapacity
	case "DeleteScheduledAction":
		f.ops = append(f.ops, operation)
		delete(f.actions, in.ScheduledActionName)
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (f *fakeScaling) describeTargets(in request, out map[string]any) {
	if f.absent {
		return
	}
	first, _ := strconv.Atoi(in.NextToken)
	ids := in.ResourceIds[first:]
	if f.page > 0 && len(ids) > f.page {
		ids = ids[:f.page]
		out["NextToken"] = strconv.Itoa(first + f.page)
	}
	list := []any{}
	for _, id := range ids {
		if _, ok := f.minimum[id]; !ok {
			f.minimum[id] = 2
		}
		target := map[string]any{
			"ResourceId": id, "ScalableDimension": "ecs:service:DesiredCount", "ServiceNamespace": "ecs",
			"MinCapacity": f.minimum[id], "MaxCapacity": 20,
		}
		if f.mutate != nil {
			f.mutate(target)
		}
		list = append(list, target)
	}
	out["ScalableTargets"] = list
}

// changes are the operations since the last time that changed something.
func (f *fakeScaling) changes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.ops
	f.ops = nil
	return out
}

func (f *fakeScaling) last(operation string) request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests[operation]
}

var orders = policy.ID{Namespace: "shop", Name: "orders"}

// rig is a sink under a clock that the test moves.
type rig struct {
	t      *testing.T
	mono   time.Duration
	floors *ecs.Floors
	sink   *ecs.Sink
	log    *strings.Builder
	ds     []policy.Decision
	spec   v1alpha1.AWSProvider
	ids    []policy.ID
}

func newRig(t *testing.T, spec v1alpha1.AWSProvider, ids ...policy.ID) *rig {
	t.Helper()
	r := &rig{t: t, log: &strings.Builder{}, spec: spec, ids: ids}
	r.begin()
	return r
}

// begin starts a life that remembers nothing.
func (r *rig) begin() {
	r.floors = ecs.NewFloors(func() signals.Instant {
		return signals.Instant{Wall: time.Now().UTC().Add(r.mono), Mono: r.mono}
	})
	r.reload()
}

// reload makes the sink anew, as a reload of documents does.
func (r *rig) reload() {
	var targets []ecs.Target
	for _, id := range r.ids {
		targets = append(targets, ecs.Target{
			Policy: id, Service: v1alpha1.ECSWorkload{Provider: "aws", Cluster: "prod", Service: id.Name},
			Limits: floor.Limits{TTL: 5 * time.Minute, Cooldown: 15 * time.Second, Max: 50},
		})
	}
	r.sink = ecs.New(testaws.NewProvider(r.t, r.spec), targets, r.floors, slog.New(slog.NewTextHandler(r.log, nil)))
}

// run publishes every two seconds of its clock; the error is the last.
func (r *rig) run(d time.Duration) error {
	r.t.Helper()
	var err error
	for end := r.mono + d; r.mono < end; {
		r.mono += 2 * time.Second
		for i := range r.ds {
			r.ds[i].Expires = r.mono + time.Minute
		}
		if e := r.sink.Publish(r.t.Context(), r.ds); e != nil {
			err = e
		}
	}
	return err
}

// ready runs until the base is known.
func (r *rig) ready() *rig {
	r.t.Helper()
	require.NoError(r.t, r.run(30*time.Second))
	return r
}

// wants makes the decision of every policy.
func (r *rig) wants(desired, running int32) {
	r.ds = nil
	for _, id := range r.ids {
		r.ds = append(r.ds, decision(id, desired, running))
	}
}

func decision(id policy.ID, desired, running int32) policy.Decision {
	at := time.Now().UTC()
	return policy.Decision{
		Policy: id, Desired: policy.Replicas(desired), DataAt: at, Expires: time.Hour,
		Workload: policy.Workload{State: policy.WorkloadKnown, Ordered: running, Ready: running},
		Signals:  []policy.Reading{{Name: "backlog", State: signals.StateFresh, Value: new(float64), At: at}},
		Trail:    []policy.Step{{Stage: policy.StageDoubt, Reason: policy.ReasonConfirmed}},
	}
}

// failing makes some operations fail with a code.
func failing(status int, code string, operations ...string) func(string, http.ResponseWriter, *http.Request) bool {
	return func(operation string, w http.ResponseWriter, _ *http.Request) bool {
		if !slices.Contains(operations, operation) {
			return false
		}
		testaws.Fault(w, status, code)
		return true
	}
}

func hang(operations ...string) func(string, http.ResponseWriter, *http.Request) bool {
	return func(operation string, _ http.ResponseWriter, r *http.Request) bool {
		if !slices.Contains(operations, operation) {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		return true
	}
}
