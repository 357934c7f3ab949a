package trace

import (
	"fmt"
	"io"
	"iter"
	"math"
	"time"
)

// maxSteps bounds a Trace to 256 MiB.
const maxSteps = 32 << 20

// Trace is traffic in steps of equal length, in memory. It is immutable.
type Trace struct {
	Start   time.Time
	Step    time.Duration
	Repairs Repairs
	rates   []float64 // NaN: unknown
}

// Len is the number of steps.
func (t *Trace) Len() int { return len(t.rates) }

// At is the mean of arrivals per second in a step; it is false where that is unknown.
func (t *Trace) At(i int) (perSecond float64, known bool) {
	return t.rates[i], !math.IsNaN(t.rates[i])
}

// Loads are all steps, arrivals per second, NaN where unknown, as the oracle takes
// them. The caller must not change them.
func (t *Trace) Loads() []float64 { return t.rates }

// Read reads a whole trace in steps of a length; see NewStream and Resample.
func Read(r io.Reader, step time.Duration) (*Trace, error) {
	s := NewStream(r)
	t := &Trace{Step: step}
	for span, err := range Resample(s.Spans(), step) {
		switch {
		case err != nil:
			return nil, err
		case len(t.rates) == maxSteps:
			return nil, fmt.Errorf("the trace has more than %d steps of %v", maxSteps, step)
		case len(t.rates) == 0:
			t.Start = span.From
		}
		if !span.Known {
			span.PerSecond = math.NaN()
		}
		t.rates = append(t.rates, span.PerSecond)
	}
	t.Repairs = s.Repairs()
	return t, nil
}

// Resample cuts spans, each of which begins where the last ended, into steps of a
// length from the first one's beginning. A step is the mean of what is known of it,
// weighted by time, and unknown if that is less than half of it. The last step
// may reach beyond the end, which counts as unknown.
func Resample(spans iter.Seq2[Span, error], step time.Duration) iter.Seq2[Span, error] {
	return func(yield func(Span, error) bool) {
		if step <= 0 {
			yield(Span{}, fmt.Errorf("the step %v must be above 0", step))
			return
		}
		var b bin
		begun := false
		for span, err := range spans {
			if err != nil {
				yield(Span{}, err)
				return
			}
			if !begun {
				b.from, begun = span.From, true
			}
			for at := span.From; at.Before(span.To); {
				end := b.from.Add(step)
				if span.To.Before(end) {
					end = span.To
				}
				b.add(end.Sub(at), span)
				if at = end; at.Equal(b.from.Add(step)) && !yield(b.cut(step), nil) {
					return
				}
			}
		}
		if b.known > 0 {
			yield(b.cut(step), nil)
		}
	}
}

// bin is a step in the making.
type bin struct {
	from            time.Time
	known, arrivals float64 // seconds, and arrivals in them
}

func (b *bin) add(d time.Duration, s Span) {
	if s.Known {
		b.known += d.Seconds()
		b.arrivals += d.Seconds() * s.PerSecond
	}
}

// cut ends the step and begins the next.
func (b *bin) cut(step time.Duration) Span {
	s := Span{From: b.from, To: b.from.Add(step), Known: b.known > 0 && b.known >= step.Seconds()/2}
	if s.Known {
		s.PerSecond = b.arrivals / b.known
	}
	*b = bin{from: s.To}
	return s
}
