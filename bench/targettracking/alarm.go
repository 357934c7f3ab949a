package targettracking

// State is an alarm's.
type State string

// The states of an alarm.
const (
	OK               State = "OK"
	InAlarm          State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// Alarm is Breaching of Points datapoints beyond Threshold.
type Alarm struct {
	Threshold float64
	// Points is N, the evaluation periods; Breaching is M, the datapoints to alarm.
	Points, Breaching int
	// Spare is how many periods before those are looked at where some are missing:
	// Points + Spare is the evaluation range.
	Spare int
}

// slot is a period of a metric: its datapoint, or none.
type slot struct {
	value float64
	known bool
}

// evaluate is the alarm's state over its evaluation range, newest slot first, where
// missing data is treated as missing.
func (a Alarm) evaluate(slots []slot, breaches func(v float64) bool) State {
	found, breaching, oldest := 0, 0, 0
	for age, s := range slots {
		if !s.known {
			continue
		}
		if found == a.Points {
			break // enough newer ones
		}
		found++
		oldest = age
		if breaches(s.value) {
			breaching++
		}
	}
	switch {
	case found == 0:
		return InsufficientData
	case breaching >= a.Breaching:
		return InAlarm
	case found < a.Points && breaching == found && oldest+1 >= a.Breaching:
		return InAlarm // the premature alarm state: nothing but breaching ones, and one of them is old
	default:
		return OK
	}
}

func (a Alarm) length() int { return a.Points + a.Spare }
