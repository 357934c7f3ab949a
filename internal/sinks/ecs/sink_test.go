package ecs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/sinks/ecs"
	"github.com/scaler-dev/scaler/internal/testaws"
)

var raise = []string{"PutScheduledAction", "RegisterScalableTarget"}

// onMoto is a service of two tasks whose scalable target is of 2 to 20.
func onMoto(t *testing.T) (*testaws.Moto, *rig) {
	t.Helper()
	m := testaws.StartOwn(t, "MOTO_ECS_SERVICE_RUNNING=2")
	m.CLI(t, "ecs", "create-cluster", "--cluster-name", "prod")
	m.CLI(t, "ecs", "register-task-definition", "--family", "f", "--container-definitions", `[{"name":"a","image":"b","memory":64}]`)
	m.CLI(t, "ecs", "create-service", "--cluster", "prod", "--service-name", "orders", "--task-definition", "f", "--desired-count", "2")
	setMinimum(t, m, 2, "--max-capacity", "20")
	return m, newRig(t, m.Provider(), orders)
}

var service = []string{"--service-namespace", "ecs", "--scalable-dimension", "ecs:service:DesiredCount", "--resource-id", "service/prod/orders"}

func setMinimum(t *testing.T, m *testaws.Moto, n int, more ...string) {
	t.Helper()
	args := append([]string{"application-autoscaling", "register-scalable-target", "--min-capacity", strconv.Itoa(n)}, service...)
	m.CLI(t, append(args, more...)...)
}

// bounds are what the aws command sees of the target.
func bounds(t *testing.T, m *testaws.Moto) [2]int {
	t.Helper()
	var got struct {
		ScalableTargets []struct{ MinCapacity, MaxCapacity int }
	}
	out := m.CLI(t, "application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs")
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Len(t, got.ScalableTargets, 1)
	return [2]int{got.ScalableTargets[0].MinCapacity, got.ScalableTargets[0].MaxCapacity}
}

type scheduled struct {
	ScheduledActionName, Schedule string
	ScalableTargetAction          map[string]int
}

func schedule(t *testing.T, m *testaws.Moto) []scheduled {
	t.Helper()
	var got struct{ ScheduledActions []scheduled }
	out := m.CLI(t, "application-autoscaling", "describe-scheduled-actions", "--service-namespace", "ecs")
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	return got.ScheduledActions
}

func TestMoto(t *testing.T) {
	began := time.Now()
	m, r := onMoto(t)
	m.CLI(t, append([]string{"application-autoscaling", "put-scheduled-action", "--scheduled-action-name", "theirs", "--schedule", "cron(0 8 * * ? *)"}, service...)...)
	r.ready()

	r.wants(8, 2)
	require.NoError(t, r.run(2*time.Second))
	require.Equal(t, [2]int{8, 20}, bounds(t, m), "the maximum stays")
	actions := schedule(t, m)
	require.Len(t, actions, 2, "another's is left alone")
	require.Equal(t, "scaler.shop.orders", actions[1].ScheduledActionName)
	require.Equal(t, map[string]int{"MinCapacity": 2}, actions[1].ScalableTargetAction)
	at, err := time.Parse("at(2006-01-02T15:04:05)", actions[1].Schedule)
	require.NoError(t, err)
	require.WithinRange(t, at, began.Add(5*time.Minute-time.Second), time.Now().Add(r.mono+5*time.Minute))

	r.begin() // a restart
	r.wants(5, 8)
	require.NoError(t, r.run(2*time.Minute))
	require.Equal(t, [2]int{5, 20}, bounds(t, m))
	r.wants(1, 8)
	require.NoError(t, r.run(2*time.Minute))
	require.Equal(t, [2]int{2, 20}, bounds(t, m), "the base is not lost")
	require.Len(t, schedule(t, m), 1)

	r.wants(9, 2)
	require.NoError(t, r.run(2*time.Second))
	setMinimum(t, m, 4)
	require.NoError(t, r.run(time.Minute))
	require.Equal(t, [2]int{4, 20}, bounds(t, m), "another's is the base")
	require.Len(t, schedule(t, m), 1)
	require.Len(t, r.floors.Troubles(), 1)
	require.Contains(t, r.floors.Troubles()[0], "floor of shop/orders: somebody else changed the minimum capacity")
	require.Equal(t, 1, strings.Count(r.log.String(), "paused_by_another"))
}

// TestTheNameIsAllowed: AWS has this pattern for names of scheduled actions, which
// no emulator checks.
func TestTheNameIsAllowed(t *testing.T) {
	long := strings.Repeat("a", 63)
	name := ecs.ActionName(policy.ID{Namespace: long, Name: long})
	require.Equal(t, "scaler."+long+"."+long, name)
	require.LessOrEqual(t, len(name), 256)
	require.NotRegexp(t, `[\x00-\x1f\x7f-\x9f:/|]|^ | $`, name)
}

func TestTheSwitchComesFirst(t *testing.T) {
	f := serveScaling(t)
	r := newRig(t, f.Provider(""), orders).ready()
	r.wants(8, 2)
	require.NoError(t, r.run(2*time.Second))
	require.Equal(t, raise, f.changes())
	register := f.last("RegisterScalableTarget")
	require.Equal(t, 8, *register.MinCapacity)
	require.Nil(t, register.MaxCapacity, "what is not sent is not changed")
	put := f.last("PutScheduledAction")
	require.Equal(t, map[string]int{"MinCapacity": 2}, put.ScalableTargetAction)
	require.Equal(t, "service/prod/orders", put.ResourceId)
}

func TestPublishingTwiceIsHarmless(t *testing.T) {
	f := serveScaling(t)
	r := newRig(t, f.Provider(""), orders).ready()
	r.wants(8, 2)
	for range 3 {
		require.NoError(t, r.sink.Publish(t.Context(), r.ds))
	}
	require.Equal(t, raise, f.changes())
}

func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fail func(string, http.ResponseWriter, *http.Request) bool
		want string
		done []string // of a raise
	}{
		"throttled look":    {failing(400, "ThrottlingException", "DescribeScalableTargets"), "describe scalable targets: throttled", nil},
		"throttled switch":  {failing(400, "ThrottlingException", "PutScheduledAction"), "put the scheduled action: throttled", nil},
		"throttled raise":   {failing(400, "ThrottlingException", "RegisterScalableTarget"), "set the minimum capacity: throttled", raise[:1]},
		"denied look":       {failing(400, "AccessDeniedException", "DescribeScheduledActions"), "describe scheduled actions: auth", nil},
		"denied switch":     {failing(400, "AccessDeniedException", "PutScheduledAction"), "put the scheduled action: auth", nil},
		"denied raise":      {failing(400, "AccessDeniedException", "RegisterScalableTarget"), "set the minimum capacity: auth", raise[:1]},
		"concurrent update": {failing(400, "ConcurrentUpdateException", "RegisterScalableTarget"), "another update of the scalable target is under way", raise[:1]},
		"deregistered":      {failing(400, "ObjectNotFoundException", "PutScheduledAction"), "no scalable target any more", nil},
		"limit":             {failing(400, "LimitExceededException", "PutScheduledAction"), "a limit of Application Auto Scaling is reached", nil},
		"invalid":           {failing(400, "ValidationException", "RegisterScalableTarget"), "set the minimum capacity: invalid", raise[:1]},
		"server error":      {failing(500, "InternalServiceException", "PutScheduledAction"), "put the scheduled action: unavailable", nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := serveScaling(t)
			r := newRig(t, f.Provider(""), orders).ready()
			f.fail = tt.fail
			r.wants(8, 2)
			err := r.run(2 * time.Second)
			require.ErrorContains(t, err, "keep the floor of shop/orders: ")
			require.ErrorContains(t, err, tt.want)
			for _, secret := range []string{"123456789012", "secret", "127.0.0.1"} {
				require.NotContains(t, err.Error(), secret)
			}
			require.Equal(t, tt.done, f.changes())
			require.NotEmpty(t, r.floors.Troubles())

			before := f.Total()
			require.NoError(t, r.run(4*time.Second), "it is kept back a moment")
			require.Equal(t, before, f.Total())
			f.fail = nil
			require.NoError(t, r.run(time.Minute))
			require.Equal(t, raise, f.changes()[:2], "and tried again")
			require.Empty(t, r.floors.Troubles())
			require.Equal(t, 8, f.minimum["service/prod/orders"])
		})
	}
}

func TestThrottlingBacksOff(t *testing.T) {
	f := serveScaling(t)
	r := newRig(t, f.Provider(""), orders).ready()
	f.fail = failing(400, "ThrottlingException", "DescribeScalableTargets", "PutScheduledAction", "RegisterScalableTarget")
	r.wants(8, 2)
	before := f.Total()
	require.Error(t, r.run(10*time.Minute))
	require.InDelta(t, 22, f.Total()-before, 4, "5 s, 10 s, 20 s, then every 30 s")
}

func TestAHungCallEndsWithItsContext(t *testing.T) {
	f := serveScaling(t)
	r := newRig(t, f.Provider(""), orders).ready()
	f.fail = hang("RegisterScalableTarget")
	r.wants(8, 2)
	r.mono += time.Minute
	r.ds[0].Expires = r.mono + time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, r.sink.Publish(ctx, r.ds), "set the minimum capacity: timeout")

	// The call may have arrived: what it asked for is not taken for another's.
	f.mu.Lock() // the hung call may go on
	f.fail = nil
	f.minimum["service/prod/orders"] = 8
	f.mu.Unlock()
	require.NoError(t, r.run(time.Minute))
	require.Empty(t, r.floors.Troubles())
	r.wants(2, 8)
	require.NoError(t, r.run(3*time.Minute))
	require.Equal(t, 2, f.minimum["service/prod/orders"])
}

func TestADeletedSwitchIsDeleted(t *testing.T) {
	f := serveScaling(t)
	r := newRig(t, f.Provider(""), orders).ready()
	r.wants(8, 2)
	require.NoError(t, r.run(time.Minute))
	f.fail = failing(400, "ObjectNotFoundException", "DeleteScheduledAction")
	r.wants(2, 8)
	require.NoError(t, r.run(3*time.Minute))
	require.Positive(t, f.Calls("DeleteScheduledAction"))
}

func TestWhatStandsAgainstARaise(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(f *fakeScaling)
		want   string
	}{
		"no scalable target": {func(f *fakeScaling) { f.absent = true }, "scaler ecs attach"},
		"suspended": {func(f *fakeScaling) {
			f.mutate = func(target map[string]any) {
				target["SuspendedState"] = map[string]bool{"ScheduledScalingSuspended": true}
			}
		}, "scheduled scaling of the service is suspended"},
		"a clock ten minutes off": {func(f *fakeScaling) {
			f.fail = func(_ string, w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Date", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
				return false
			}
		}, "clock is too far off"},
		"an odd scheduled action": {func(f *fakeScaling) {
			f.actions["scaler.shop.orders"] = map[string]any{
				"ScheduledActionName": "scaler.shop.orders", "ResourceId": "service/prod/orders", "ScalableDimension": "ecs:service:DesiredCount",
				"Schedule": "cron(0 8 * * ? *)", "ScalableTargetAction": map[string]int{"MinCapacity": 2},
			}
		}, "delete it"},
	} {
		t.Run(name, func(t *testing.T) {
			f := serveScaling(t)
			tt.change(f)
			r := newRig(t, f.Provider(""), orders)
			r.wants(8, 2)
			require.NoError(t, r.run(5*time.Minute), "it is not the calls that fail")
			require.Empty(t, f.changes())
			require.Len(t, r.floors.Troubles(), 1)
			require.Contains(t, r.floors.Troubles()[0], tt.want)
			require.Equal(t, 1, strings.Count(r.log.String(), "floor is held back"), "once, at the change")
		})
	}
}

func TestAnAnswerThatSaysNothing(t *testing.T) {
	f := serveScaling(t)
	f.mutate = func(target map[string]any) { delete(target, "MinCapacity") }
	r := newRig(t, f.Provider(""), orders)
	r.wants(8, 2)
	require.ErrorContains(t, r.run(time.Minute), "a scalable target has no range")
	require.Empty(t, f.changes())
}

func TestAReloadForgetsNothing(t *testing.T) {
	f := serveScaling(t)
	r := newRig(t, f.Provider(""), orders).ready()
	r.wants(8, 2)
	require.NoError(t, r.run(time.Minute))
	f.changes()
	f.minimum["service/prod/orders"] = 5
	r.reload()
	require.NoError(t, r.run(time.Minute))
	require.Len(t, r.floors.Troubles(), 1, "the 8 was ours, the 5 is not")

	r.floors.Forget(orders)
	require.Empty(t, r.floors.Troubles())
	require.NoError(t, r.run(time.Minute))
	require.Empty(t, r.floors.Troubles(), "a new term knows nothing of it")
}

func TestLooksArePacked(t *testing.T) {
	f := serveScaling(t)
	f.page = 20
	var ids []policy.ID
	for i := range 120 {
		ids = append(ids, policy.ID{Namespace: "shop", Name: fmt.Sprint("s", i)})
	}
	r := newRig(t, f.Provider(""), ids...)
	r.wants(8, 2)
	require.NoError(t, r.run(2*time.Second))
	require.Equal(t, 7, f.Calls("DescribeScalableTargets"), "fifty services a call, here on pages of twenty")
	require.Equal(t, 3, f.Calls("DescribeScheduledActions"))
	require.NoError(t, r.run(time.Minute))
	require.Equal(t, 8, f.minimum["service/prod/s119"])
}

func TestAnEndlessAnswer(t *testing.T) {
	f := serveScaling(t)
	f.fail = func(operation string, w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(`{"NextToken":"again"}`))
		return operation != ""
	}
	r := newRig(t, f.Provider(""), orders)
	require.ErrorContains(t, r.run(2*time.Second), "too many pages")
	require.Equal(t, 10, f.Total())
}

func TestFailuresOfManyAreToldOnce(t *testing.T) {
	f := serveScaling(t)
	f.fail = failing(400, "AccessDeniedException", "DescribeScalableTargets")
	r := newRig(t, f.Provider(""), orders, policy.ID{Namespace: "shop", Name: "bills"}, policy.ID{Namespace: "shop", Name: "mails"})
	err := r.run(2 * time.Second)
	require.EqualError(t, err, "keep the floor of shop/orders and 2 more: describe scalable targets: auth: AWS refuses the credentials or denies access")
}
