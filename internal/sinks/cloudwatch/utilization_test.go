package cloudwatch_test

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/bench/targettracking"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/sinks/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// lower is a confirmed decision on a service all of whose tasks run.
func lower(id policy.ID, desired, ordered int32) policy.Decision {
	d := decision(id, desired, ordered)
	d.Workload.Ready = ordered
	d.Trail = []policy.Step{{Stage: policy.StageCombine}, {Stage: policy.StageDoubt, Reason: policy.ReasonConfirmed}}
	return d
}

func TestCompensate(t *testing.T) {
	for name, tt := range map[string]struct {
		desired, ordered int32
		change           func(d *policy.Decision)
		want             float64
	}{
		"one of ten":                {9, 10, nil, 89},
		"one of eighteen":           {17, 18, nil, 89},
		"one of nineteen: too much": {18, 19, nil, 100 * 18.0 / 19},
		"two of twenty-seven":       {25, 27, nil, 89},
		"below the band already":    {8, 10, nil, 80},
		"nothing to remove":         {10, 10, nil, 100},
		"scale-out":                 {11, 10, nil, 110},
		"not all run":               {9, 10, func(d *policy.Decision) { d.Workload.Ready = 9 }, 90},
		"more run than are ordered": {9, 10, func(d *policy.Decision) { d.Workload.Ready = 11 }, 90},
		"a deployment":              {9, 10, func(d *policy.Decision) { d.Workload.Deploying = true }, 90},
		"in doubt":                  {9, 10, func(d *policy.Decision) { d.Trail[1].Reason = policy.ReasonUnconfirmed }, 90},
		"no trail":                  {9, 10, func(d *policy.Decision) { d.Trail = nil }, 90},
		"another policy's":          {9, 10, func(d *policy.Decision) { d.Policy = orders }, 90},
	} {
		t.Run(name, func(t *testing.T) {
			c := testaws.StartCloudWatch(t)
			d := lower(thrifty, tt.desired, tt.ordered)
			if tt.change != nil {
				tt.change(&d)
			}
			require.NoError(t, newSink(t, c.Provider(""), time.Minute, orders, thrifty).Publish(t.Context(), []policy.Decision{d}))
			got := values(c, d.Policy)
			require.InDelta(t, tt.want, got["Utilization"], 1e-9)
			require.InDelta(t, float64(tt.desired), got["DesiredReplicas"], 0, "the decision is what it is")
		})
	}
}

// follower is a service that follows decisions through the model of target tracking.
type follower struct {
	m          *targettracking.Model
	now        time.Time
	tasks      int32
	compensate bool
}

func follow(tasks int32, compensate bool, multiplier targettracking.Multiplier) *follower {
	return &follower{
		m: targettracking.New(targettracking.Settings{
			Min: 1, Max: 1000, Multiplier: multiplier, Policies: []targettracking.Policy{targettracking.NewPolicy("", 100)},
		}),
		now: wall.Truncate(time.Minute), tasks: tasks, compensate: compensate,
	}
}

// minute publishes a decision, made when seen was ordered, at the begin of a minute
// and lets it pass.
func (f *follower) minute(desired, seen int32) targettracking.Outcome {
	id := orders
	if f.compensate {
		id = thrifty
	}
	at := f.now
	f.now = f.now.Add(time.Minute)
	out := f.m.Step(f.now, targettracking.Service{Desired: f.tasks, Running: f.tasks},
		targettracking.Datapoint{At: at, Value: cloudwatch.Reported(lower(id, desired, seen), f.compensate)})
	f.tasks = out.Desired
	return out
}

// TestCompensationNeverGoesBelowTheDecision: whatever was decided, a scale-in of
// target tracking, as we model it, leaves what the newest datapoint's decision asked
// for, even where the service was seen a minute late.
func TestCompensationNeverGoesBelowTheDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ordered := rapid.Int32Range(1, 200).Draw(t, "ordered")
		multiplier := rapid.SampledFrom([]targettracking.Multiplier{targettracking.Running, targettracking.Desired}).Draw(t, "multiplier")
		late := rapid.Bool().Draw(t, "late")
		f := follow(ordered, true, multiplier)
		desired, seen := ordered, ordered
		for range rapid.IntRange(1, 6).Draw(t, "levels") {
			desired = max(1, desired+rapid.Int32Range(-20, 20).Draw(t, "change"))
			for range rapid.IntRange(1, 40).Draw(t, "minutes") {
				was := f.tasks
				if !late {
					seen = f.tasks
				}
				out := f.minute(desired, seen)
				seen = was
				if out.Reason == targettracking.ScaledIn {
					require.GreaterOrEqual(t, out.Desired, desired)
				}
			}
		}
	})
}

// TestWhatCompensationSaves prints, and asserts that, it saves in the model: for each
// size of a service the decision falls by each of 1 to a tenth, rounded up, and an hour
// passes.
func TestWhatCompensationSaves(t *testing.T) {
	var table strings.Builder
	fmt.Fprintln(&table, "model of target tracking, 120 minutes after a decision fell by up to a tenth")
	fmt.Fprintln(&table, "ordered  decision  kept without  kept with compensate")
	cases, helped := 0, 0
	for _, ordered := range []int32{5, 9, 10, 12, 15, 18, 19, 20, 25, 27, 30, 50, 100} {
		for k := int32(1); k <= int32(math.Ceil(float64(ordered)/10)); k++ {
			desired := ordered - k
			plain, thrifty := settle(ordered, desired, false), settle(ordered, desired, true)
			require.LessOrEqual(t, thrifty, plain)
			require.GreaterOrEqual(t, thrifty, desired)
			cases++
			if thrifty < plain {
				helped++
			}
			fmt.Fprintf(&table, "%7d  %8d  %12d  %20d\n", ordered, desired, plain, thrifty)
		}
	}
	require.Positive(t, helped)
	fmt.Fprintf(&table, "it helped in %d of %d\n", helped, cases)
	plain, thrifty, decided := day(false), day(true), day(true)[1]
	fmt.Fprintf(&table, "a day between 4 and 18 tasks: %d task-minutes decided, %d without, %d with compensate\n", decided, plain[0], thrifty[0])
	require.Less(t, thrifty[0], plain[0])
	require.GreaterOrEqual(t, thrifty[0], decided)
	_, _ = io.WriteString(t.Output(), table.String())
}

// settle is what a service keeps two hours after a decision.
func settle(ordered, desired int32, compensate bool) int32 {
	f := follow(ordered, compensate, targettracking.Running)
	for range 120 {
		f.minute(desired, f.tasks)
	}
	return f.tasks
}

// day is the task-minutes of a day whose decisions rise and fall once, and those that
// were decided.
func day(compensate bool) [2]int {
	f := follow(4, compensate, targettracking.Running)
	var sum [2]int
	for minute := range 24 * 60 {
		desired := int32(math.Ceil(11 - 7*math.Cos(2*math.Pi*float64(minute)/(24*60))))
		f.minute(desired, f.tasks)
		sum[0], sum[1] = sum[0]+int(f.tasks), sum[1]+int(desired)
	}
	return sum
}
