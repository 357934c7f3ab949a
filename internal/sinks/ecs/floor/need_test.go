package floor_test

import (
	"testing"
	"time"

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
			require.Equal(t, tt.want, floor.NeedOf(&d, time.Minute))
		})
	}
}
