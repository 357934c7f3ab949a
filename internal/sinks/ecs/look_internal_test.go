package ecs

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

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
