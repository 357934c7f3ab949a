package signals

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var epoch = time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)

func at(d time.Duration) Instant { return Instant{Wall: epoch.Add(d), Mono: d} }

func total() Rules {
	return Rules{Kind: Total, FreshFor: 45 * time.Second, HoldFor: 10 * time.Minute, Max: MaxValue}
}

func perReplica() Rules {
	r := total()
	r.Kind = PerReplica
	return r
}

// poll is an outcome 15 seconds after the one before.
type poll struct {
	value    float64
	err      Reason
	answered bool
	sentinel bool
}

func ok(v float64) poll    { return poll{value: v} }
func fail(r Reason) poll   { return poll{err: r} }
func absentBeside() poll   { return poll{err: Absent, answered: true, sentinel: true} }
func absentAnswered() poll { return poll{err: Absent, answered: true} }

const interval = 15 * time.Second

func ringOf(polls ...poll) (Ring, time.Duration) {
	r := NewRing(interval)
	var end time.Duration
	for i, p := range polls {
		end = time.Duration(i) * interval
		r.Add(p.outcome(end))
	}
	return r, end
}

func (p poll) outcome(end time.Duration) Outcome {
	o := Outcome{At: at(end)}
	if p.err == "" {
		o.Samples = []Sample{{Value: p.value}}
		return o
	}
	o.Err = &Error{Reason: p.err, Answered: p.answered}
	if p.sentinel {
		o.Sentinel = &Sentinel{}
	}
	return o
}

func TestObserve(t *testing.T) {
	zero := total()
	zero.AbsentIsZero = true
	bounded := total()
	bounded.Max = 100
	tests := []struct {
		name     string
		polls    []poll
		later    time.Duration // after the last poll
		rules    Rules
		state    State
		reason   Reason
		value    float64 // NaN: no number
		mayLower bool
	}{
		{name: "never polled", rules: total(), state: StateAbsent, reason: NotPolled, value: math.NaN()},
		{name: "two samples are not confirmed", polls: []poll{ok(9), ok(5)}, rules: total(), state: StateFresh, value: 9},
		{name: "three samples are", polls: []poll{ok(9), ok(9), ok(9)}, rules: total(), state: StateFresh, value: 9, mayLower: true},
		{name: "rising is never delayed", polls: []poll{ok(1), ok(1), ok(1), ok(50)}, rules: total(), state: StateFresh, value: 50, mayLower: true},
		{name: "falling a little needs one", polls: []poll{ok(50), ok(50), ok(50), ok(40)}, rules: total(), state: StateFresh, value: 40, mayLower: true},
		{name: "collapsing needs two", polls: []poll{ok(50), ok(50), ok(50), ok(9)}, rules: total(), state: StateFresh, value: 50, mayLower: true},
		{name: "collapsed twice", polls: []poll{ok(50), ok(50), ok(50), ok(9), ok(8)}, rules: total(), state: StateFresh, value: 9, mayLower: true},
		{name: "zero needs two", polls: []poll{ok(1), ok(1), ok(1), ok(0)}, rules: total(), state: StateFresh, value: 1, mayLower: true},
		{name: "zero twice", polls: []poll{ok(1), ok(1), ok(1), ok(0), ok(0)}, rules: total(), state: StateFresh, value: 0, mayLower: true},
		{name: "stale total is held", polls: []poll{ok(7), ok(7), ok(7), fail(Timeout)}, later: time.Minute, rules: total(), state: StateStale, reason: Timeout, value: 7},
		{name: "stale ratio is not", polls: []poll{ok(7), ok(7), ok(7), fail(Timeout)}, later: time.Minute, rules: perReplica(), state: StateStale, reason: Timeout, value: math.NaN()},
		{name: "fresh with a failed poll still counts", polls: []poll{ok(7), ok(7), ok(7), fail(Timeout)}, rules: perReplica(), state: StateFresh, reason: Timeout, value: 7, mayLower: true},
		{name: "after a failure three again", polls: []poll{ok(7), ok(7), ok(7), fail(Timeout), ok(3), ok(2)}, rules: total(), state: StateFresh, value: 7, mayLower: true},
		{name: "after a failure three came", polls: []poll{ok(7), fail(Timeout), ok(3), ok(2), ok(2)}, rules: total(), state: StateFresh, value: 2, mayLower: true},
		{name: "no more polls", polls: []poll{ok(7)}, later: 11 * time.Minute, rules: total(), state: StateExpired, value: math.NaN()},
		{name: "dead source names its reason", polls: []poll{ok(7), fail(Missing)}, later: 11 * time.Minute, rules: total(), state: StateMissing, reason: Missing, value: math.NaN()},
		{name: "throttled from the start", polls: []poll{fail(Throttled)}, rules: total(), state: StateError, reason: Throttled, value: math.NaN()},
		{name: "no datapoint", polls: []poll{absentAnswered()}, rules: total(), state: StateAbsent, reason: Absent, value: math.NaN()},
		{name: "no datapoint beside a sentinel, not asked for", polls: []poll{absentBeside()}, rules: total(), state: StateAbsent, reason: Absent, value: math.NaN()},
		{name: "no datapoint beside a sentinel is zero", polls: []poll{absentBeside(), absentBeside(), absentBeside()}, rules: zero, state: StateFresh, value: 0, mayLower: true},
		{name: "such a zero is confirmed like any", polls: []poll{ok(4), ok(4), ok(4), absentBeside()}, rules: zero, state: StateFresh, value: 4, mayLower: true},
		{name: "no datapoint without the sentinel is not zero", polls: []poll{ok(4), ok(4), ok(4), absentAnswered()}, later: time.Minute, rules: zero, state: StateStale, reason: Absent, value: 4},
		{name: "not a number", polls: []poll{ok(math.NaN())}, rules: total(), state: StateInvalid, reason: Invalid, value: math.NaN()},
		{name: "infinite", polls: []poll{ok(math.Inf(1))}, rules: total(), state: StateInvalid, reason: Invalid, value: math.NaN()},
		{name: "negative", polls: []poll{ok(-1)}, rules: total(), state: StateInvalid, reason: Invalid, value: math.NaN()},
		{name: "beyond what can be served", polls: []poll{ok(1e16)}, rules: total(), state: StateInvalid, reason: Invalid, value: math.NaN()},
		{name: "beyond its range keeps the last good", polls: []poll{ok(50), ok(50), ok(50), ok(101)}, rules: bounded, state: StateFresh, reason: Invalid, value: 50, mayLower: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, end := ringOf(tt.polls...)
			o := r.Observe(at(end+tt.later), tt.rules)
			require.Equal(t, tt.state, o.State())
			require.Equal(t, tt.reason, o.Reason())
			k, isKnown := o.(Known)
			require.Equal(t, !math.IsNaN(tt.value), isKnown, "has a number")
			if isKnown {
				require.InDelta(t, tt.value, k.Value(), 0)
				require.Equal(t, tt.mayLower, k.MayLower(), "may lower")
			}
		})
	}
}

func TestSamplesWithInstantsOfTheProvider(t *testing.T) {
	sample := func(end, at time.Duration, v float64) Outcome {
		return Outcome{At: Instant{Wall: epoch.Add(end), Mono: end}, Samples: []Sample{{At: epoch.Add(at), Value: v}}}
	}
	t.Run("two polls of one datapoint are one", func(t *testing.T) {
		r := NewRing(interval)
		for i := range 6 {
			r.Add(sample(time.Duration(i)*interval, 0, 5))
		}
		k := r.Observe(at(75*time.Second), Rules{Kind: Total, FreshFor: 3 * time.Minute, HoldFor: 10 * time.Minute, Max: MaxValue}).(Known)
		require.False(t, k.MayLower())
		age, _ := k.Age()
		require.Equal(t, 75*time.Second, age)
	})
	t.Run("the newest reading of a datapoint counts", func(t *testing.T) {
		r := NewRing(interval)
		r.Add(sample(0, 0, 5))
		r.Add(sample(interval, 0, 6))
		require.InDelta(t, 6, r.Observe(at(interval), total()).(Known).Value(), 0)
	})
	t.Run("older than the one before is invalid", func(t *testing.T) {
		r := NewRing(interval)
		r.Add(sample(0, 0, 5))
		r.Add(sample(interval, -time.Minute, 1))
		o := r.Observe(at(interval), total())
		require.Equal(t, Invalid, o.Reason())
		require.InDelta(t, 5, o.(Known).Value(), 0)
	})
	t.Run("from the future", func(t *testing.T) {
		r := NewRing(interval)
		r.Add(sample(0, 3*time.Minute, 5))
		require.Equal(t, StateInvalid, r.Observe(at(0), total()).State())
		r = NewRing(interval)
		r.Add(sample(0, time.Minute, 5))
		age, _ := r.Observe(at(0), total()).Age()
		require.Zero(t, age)
	})
	t.Run("the provider's skew is taken out of the age", func(t *testing.T) {
		r := NewRing(interval)
		o := sample(0, -time.Minute, 5)
		o.Skew = -time.Minute // its clock is a minute behind: the sample is from now
		r.Add(o)
		age, _ := r.Observe(at(0), total()).Age()
		require.Zero(t, age)
	})
	t.Run("beyond two minutes of skew its instants may not lower", func(t *testing.T) {
		r := NewRing(interval)
		for i := range 3 {
			o := sample(time.Duration(i)*interval, time.Duration(i)*interval-3*time.Minute, 5)
			o.Skew = -3 * time.Minute
			r.Add(o)
		}
		k := r.Observe(at(2*interval), total()).(Known)
		require.Equal(t, StateFresh, k.State())
		require.False(t, k.MayLower())
	})
}

func TestClockStepsChangeNoAge(t *testing.T) {
	r := NewRing(interval)
	wall := epoch
	for i := range 4 {
		wall = wall.Add(interval)
		if i == 2 {
			wall = wall.Add(-time.Hour) // NTP
		}
		mono := time.Duration(i) * interval
		r.Add(Outcome{At: Instant{Wall: wall, Mono: mono}, Samples: []Sample{{Value: 3}}})
	}
	now := Instant{Wall: wall.Add(5 * time.Hour), Mono: 3*interval + 10*time.Second}
	k := r.Observe(now, total()).(Known)
	age, _ := k.Age()
	require.Equal(t, 10*time.Second, age)
	require.True(t, k.MayLower())
}

func TestInstantsNobodyCanHave(t *testing.T) {
	for _, year := range []int{2400, 9999, 2, 1700} {
		r := NewRing(interval)
		r.Add(Outcome{At: at(0), Samples: []Sample{{At: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), Value: 5}}})
		o := r.Observe(at(time.Second), total())
		require.NotEqual(t, StateFresh, o.State(), year)
		_, isKnown := o.(Known)
		require.False(t, isKnown, year)
	}
}

func TestZeroByAbsence(t *testing.T) {
	rules := total()
	rules.AbsentIsZero, rules.FreshFor = true, 3*time.Minute
	absentAt := func(end, sentinel time.Duration) Outcome {
		return Outcome{At: at(end), Err: &Error{Reason: Absent}, Sentinel: &Sentinel{At: epoch.Add(sentinel)}}
	}
	sample := func(end, at1 time.Duration, v float64) Outcome {
		return Outcome{At: at(end), Samples: []Sample{{At: epoch.Add(at1), Value: v}}}
	}
	t.Run("a sentinel from the future vouches for nothing", func(t *testing.T) {
		r := NewRing(time.Minute)
		r.Add(absentAt(0, time.Hour))
		require.Equal(t, StateAbsent, r.Observe(at(0), rules).State())
	})
	t.Run("a late datapoint shows that it was wrong", func(t *testing.T) {
		r := NewRing(time.Minute)
		r.Add(absentAt(5*time.Minute, 4*time.Minute))
		r.Add(sample(6*time.Minute, 3*time.Minute+30*time.Second, 500))
		require.InDelta(t, 500, r.Observe(at(6*time.Minute), rules).(Known).Value(), 0)
	})
	t.Run("it does not overwrite a datapoint of its instant", func(t *testing.T) {
		r := NewRing(time.Minute)
		r.Add(sample(5*time.Minute, 4*time.Minute, 500))
		r.Add(absentAt(6*time.Minute, 4*time.Minute))
		require.InDelta(t, 500, r.Observe(at(6*time.Minute), rules).(Known).Value(), 0)
	})
}

func TestASkewThatIsGone(t *testing.T) {
	r := NewRing(interval)
	o := ok(1).outcome(0)
	o.Skew = 40 * time.Second
	r.Add(o)
	require.Equal(t, 40*time.Second, r.Skew)
	r.Add(ok(1).outcome(interval))
	require.Zero(t, r.Skew)
}

func TestGarbageEvictsNoSample(t *testing.T) {
	r := NewRing(interval)
	r.Bound(0, MaxValue)
	end := time.Duration(0)
	for _, p := range append([]poll{ok(7), ok(7), ok(7)}, slices.Repeat([]poll{ok(-1)}, 30)...) {
		r.Add(p.outcome(end))
		end += interval
	}
	o := r.Observe(at(end), total())
	require.Equal(t, StateStale, o.State())
	require.Equal(t, Invalid, o.Reason())
}

func TestNothingToSayIsNotSaidForEver(t *testing.T) {
	r, end := ringOf(ok(7), absentAnswered())
	require.True(t, r.Observe(at(end), perReplica()).Answered())
	require.False(t, r.Observe(at(end+time.Minute), perReplica()).Answered(), "no outcome since")
}

func TestRunOfFailuresEvictsNoSample(t *testing.T) {
	r, end := ringOf(ok(7), ok(7), ok(7))
	for i := range 1000 {
		r.Add(fail(Timeout).outcome(end + time.Duration(i)*time.Millisecond))
	}
	require.InDelta(t, 7, r.Observe(at(end+time.Second), total()).(Known).Value(), 0)
	require.LessOrEqual(t, len(r.Entries), r.Limit)
}

// drawPolls draws sequences of outcomes in which failures, zeros and collapses
// are frequent.
func drawPolls(t *rapid.T) []poll {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) poll {
		switch rapid.IntRange(0, 5).Draw(t, "outcome") {
		case 0:
			return fail(rapid.SampledFrom(Reasons()).Draw(t, "reason"))
		case 1:
			return ok(0)
		case 2:
			return ok(rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, -0.0004, 9.3e15, 1e16, 1e308}).Draw(t, "garbage"))
		case 3:
			return absentBeside()
		default:
			return ok(rapid.Float64Range(0, 1000).Draw(t, "value"))
		}
	}), 0, 60).Draw(t, "polls")
}

func TestPropertiesOfObservations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		polls := drawPolls(t)
		rules := rapid.SampledFrom([]Rules{total(), perReplica(), {Kind: Total, FreshFor: 45 * time.Second, HoldFor: 2 * time.Minute, Max: 500, AbsentIsZero: true}}).Draw(t, "rules")
		r := NewRing(interval)
		var end time.Duration
		var valid []float64 // newest last
		var ends []time.Duration
		sinceFail := 0
		for i, p := range polls {
			end = time.Duration(i) * interval
			r.Add(p.outcome(end))
			switch {
			case p.err == "" && p.value >= rules.Min && p.value <= rules.Max:
				valid, ends, sinceFail = append(valid, p.value), append(ends, end), sinceFail+1
			case p.sentinel && rules.AbsentIsZero:
				valid, ends, sinceFail = append(valid, 0), append(ends, end), sinceFail+1
			default:
				sinceFail = 0
			}
		}
		later := time.Duration(rapid.Int64Range(0, int64(15*time.Minute)).Draw(t, "later"))
		now := at(end + later)
		o := r.Observe(now, rules)
		k, isKnown := o.(Known)

		require.LessOrEqual(t, len(r.Entries), r.Limit)
		require.Equal(t, o, r.Observe(now, rules), "a pure function")
		if !isKnown {
			return
		}
		age, seen := o.Age()
		require.True(t, seen)
		require.LessOrEqual(t, age, rules.HoldFor)
		require.True(t, o.State() == StateFresh || (o.State() == StateStale && rules.Kind == Total), "only these have numbers")
		require.GreaterOrEqual(t, k.Value(), rules.Min)
		require.LessOrEqual(t, k.Value(), rules.Max)
		require.GreaterOrEqual(t, k.Expires(), now.Mono)
		held := 0 // samples within holdFor
		for _, end := range ends {
			if now.Mono-end <= rules.HoldFor {
				held++
			}
		}
		if k.MayLower() {
			require.Equal(t, StateFresh, o.State())
			require.GreaterOrEqual(t, held, confirmMost, "as many as it needs are there")
		}
		require.GreaterOrEqual(t, k.Value(), valid[len(valid)-1], "rising is never delayed")
		if sinceFail < confirmMost {
			for _, v := range valid[len(valid)-min(confirmMost, held):] {
				require.GreaterOrEqual(t, k.Value(), v, "quarantine: the largest of three")
			}
		}
	})
}

// FuzzRing feeds arbitrary instants and values.
func FuzzRing(f *testing.F) {
	f.Add(int64(0), int64(0), 1.0, int64(0), 2.0)
	f.Fuzz(func(t *testing.T, at1, skew int64, v1 float64, at2 int64, v2 float64) {
		r := NewRing(interval)
		r.Add(Outcome{At: at(0), Samples: []Sample{{At: time.Unix(0, at1), Value: v1}}, Skew: time.Duration(skew)})
		r.Add(Outcome{At: at(interval), Samples: []Sample{{At: time.Unix(0, at2), Value: v2}}, Skew: time.Duration(skew)})
		if k, isKnown := r.Observe(at(interval), total()).(Known); isKnown {
			require.False(t, k.MayLower())
			require.GreaterOrEqual(t, k.Value(), 0.0)
			require.LessOrEqual(t, k.Value(), MaxValue)
		}
	})
}
