package runner

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/policy/estimate"
	"github.com/scaler-dev/scaler/internal/signals"
)

// rememberer fails so many times, and then has three days of one value.
type rememberer struct {
	failures int
	err      error
	calls    int
}

func (r *rememberer) Recall(_ context.Context, now time.Time) (signals.Past, error) {
	if r.calls++; r.calls <= r.failures {
		return signals.Past{}, r.err
	}
	from := now.AddDate(0, 0, -3)
	var samples []signals.Sample
	for at := from; at.Before(now); at = at.Add(time.Minute) {
		samples = append(samples, signals.Sample{At: at, Value: 200})
	}
	return signals.NewPast(backlog, from, time.Minute, samples), nil
}

// recalling is a pipeline of a season of the backlog, which is read back from r.
func recalling(r Rememberer) *Pipeline {
	p := pipelineOf(answering(37))
	season := demand.Seasonal{Signal: "backlog", Period: estimate.Day}
	season.Known.Capacity.Fixed, season.Known.StartUp = 10, time.Minute
	p.Spec.Policies[0].Policy = policy.New(policy.Settings{ID: orders, Min: 1, Max: 50, Demands: []policy.NamedDemand{
		{Name: "drain", Demand: demand.PerReplica{Signal: "backlog", Amount: 10}}, {Name: "usual", Demand: season},
	}})
	p.Spec.Policies[0].Signals[0].Recall = true
	p.Recalls = []Recall{{Subject: backlog, Source: r}}
	return p
}

func TestTheLastDaysAreReadOnceAndAgainAfterAFailure(t *testing.T) {
	r := &rememberer{failures: 1, err: errors.New("the server could not be reached")}
	during(t, settings, recalling(r), func(run *Runner) {
		time.Sleep(time.Minute)
		synctest.Wait()
		s := run.Status()
		require.Equal(t, RecallFailed, s.Recalls[0].State)
		require.Equal(t, []int32{4}, replicasOf(s.Decisions), "decisions do not wait for it")
		time.Sleep(recallAgain)
		synctest.Wait()
		s = run.Status()
		require.Equal(t, RecallRead, s.Recalls[0].State)
		require.InDelta(t, 72, s.Recalls[0].Known.Hours(), 0.1)
		require.Equal(t, []int32{15}, replicasOf(s.Decisions), "of 200 then, 0.7 where there are 37 now")
		time.Sleep(recallAgain)
		require.Equal(t, 2, r.calls)
	})
}

func TestASourceWithoutAPastIsToldOf(t *testing.T) {
	during(t, settings, recalling(nil), func(run *Runner) {
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, RecallNone, run.Status().Recalls[0].State)
	})
}

func TestWhatPanicsIsAFailure(t *testing.T) {
	during(t, settings, recalling(panics{}), func(run *Runner) {
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, RecallFailed, run.Status().Recalls[0].State)
	})
}

type panics struct{}

func (panics) Recall(context.Context, time.Time) (signals.Past, error) { panic("boom") }

func replicasOf(ds []policy.Decision) []int32 {
	out := make([]int32, len(ds))
	for i, d := range ds {
		out[i], _ = d.Desired.Replicas()
	}
	return out
}

func TestAWholeSeasonIsNotReadAgain(t *testing.T) {
	r := &rememberer{}
	p := recalling(r)
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	past := estimate.Season{Unit: 10, Period: estimate.Day}
	for at := now.AddDate(0, 0, -2); at.Before(now); at = at.Add(time.Minute) {
		past.Add(at, 200)
	}
	from := engine.State{Policies: []engine.PolicyState{{ID: orders, State: policy.State{Demands: []policy.DemandState{
		{Demand: "usual", Season: &policy.Season{Signal: "backlog", Past: past}},
	}}}}}
	require.Empty(t, engine.New(p.Spec, from).Cold(now.Add(time.Hour), recallGap))
	require.Equal(t, []signals.Subject{backlog}, engine.New(p.Spec, from).Cold(now.Add(6*time.Hour), recallGap), "a gap")
	require.Equal(t, []signals.Subject{backlog}, engine.New(p.Spec, engine.State{}).Cold(now, recallGap))
}
