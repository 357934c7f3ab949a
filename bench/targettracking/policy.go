package targettracking

import "time"

// Policy is a target-tracking policy with the alarms that it made.
type Policy struct {
	// Metric names the datapoints that it follows; empty is a name too.
	Metric string
	Target float64
	// Period of the datapoints and of both alarms.
	Period time.Duration
	// High is in alarm above its threshold, Low below.
	High, Low Alarm
	// Cooldowns after a scale-out and after a scale-in.
	ScaleOutCooldown, ScaleInCooldown time.Duration
	DisableScaleIn                    bool
}

// What is used unless somebody knows better.
const (
	defaultPeriod   = time.Minute
	defaultCooldown = 300 * time.Second // of ECS services, both ways
	defaultBand     = 0.1               // below the target, without scale-in
	highPoints      = 3
	lowPoints       = 15
	sparePoints     = 2 // of CloudWatch's own examples, for 3 datapoints
)

// NewPolicy is a policy with the defaults: 3 datapoints of a minute above the
// target, 15 more than a tenth below it, cooldowns of 300 s.
func NewPolicy(metric string, target float64) Policy {
	return Policy{
		Metric: metric, Target: target, Period: defaultPeriod,
		High:             Alarm{Threshold: target, Points: highPoints, Breaching: highPoints, Spare: sparePoints},
		Low:              Alarm{Threshold: target * (1 - defaultBand), Points: lowPoints, Breaching: lowPoints, Spare: sparePoints},
		ScaleOutCooldown: defaultCooldown, ScaleInCooldown: defaultCooldown,
	}
}

// Datapoint is what CloudWatch answers for a period: the statistic over it. At is
// the period's begin.
type Datapoint struct {
	Metric string
	At     time.Time
	Value  float64
}

// tracker is a policy and what is known of its metric.
type tracker struct {
	Policy

	points    map[int64]float64 // by period since 1970
	evaluated int64             // the newest period of the latest evaluation
	begun     bool              // there was an evaluation
	due       bool              // the evaluation is this step's
	high, low State
	latest    float64 // the newest datapoint that was evaluated
}

func (t *tracker) index(at time.Time) int64 { return floorDiv(at.UnixNano(), int64(t.Period)) }

// take keeps a datapoint. One that comes again replaces the one before.
func (t *tracker) take(p Datapoint) {
	if p.Metric == t.Metric {
		t.points[t.index(p.At)] = p.Value
	}
}

// evaluate evaluates both alarms, once for each period that has ended. A datapoint
// that is late counts from the next time on.
func (t *tracker) evaluate(now time.Time) {
	newest := t.index(now) - 1
	if t.due = !t.begun || newest > t.evaluated; !t.due {
		return
	}
	t.begun, t.evaluated = true, newest
	slots := t.slots(newest, max(t.High.length(), t.Low.length()))
	t.high = t.High.evaluate(slots[:t.High.length()], t.above)
	t.low = t.Low.evaluate(slots[:t.Low.length()], t.below)
	for _, s := range slots {
		if s.known {
			t.latest = s.value
			break
		}
	}
	for i := range t.points {
		if i <= newest-int64(len(slots)) {
			delete(t.points, i)
		}
	}
}

func (t *tracker) slots(newest int64, n int) []slot {
	out := make([]slot, n)
	for i := range out {
		out[i].value, out[i].known = t.points[newest-int64(i)]
	}
	return out
}

func (t *tracker) above(v float64) bool { return v > t.High.Threshold }
func (t *tracker) below(v float64) bool { return v < t.Low.Threshold }

// wakes says that the newest n periods all have a datapoint above the target.
func (t *tracker) wakes(n int) bool {
	for _, s := range t.slots(t.evaluated, n) {
		if !s.known || !t.above(s.value) {
			return false
		}
	}
	return true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
