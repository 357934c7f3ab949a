package attach

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/scaler-dev/scaler/internal/explain"
)

// Decision is what a running daemon decided.
type Decision struct {
	// Asked: a daemon answered. Why says why not.
	Asked bool   `json:"asked"`
	Why   string `json:"why,omitempty"`
	// Desired is nil while the decision is unknown; Reason says why.
	Desired *int32 `json:"desired,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// Alarm is one of the two that AWS keeps for a target-tracking policy.
type Alarm struct {
	Direction Direction `json:"direction"`
	State     string    `json:"state"`
	Since     time.Time `json:"since,omitzero"`
}

// Direction is what an alarm is for.
type Direction string

// The directions.
const (
	Out Direction = "out"
	In  Direction = "in"
)

// The states of an alarm that mean something here.
const (
	stateAlarm   = string(types.StateValueAlarm)
	stateUnknown = string(types.StateValueInsufficientData)
)

// NotScaled is a time when Application Auto Scaling was to scale and did not.
type NotScaled struct {
	At     time.Time `json:"at"`
	Code   string    `json:"code"`
	Failed bool      `json:"failed,omitempty"` // it tried
}

// Seen is all that status looks at.
type Seen struct {
	Have
	Alarms    []Alarm
	NotScaled []NotScaled // since it last scaled, the newest first
	// Unread is why NotScaled could not be read; nil: it was. The rest tells without.
	Unread   error
	Decision Decision
	Now      time.Time
}

// See reads all that status looks at, but the decision. A service that is not there
// is an *Error.
func (c *Client) See(ctx context.Context, now time.Time) (Seen, error) {
	h, err := c.Read(ctx)
	if err != nil {
		return Seen{}, err
	}
	if err := scalable(c.place, h); err != nil {
		return Seen{}, err
	}
	s := Seen{Have: h, Now: now}
	if ours := h.ours(c.place); h.Target != nil && ours != nil && len(ours.Alarms) > 0 {
		if s.Alarms, err = c.alarms(ctx, ours.Alarms); err != nil {
			return Seen{}, err
		}
	}
	if h.Target != nil {
		s.NotScaled, s.Unread = c.notScaled(ctx)
	}
	return s, ctx.Err()
}

func (c *Client) alarms(ctx context.Context, names []string) ([]Alarm, error) {
	const most = 100 // a request
	got, err := c.aws.CloudWatch().DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: names[:min(len(names), most)], AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm},
	})
	if err != nil {
		return nil, c.fail("look at the alarms of "+Name(c.place.Policy), err)
	}
	var out []Alarm
	for _, a := range got.MetricAlarms {
		if !slices.Contains(names, aws.ToString(a.AlarmName)) {
			continue
		}
		alarm := Alarm{Direction: In, State: string(a.StateValue), Since: aws.ToTime(a.StateUpdatedTimestamp)}
		if strings.HasPrefix(string(a.ComparisonOperator), "GreaterThan") {
			alarm.Direction = Out
		}
		out = append(out, alarm)
	}
	slices.SortStableFunc(out, func(a, b Alarm) int { return -cmp.Compare(a.Direction, b.Direction) })
	return out, nil
}

// notScaled reads the newest activities: what failed, and what was not done.
func (c *Client) notScaled(ctx context.Context) ([]NotScaled, error) {
	got, err := c.aws.AutoScaling().DescribeScalingActivities(ctx, &applicationautoscaling.DescribeScalingActivitiesInput{
		ServiceNamespace: namespace, ScalableDimension: dimension, ResourceId: &c.resource,
		IncludeNotScaledActivities: aws.Bool(true),
	})
	if err != nil {
		return nil, c.fail("look at the scaling activities of "+c.place.service(), err)
	}
	return sinceSuccess(got.ScalingActivities), nil
}

// sinceSuccess are the failures and the reasons after the latest time that it scaled.
func sinceSuccess(activities []scalingtypes.ScalingActivity) []NotScaled {
	var out []NotScaled
	var success time.Time
	for _, a := range activities {
		at := aws.ToTime(a.StartTime)
		switch a.StatusCode {
		case scalingtypes.ScalingActivityStatusCodeSuccessful:
			if at.After(success) {
				success = at
			}
		case scalingtypes.ScalingActivityStatusCodeFailed, scalingtypes.ScalingActivityStatusCodeUnfulfilled:
			out = append(out, NotScaled{At: at, Code: string(a.StatusCode), Failed: true})
		default: // not scaled, which has no name in the SDK, or under way
			for _, r := range a.NotScaledReasons {
				out = append(out, NotScaled{At: at, Code: short(aws.ToString(r.Code))})
			}
		}
	}
	out = slices.DeleteFunc(out, func(n NotScaled) bool { return n.At.Before(success) })
	slices.SortStableFunc(out, func(a, b NotScaled) int { return b.At.Compare(a.At) })
	return out
}

// short is a word of somebody else's, bounded and fit for a terminal.
func short(s string) string {
	const most = 128
	s = strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func ago(now, at time.Time) string { return explain.Duration(max(0, now.Sub(at))) + " ago" }
