package targettracking

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// AlarmValues are what DescribeAlarms says of an alarm, in plain values.
type AlarmValues struct {
	ComparisonOperator string // as in GreaterThanThreshold
	Threshold          float64
	Period             time.Duration
	EvaluationPeriods  int
	DatapointsToAlarm  int // 0: all EvaluationPeriods
}

// FromAlarms is a policy with the shape of the two alarms that a real one made, whose
// names begin with TargetTracking-. The cooldowns are the defaults: alarms do not
// tell them.
func FromAlarms(metric string, target float64, alarms ...AlarmValues) (Policy, error) {
	p := NewPolicy(metric, target)
	if len(alarms) != 2 {
		return p, fmt.Errorf("read %d alarms: target tracking makes two, one high and one low", len(alarms))
	}
	var high, low bool
	for _, v := range alarms {
		a, err := v.alarm()
		if err != nil {
			return p, err
		}
		switch {
		case strings.HasPrefix(v.ComparisonOperator, "GreaterThan"):
			p.High, high = a, true
		case strings.HasPrefix(v.ComparisonOperator, "LessThan"):
			p.Low, low = a, true
		}
	}
	if !high || !low {
		return p, errors.New("read the alarms: one has to be GreaterThan, the other LessThan")
	}
	if alarms[0].Period != alarms[1].Period {
		return p, fmt.Errorf("read the alarms: their periods are %s and %s", alarms[0].Period, alarms[1].Period)
	}
	p.Period = alarms[0].Period
	return p, nil
}

func (v AlarmValues) alarm() (Alarm, error) {
	a := Alarm{Threshold: v.Threshold, Points: v.EvaluationPeriods, Breaching: v.DatapointsToAlarm, Spare: sparePoints}
	if a.Breaching == 0 {
		a.Breaching = a.Points
	}
	if v.Period <= 0 || a.Points <= 0 || a.Breaching > a.Points {
		return a, fmt.Errorf("read an alarm of %d of %d datapoints of %s: not a shape of an alarm", a.Breaching, a.Points, v.Period)
	}
	return a, nil
}
