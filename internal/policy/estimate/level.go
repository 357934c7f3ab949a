package estimate

import (
	"math"
	"time"
)

// Level follows a rate by its latest samples, each the mean over the time since the
// one before it. The zero value has seen none.
type Level struct {
	Samples []Sample `json:"samples,omitempty"` // oldest first
	// Over is what the mean is over, above 0: a setting, of whoever follows.
	Over time.Duration `json:"-"`
}

// Sample is a rate at an instant of the monotonic clock.
type Sample struct {
	At    time.Duration `json:"at"`
	Value float64       `json:"v"`
	// N is how many samples it is the mean of.
	N int `json:"n"`
}

const (
	// The bounds of what the mean is over.
	shortestLevel, longestLevel = 5 * time.Second, time.Minute

	slopeOver   = 4                  // samples at least, where they are rarer than that
	levelGrain  = 12                 // of what the mean is over: samples nearer than one are one
	mostSamples = 16                 // kept
	firstSpan   = 15 * time.Second   // what the first sample is taken to be the mean of
	noiseSigmas = 3                  // above which a sample is no count noise
	slopeSigmas = 2                  // above which a slope is none
	gapFactor   = 3                  // times the usual spacing, and it is a gap
	leastGap    = 30 * time.Second   // what is no gap at all
	longestGap  = 24 * 3 * time.Hour // no spacing is longer
)

// Add takes a newer sample in, and tells how long it stands for; 0: it is not newer,
// or the first, or the first after a gap, which begins the level anew.
func (l *Level) Add(at time.Duration, value float64) time.Duration {
	n := len(l.Samples)
	if n == 0 {
		l.Samples = append(l.Samples, Sample{at, value, 1})
		return 0
	}
	last := &l.Samples[n-1]
	span := at - last.At
	if span <= 0 {
		return 0
	}
	if span > max(leastGap, gapFactor*l.spacing()) && (n > 1 || span > longestGap) {
		l.Samples = append(l.Samples[:0], Sample{at, value, 1})
		return 0
	}
	if n > 1 && at-l.Samples[n-2].At <= l.Over/levelGrain {
		last.Value += (value - last.Value) / float64(last.N+1)
		last.At, last.N = at, last.N+1
		return span
	}
	if n == mostSamples {
		l.Samples = l.Samples[:copy(l.Samples, l.Samples[1:])]
	}
	l.Samples = append(l.Samples, Sample{at, value, 1})
	return span
}

// spacing is the time that the newest sample stands for.
func (l *Level) spacing() time.Duration {
	n := len(l.Samples)
	if n < 2 {
		return firstSpan
	}
	return l.Samples[n-1].At - l.Samples[n-2].At
}

// Reading is what a level says.
type Reading struct {
	// Mean of the last minute at most, or of the newest sample where they are rarer.
	Mean float64 `json:"mean"`
	// Slope, a second, if it is up and count noise does not explain it; else 0.
	Slope float64 `json:"slope,omitempty"`
	// Ahead is the mean with half of what the slope adds until the horizon, or the
	// newest sample where that is more and count noise does not explain it; 0: neither
	// is above the mean.
	Ahead float64 `json:"ahead,omitempty"`
	// Jump says that the newest sample decided.
	Jump bool `json:"jump,omitempty"`
}

// Read is the level for a horizon. It does not fall when the newest sample is larger.
func (l *Level) Read(horizon time.Duration) Reading {
	n := len(l.Samples)
	if n == 0 {
		return Reading{}
	}
	newest := l.Samples[n-1]
	sum, count, rest := 0.0, 0.0, newest.Value
	for _, s := range l.since(l.Over) {
		sum, count = sum+s.Value, count+1
	}
	if count > 1 {
		rest = (sum - newest.Value) / (count - 1)
	} else if n > 1 {
		rest = l.Samples[n-2].Value
	}
	r := Reading{Mean: sum / count}
	noise := math.Sqrt(max(rest, 0) / l.spacing().Seconds())
	r.Slope = l.slope(noise, horizon)
	if r.Slope > 0 {
		r.Ahead = r.Mean + r.Slope*horizon.Seconds()/2
	}
	if newest.Value > r.Mean && newest.Value > rest+noiseSigmas*noise && newest.Value > r.Ahead {
		r.Ahead, r.Jump = newest.Value, true
	}
	return r
}

// since are the samples of the latest time.
func (l *Level) since(span time.Duration) []Sample {
	from := l.Samples[len(l.Samples)-1].At - span
	for i, s := range l.Samples {
		if s.At > from {
			return l.Samples[i:]
		}
	}
	return nil
}

// slope is that of the line of least squares over what the mean is over, and at least
// half as long as it is to tell of, if it is up by more than the noise of single samples
// explains.
func (l *Level) slope(noise float64, horizon time.Duration) float64 {
	part := l.since(max(l.Over, horizon/2, slopeOver*l.spacing()))
	if len(part) < 3 {
		return 0
	}
	last := part[len(part)-1].At
	var t, v float64
	for _, s := range part {
		t, v = t+(s.At-last).Seconds(), v+s.Value
	}
	t, v = t/float64(len(part)), v/float64(len(part))
	var square, product float64
	for _, s := range part {
		x := (s.At - last).Seconds() - t
		square, product = square+x*x, product+x*(s.Value-v)
	}
	slope := product / square
	if slope*math.Sqrt(square) <= slopeSigmas*noise {
		return 0
	}
	return slope
}

func (l *Level) moved(by time.Duration) Level {
	out := Level{Over: l.Over, Samples: append([]Sample(nil), l.Samples...)}
	for i := range out.Samples {
		out.Samples[i].At += by
	}
	return out
}
