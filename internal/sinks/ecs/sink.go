// Package ecs acts on services of Amazon ECS beside their target tracking: it raises
// the minimum capacity of a scalable target while a decision needs it.
package ecs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

const (
	// concurrency is how many services are acted upon at once.
	concurrency = 4
	// perLook is how many services one look takes in.
	perLook = 50
)

// Target is a service whose minimum follows a policy's decision.
type Target struct {
	Policy  policy.ID
	Service v1alpha1.ECSWorkload
	Limits  floor.Limits
}

// ActionName is the name of the scheduled action of a policy's floor. Such names may
// not hold a slash, and a name of a policy or a namespace holds no dot.
func ActionName(id policy.ID) string { return "scaler." + id.Namespace + "." + id.Name }

// resource is what Application Auto Scaling calls the service.
func (t Target) resource() string { return "service/" + t.Service.Cluster + "/" + t.Service.Service }

// Sink raises and lowers the floors of one provider. The caller calls Publish as
// often as a raise may be needed; it asks AWS only when something is due.
type Sink struct {
	provider *awsx.Provider
	targets  []Target
	floors   *Floors
	log      *slog.Logger
}

var _ sinks.Sink = (*Sink)(nil)

// New makes a sink of targets. What is remembered of them is kept in floors, through
// reloads.
func New(provider *awsx.Provider, targets []Target, floors *Floors, log *slog.Logger) *Sink {
	return &Sink{provider: provider, targets: targets, floors: floors, log: log}
}

// job is a target that something is due for. Its entry is locked.
type job struct {
	Target

	entry *entry
	need  floor.Need
	seen  floor.Seen
	err   error
}

// Publish looks at the services that something is due for, and acts. A service of
// which another call still goes on is left out. The error tells which calls failed;
// what stands against a raise is told by the log, by Floors and by their metrics.
func (s *Sink) Publish(ctx context.Context, ds []policy.Decision) error {
	jobs := s.due(ds)
	defer func() {
		for _, j := range jobs {
			j.entry.mu.Unlock()
		}
	}()
	var group errgroup.Group
	group.SetLimit(concurrency)
	for chunk := range slices.Chunk(jobs, perLook) {
		if err := s.look(ctx, chunk); err != nil {
			for _, j := range chunk {
				j.err = err
				s.fail(j, j.entry.shown())
			}
			continue
		}
		for _, j := range chunk {
			group.Go(func() error {
				j.err = s.step(ctx, j)
				return nil
			})
		}
	}
	_ = group.Wait()
	return told(jobs)
}

// due locks and gives the targets to look at now.
func (s *Sink) due(ds []policy.Decision) []*job {
	now := s.floors.now().Mono
	needs := make(map[policy.ID]floor.Need, len(ds))
	for i := range ds {
		needs[ds[i].Policy] = floor.NeedOf(&ds[i], now)
	}
	var out []*job
	for _, t := range s.targets {
		e := s.floors.entry(t.Policy)
		if !e.mu.TryLock() {
			continue
		}
		e.touch(now)
		if !e.memory.Due(now, needs[t.Policy], t.Limits) {
			e.mu.Unlock()
			continue
		}
		out = append(out, &job{Target: t, entry: e, need: needs[t.Policy]})
	}
	return out
}

// now is this instant by AWS's clock, as its last answer told.
func (s *Sink) now() signals.Instant {
	now := s.floors.now()
	now.Wall = now.Wall.Add(s.provider.Skew())
	return now
}

// step decides and acts.
func (s *Sink) step(ctx context.Context, j *job) error {
	now := s.now()
	j.seen.Skew = s.provider.Skew()
	plan, memory := floor.Step(now, j.need, j.seen, j.entry.memory, j.Limits)
	j.entry.memory = memory
	shown := standing{Plan: plan, Min: j.seen.Min, Registered: j.seen.Registered}
	if sw := j.seen.Switch; sw != nil && !sw.Odd {
		shown.SwitchAt = sw.At
	}
	for _, a := range plan.Actions {
		if err := s.act(ctx, j, a); err != nil {
			s.fail(j, shown)
			return err
		}
		s.acted(j, a, &shown)
	}
	j.entry.memory = j.entry.memory.Succeeded()
	j.entry.show(shown)
	s.tell(j, plan.Condition)
	return nil
}

// acted logs and shows what an action changed.
func (s *Sink) acted(j *job, a floor.Action, shown *standing) {
	switch a.Do {
	case floor.PutSwitch:
		shown.SwitchAt = a.At
	case floor.SetMinimum:
		s.log.Info("minimum capacity set", "policy", j.Policy.String(), "from", shown.Min, "to", a.Min, "base", *shown.Base)
		shown.Min = a.Min
	case floor.DeleteSwitch:
		shown.SwitchAt = zero
	}
}

// fail notes that a call failed. That is the runner's to log.
func (s *Sink) fail(j *job, shown standing) {
	j.entry.memory = j.entry.memory.Failed(s.floors.now().Mono, j.Limits)
	shown.Condition = floor.Failing
	j.entry.show(shown)
}

// tell logs what holds a floor back, and that nothing does any more.
func (s *Sink) tell(j *job, now floor.Condition) {
	before := j.entry.told
	if now == before || now == floor.Settling || (now.Trouble() == "" && before.Trouble() == "") {
		return
	}
	j.entry.told = now
	if now.Trouble() != "" {
		s.log.Warn("floor is held back", "policy", j.Policy.String(), "condition", now, "detail", now.Trouble())
		return
	}
	s.log.Info("floor works again", "policy", j.Policy.String())
}

// told makes one error of all, each text told once.
func told(jobs []*job) error {
	type failure struct {
		first policy.ID
		err   error
		count int
	}
	var all []*failure
	for _, j := range jobs {
		if j.err == nil {
			continue
		}
		i := slices.IndexFunc(all, func(f *failure) bool { return f.err.Error() == j.err.Error() })
		if i < 0 {
			i = len(all)
			all = append(all, &failure{first: j.Policy, err: j.err})
		}
		all[i].count++
	}
	var errs []error
	for _, f := range all {
		who := f.first.String()
		if f.count > 1 {
			who = fmt.Sprintf("%s and %d more", who, f.count-1)
		}
		errs = append(errs, fmt.Errorf("keep the floor of %s: %w", who, f.err))
	}
	return errors.Join(errs...)
}
