package runner

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// inbox gathers what calls brought since the last tick, and how they fare.
type inbox struct {
	mu        sync.Mutex // guards all below
	outcomes  []signals.Outcome
	workloads []workload.Observation
	lifts     []string
	pasts     []signals.Past
	recalls   []RecallStatus // of the pipeline that runs
	providers map[string]*ProviderStatus
	calls     map[callID]*callStatus // of the pipeline that runs
	order     []callID               // of calls
}

// callID names a repeated call: of one source of a provider.
type callID struct{ provider, key string }

func (id callID) compare(o callID) int {
	return cmp.Or(cmp.Compare(id.provider, o.provider), cmp.Compare(id.key, o.key))
}

// callStatus is how one call fares.
type callStatus struct {
	last     *signals.Error // of the latest; nil: good
	panicked bool
}

// take empties the inbox into a tick.
func (in *inbox) take(now signals.Instant) engine.Tick {
	in.mu.Lock()
	defer in.mu.Unlock()
	t := engine.Tick{Now: now, Outcomes: in.outcomes, Workloads: in.workloads, Lift: in.lifts, Past: in.someRecalled()}
	in.outcomes, in.workloads, in.lifts = nil, nil, nil
	return t
}

// keep takes up a new pipeline's calls and forgets the calls and providers that it
// does not have.
func (in *inbox) keep(ids []callID) {
	in.mu.Lock()
	defer in.mu.Unlock()
	has, kept := map[string]bool{}, make(map[callID]*callStatus, len(ids))
	for _, id := range ids {
		has[id.provider] = true
		if kept[id] = in.calls[id]; kept[id] == nil {
			kept[id] = &callStatus{}
		}
	}
	in.calls, in.order = kept, slices.SortedFunc(maps.Keys(kept), callID.compare)
	maps.DeleteFunc(in.providers, func(name string, _ *ProviderStatus) bool { return !has[name] })
}

// note takes in how a call ended. One of a pipeline that is gone says nothing.
func (in *inbox) note(id callID, at signals.Instant, failure *signals.Error) {
	call := in.calls[id]
	if call == nil {
		return
	}
	call.last = failure
	p := in.providers[id.provider]
	if p == nil {
		p = &ProviderStatus{Provider: id.provider}
		in.providers[id.provider] = p
	}
	p.Fetches++
	p.LastAt = at
	if failure != nil {
		p.Failures++
	}
}

// firstPanic tells whether a call has not panicked before.
func (in *inbox) firstPanic(id callID) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	call := in.calls[id]
	if call == nil || call.panicked {
		return false
	}
	call.panicked = true
	return true
}

// fare tells how every provider fares, in order of their names. One fails while the
// latest of any of its calls failed.
func (in *inbox) fare() []ProviderStatus {
	in.mu.Lock()
	defer in.mu.Unlock()
	failures := map[string]*signals.Error{}
	for _, id := range in.order {
		failures[id.provider] = cmp.Or(failures[id.provider], in.calls[id].last)
	}
	out := make([]ProviderStatus, 0, len(in.providers))
	for _, name := range slices.Sorted(maps.Keys(in.providers)) {
		p := *in.providers[name]
		p.Last = failures[name]
		out = append(out, p)
	}
	return out
}
