package trial

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/scaler-dev/scaler/bench/oracle"
	"github.com/scaler-dev/scaler/bench/plant"
	"github.com/scaler-dev/scaler/bench/replay"
	"github.com/scaler-dev/scaler/bench/score"
	"github.com/scaler-dev/scaler/internal/policy"
)

// Run is one autoscaler with one setting.
type Run struct {
	Name   string
	Factor float64
	Score  score.Score
	Scores Scores
	// Ready replicas and what was late a second, when it was served, at the points of the result.
	Ready, Late []float64
	Worst       *Worst
}

// Worst is the ten minutes in which most was late.
type Worst struct {
	From, To      time.Time
	Late, Arrived float64
	// Ready and Starting replicas at their end, and what the traffic needed.
	Ready, Starting, Needed int32
	// Short is when the most replicas were missing in them.
	Short Short
	// Decision that was in force then; nil for others than our policies.
	Decision *policy.Decision
}

// Short is an instant at which replicas were missing.
type Short struct {
	At                      time.Time
	Ready, Starting, Needed int32
}

const worstFor = 10 * time.Minute

// run replays the traffic.
func (e entrant) run(ctx context.Context, s Settings, p plant.Settings, share *share) (Run, error) {
	a, err := e.make(e.factor)
	if err != nil {
		return Run{}, err
	}
	j := newJudge(s, p, a)
	settings := replay.Settings{Load: load(s.Trace), Plant: p, Reach: reach}
	err = replay.Run(ctx, settings, a, func(step replay.Step) {
		j.see(step)
		share.add(step.Index)
	})
	return j.run(e), err
}

// reach is how far back any source looks.
const reach = 2*time.Hour + time.Minute

// share tells progress.
type share struct {
	all  int
	done atomic.Int64
	tell func(float64)
}

const tellEvery = 4096

func newShare(all int, tell func(float64)) *share { return &share{all: all, tell: tell} }

func (s *share) add(index int) {
	if s.tell != nil && index%tellEvery == tellEvery-1 {
		s.tell(float64(s.done.Add(tellEvery)) / float64(s.all))
	}
}

// judge keeps the scores and series of a run.
type judge struct {
	s      Settings
	p      plant.Settings
	scaler replay.Autoscaler
	allows time.Duration // what one may wait
	meter  *score.Meter
	starts int64

	stride int
	points []point
	recent []moment // the last worstFor, in a ring
	sum    moment   // of recent
	worst  *Worst
}

// moment is what a step had.
type moment struct {
	late, arrived           float64
	now                     time.Duration
	ready, starting, needed int32
}

// point is several steps.
type point struct {
	ready, late float64
	steps       int
}

// maxPoints bounds the series of a report.
const maxPoints = 2000

func newJudge(s Settings, p plant.Settings, a replay.Autoscaler) *judge {
	return &judge{
		s: s, p: p, scaler: a, allows: s.Replay.Spec.Objective.Latency.Duration - p.ServiceTime,
		meter: score.New(s.Trace.Step), stride: strideOf(s.Trace.Len()),
		recent: make([]moment, max(1, int(worstFor/s.Trace.Step))),
	}
}

func strideOf(steps int) int { return max(1, (steps+maxPoints-1)/maxPoints) }

func (j *judge) see(s replay.Step) {
	late := 0.0
	longest := s.State.Wait
	for _, b := range s.Begun {
		late += b.Amount * (1 - b.Within(j.allows))
		longest = max(longest, b.First, b.Last)
	}
	j.draw(s, late)
	if s.Index == j.s.Trace.Len()-1 && s.State.Wait > j.allows {
		late += s.State.Waiting // that was never served, and would have been late
	}
	needed := int32(math.Ceil(s.Arrived/j.s.Trace.Step.Seconds()/j.p.Rate - 1e-9))
	billed := s.State.Ready + s.State.Starting + s.State.Draining
	j.meter.Add(score.Step{
		Arrivals: s.Arrived, Late: late, Waiting: s.State.Waiting, Unknown: !s.Known, Delay: longest,
		Needed: int(needed), Ready: int(s.State.Ready), Billed: int(billed), Wanted: int(s.Ordered),
		Started: int(s.State.Starts - j.starts),
	})
	j.starts = s.State.Starts
	j.look(s, moment{late, s.Arrived, s.State.Now, s.State.Ready, s.State.Starting, needed}, needed)
}

func (j *judge) draw(s replay.Step, late float64) {
	if s.Index%j.stride == 0 {
		j.points = append(j.points, point{})
	}
	p := &j.points[len(j.points)-1]
	p.ready += float64(s.State.Ready)
	p.late += late
	p.steps++
}

// look keeps the worst ten minutes, as they were at their end.
func (j *judge) look(s replay.Step, m moment, needed int32) {
	slot := &j.recent[s.Index%len(j.recent)]
	j.sum.late += m.late - slot.late
	j.sum.arrived += m.arrived - slot.arrived
	*slot = m
	if j.sum.late < 1e-6 || j.worst != nil && j.sum.late <= j.worst.Late {
		return
	}
	to := j.s.Trace.Start.Add(s.State.Now)
	w := &Worst{From: to.Add(-worstFor), To: to, Late: j.sum.late, Arrived: j.sum.arrived, Ready: s.State.Ready, Starting: s.State.Starting, Needed: needed, Short: j.short()}
	if d, ok := j.scaler.(replay.Documented); ok {
		latest := d.Latest()
		w.Decision = &latest
	}
	j.worst = w
}

// short is the worst of the recent moments; the earliest of equals.
func (j *judge) short() Short {
	most := j.recent[0]
	for _, m := range j.recent {
		by, before := m.needed-m.ready, most.needed-most.ready
		if by > before || by == before && m.now < most.now {
			most = m
		}
	}
	return Short{j.s.Trace.Start.Add(most.now), most.ready, most.starting, most.needed}
}

func (j *judge) run(e entrant) Run {
	out := Run{Name: e.name, Factor: e.factor, Score: j.meter.Score(), Worst: j.worst}
	s := out.Score
	out.Scores = Scores{Late: s.LateShare, Hours: s.ReplicaHours, Over: math.NaN(), WorstWait: s.WorstDelay + j.p.ServiceTime, LongestRun: s.LongestLate, StartsADay: s.StartsPerDay}
	for _, p := range j.points {
		out.Ready = append(out.Ready, p.ready/float64(p.steps))
		out.Late = append(out.Late, p.late/(float64(p.steps)*j.s.Trace.Step.Seconds()))
	}
	return out
}

// over sets how much dearer a run was than the oracle.
func (r *Run) over(b oracle.Bound) {
	if v, ok := score.Over(r.Scores.Hours, b.Low); ok {
		r.Scores.Over = v
	}
}
