package ecs

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

func TestNeedOf(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, tt := range map[string]struct {
		change func(d *policy.Decision)
		want   floor.Need
	}{
		"fresh and confirmed":      {func(*policy.Decision) {}, floor.Need{Desired: 8, Running: 2, MayRaise: true, MayLower: true}},
		"unknown":                  {func(d *policy.Decision) { d.Desired = policy.Unknown("missing") }, floor.Need{}},
		"expired":                  {func(d *policy.Decision) { d.Expires = time.Minute }, floor.Need{}},
		"a fail-safe number":       {func(d *policy.Decision) { d.Trail = []policy.Step{{Stage: policy.StageFailSafe}} }, floor.Need{}},
		"in doubt":                 {func(d *policy.Decision) { d.Trail[0].Reason = policy.ReasonUnconfirmed }, floor.Need{Desired: 8, Running: 2, MayRaise: true}},
		"held":                     {func(d *policy.Decision) { d.Signals[0].State = signals.StateStale }, floor.Need{Desired: 8, Running: 2, MayLower: true}},
		"another signal is held":   {func(d *policy.Decision) { d.Signals[1].State = signals.StateStale }, floor.Need{Desired: 8, Running: 2, MayRaise: true, MayLower: true}},
		"the workload is stale":    {func(d *policy.Decision) { d.Workload.State = policy.WorkloadStale }, floor.Need{Desired: 8, MayLower: true}},
		"the workload is not read": {func(d *policy.Decision) { d.Workload = policy.Workload{State: policy.WorkloadUnknown} }, floor.Need{Desired: 8, MayLower: true}},
		"the workload is missing":  {func(d *policy.Decision) { d.Workload.Reason = signals.Missing }, floor.Need{Desired: 8, MayLower: true}},
	} {
		t.Run(name, func(t *testing.T) {
			d := policy.Decision{
				Desired: policy.Replicas(8), DataAt: at, Expires: time.Minute + 1,
				Workload: policy.Workload{State: policy.WorkloadKnown, Ordered: 2, Ready: 1},
				Signals: []policy.Reading{
					{Name: "backlog", State: signals.StateFresh, Value: new(float64), At: at},
					{Name: "other", State: signals.StateFresh, Value: new(float64), At: at.Add(time.Second)},
				},
				Trail: []policy.Step{{Stage: policy.StageDoubt, Reason: policy.ReasonConfirmed}},
			}
			tt.change(&d)
			require.Equal(t, tt.want, needOf(&d, time.Minute))
		})
	}
}

func TestSwitchOf(t *testing.T) {
	two := types.ScalableTargetAction{MinCapacity: aws.Int32(2)}
	good := types.ScheduledAction{Schedule: aws.String("at(2026-01-02T03:04:05)"), ScalableTargetAction: &two}
	want := &floor.Switch{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Restores: 2}
	require.Equal(t, want, switchOf(good))
	utc := good
	utc.Timezone = aws.String("UTC")
	require.Equal(t, want, switchOf(utc))
	for name, change := range map[string]func(a *types.ScheduledAction){
		"no schedule": func(a *types.ScheduledAction) { a.Schedule = nil },
		"a rate":      func(a *types.ScheduledAction) { a.Schedule = aws.String("rate(1 day)") },
		"a zone":      func(a *types.ScheduledAction) { a.Timezone = aws.String("Europe/Berlin") },
		"no action":   func(a *types.ScheduledAction) { a.ScalableTargetAction = nil },
		"no minimum":  func(a *types.ScheduledAction) { a.ScalableTargetAction = &types.ScalableTargetAction{} },
		"a maximum": func(a *types.ScheduledAction) {
			a.ScalableTargetAction = &types.ScalableTargetAction{MinCapacity: aws.Int32(2), MaxCapacity: aws.Int32(9)}
		},
		"below zero": func(a *types.ScheduledAction) {
			a.ScalableTargetAction = &types.ScalableTargetAction{MinCapacity: aws.Int32(-2)}
		},
		"a start time": func(a *types.ScheduledAction) { a.StartTime = &time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			a := good
			change(&a)
			require.Equal(t, &floor.Switch{Odd: true}, switchOf(a))
		})
	}
}

// FuzzSwitchOf: what is read as ours is what we would have put.
func FuzzSwitchOf(f *testing.F) {
	f.Add("at(2026-01-02T03:04:05)", "UTC")
	f.Add("cron(0 8 * * ? *)", "")
	f.Fuzz(func(t *testing.T, schedule, zone string) {
		got := switchOf(types.ScheduledAction{Schedule: &schedule, Timezone: &zone, ScalableTargetAction: &types.ScalableTargetAction{MinCapacity: aws.Int32(2)}})
		if !got.Odd {
			require.Equal(t, schedule, got.At.Format(layout))
		}
	})
}
