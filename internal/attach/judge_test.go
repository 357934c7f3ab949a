package attach

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// steady is a service that follows.
func steady(change ...func(s *Seen)) Seen {
	s := Seen{
		Have: attached(), Alarms: []Alarm{{Direction: Out, State: "OK"}, {Direction: In, State: "OK"}},
		Decision: Decision{Asked: true, Desired: new(int32(4))}, Now: now,
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func TestJudge(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(s *Seen)
		state  State
		text   string // of some finding
		hint   string
	}{
		"steady":         {func(*Seen) {}, OK, "the service follows the policy", ""},
		"nobody asked":   {func(s *Seen) { s.Decision = Decision{} }, OK, "nothing is wrong at AWS; no daemon was asked", ""},
		"nobody answers": {func(s *Seen) { s.Decision = Decision{Why: "the daemon was not asked: x"} }, Warn, "the daemon was not asked: x", "--address"},
		"no target":      {func(s *Seen) { s.Target = nil }, Fail, "no scalable target is registered", "scaler ecs attach shop/orders -f FILE"},
		"no policy":      {func(s *Seen) { s.Policies = nil }, Fail, "no scaling policy of Scaler's is on the target", "scaler ecs attach"},
		"only another's": {func(s *Seen) { s.Policies = []Policy{cpu} }, Fail, "no scaling policy of Scaler's is on the target", "scaler ecs attach"},
		"another window": {func(s *Seen) { s.Policies[0].Fields = fields(withoutCooldown(want())) }, Warn, "cooldown in is default and not 300 s", "--dry-run"},
		"attached with math": {func(s *Seen) {
			s.Policies[0].Fields = fields(configuration(want(func(w *Want) { w.Math = true })))
		}, OK, "the service follows the policy", ""},
		"no scale-out":       {func(s *Seen) { s.Target.SuspendedOut = true }, Fail, "scale-out is suspended", "--suspended-state"},
		"no scale-in":        {func(s *Seen) { s.Target.SuspendedIn = true }, Warn, "scale-in is suspended", "--suspended-state"},
		"no schedule":        {func(s *Seen) { s.Target.SuspendedScheduled, s.Actions = true, []Action{ourFloor} }, Fail, "scheduled scaling is suspended", "--suspended-state"},
		"no alarms":          {func(s *Seen) { s.Alarms = nil }, Fail, "the scaling policy has no alarms", "scaler ecs detach"},
		"nothing published":  {func(s *Seen) { s.Alarms[0].State, s.Alarms[1].State = stateUnknown, stateUnknown }, Fail, "AWS sees no data for scaling out and in", "cloudwatch:PutMetricData in Scaler"},
		"nothing to publish": {func(s *Seen) { s.Alarms[0].State, s.Decision.Desired, s.Decision.Reason = stateUnknown, nil, "missing" }, Fail, "AWS sees no data for scaling out", "nothing is published while the decision is unknown"},
		"is it running?":     {func(s *Seen) { s.Alarms[0].State, s.Decision = stateUnknown, Decision{} }, Fail, "AWS sees no data", "see that 'scaler run' runs"},
		"unknown":            {func(s *Seen) { s.Decision = Decision{Asked: true, Reason: "missing"} }, Warn, "the decision is unknown (missing)", "scaler explain"},
		"more":               {func(s *Seen) { s.Decision.Desired = new(int32(9)) }, Warn, "9 tasks are decided and 4 ordered", ""},
		"less":               {func(s *Seen) { s.Decision.Desired = new(int32(2)) }, Warn, "about fifteen minutes to scale in", ""},
		"beyond the target":  {func(s *Seen) { s.Decision.Desired, s.Target.Max = new(int32(9)), 8 }, Fail, "9 tasks are decided, outside the target's 1 to 8", "scaler ecs attach"},
		"another range":      {func(s *Seen) { s.Target.Max = 8 }, Warn, "the target has 1 to 8 tasks, and the policy 1 to 50 tasks", "--dry-run"},
		"the floor":          {func(s *Seen) { s.Target.Min, s.Actions = 3, []Action{ourFloor} }, Warn, "the capacity floor holds the minimum at 3", ""},
		"outside":            {func(s *Seen) { s.Service.Desired, s.Service.Running, s.Decision.Desired = 60, 60, nil }, Warn, "desired count of 60, outside the target's 1 to 50", ""},
		"at the maximum": {func(s *Seen) {
			s.Service.Desired, s.Service.Running, s.Decision.Desired, s.Alarms[0].State = 50, 50, new(int32(50)), stateAlarm
		}, Warn, "at its maximum of 50", "spec.replicas.max"},
		"starting": {func(s *Seen) { s.Service.Running = 1 }, Warn, "1 of 4 tasks run", "events"},
		"flapping": {func(s *Seen) {
			s.NotScaled = []NotScaled{{At: now.Add(-time.Minute), Code: "AutoScalingAnticipatedFlapping"}}
		}, Warn, "did not scale 1 m ago: it expects to have to undo it (AutoScalingAnticipatedFlapping)", ""},
		"a reason unheard": {func(s *Seen) { s.NotScaled = []NotScaled{{At: now, Code: "New"}} }, Warn, "did not scale 0 s ago: New", ""},
		"failed":           {func(s *Seen) { s.NotScaled = []NotScaled{{At: now, Code: "Failed", Failed: true}} }, Fail, "tried to scale 0 s ago, and it ended as Failed", "describe-scaling-activities"},
		"long ago":         {func(s *Seen) { s.NotScaled = []NotScaled{{At: now.Add(-time.Hour), Code: "Failed", Failed: true}} }, OK, "the service follows the policy", ""},
		"no reasons":       {func(s *Seen) { s.Unread = &Error{"denied", "allow it"} }, Warn, "AWS's own reasons are missing here: denied", "allow it"},
		"another policy":   {func(s *Seen) { s.Policies = append(s.Policies, cpu) }, Warn, "the policy cpu-70, of somebody else", ""},
		"another schedule": {func(s *Seen) { s.Actions = []Action{nightly} }, Warn, "scheduled actions of somebody else move the target's range: nightly", ""},
		"another service":  {func(s *Seen) { s.Elsewhere = []string{"service/prod/old"} }, Warn, "service/prod/old follows the policy as well", "detach it there"},
		"a deployment":     {func(s *Seen) { s.Service.Deploying = true }, Warn, "a deployment is under way", ""},
	} {
		t.Run(name, func(t *testing.T) {
			found := Judge(want(), steady(tt.change))
			require.Equal(t, tt.state, found[0].State, "the worst is first: %v", found)
			for _, f := range found {
				if f.State == tt.state && strings.Contains(f.Detail, tt.text) {
					require.Contains(t, f.Hint, tt.hint)
					return
				}
			}
			require.Failf(t, "is not told", "%q in %v", tt.text, found)
		})
	}
}

// TestNewestReason: each of AWS's reasons is told once.
func TestNewestReason(t *testing.T) {
	found := Judge(want(), steady(func(s *Seen) {
		s.NotScaled = []NotScaled{
			{At: now.Add(-time.Minute), Code: "AlreadyAtMaxCapacity"},
			{At: now.Add(-2 * time.Minute), Code: "AlreadyAtMaxCapacity"},
			{At: now.Add(-3 * time.Minute), Code: "AlreadyAtMinCapacity"},
		}
	}))
	require.Len(t, found, 2)
	require.Contains(t, found[0].Detail, "1 m ago")
}
