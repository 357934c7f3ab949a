// Package trace gives a replay its traffic: from a CSV of timestamp,value, where a value
// is the mean of arrivals per second over the time that its row covers, or made up.
// What no row covers is unknown, never zero. A file is streamed: the memory does not
// grow with it.
package trace

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/signals/trace"
)

const (
	gapAbove = 1.5 // steps between two rows
	maxSpan  = 25 * 366 * 24 * time.Hour
	// changed is after how many equal gaps in a row they are another step.
	changed = 3
)

// Span is a stretch of constant traffic.
type Span struct {
	From, To time.Time
	// PerSecond is the mean of arrivals per second.
	PerSecond float64
	Known     bool // false: a gap
}

// Stream reads a trace once, from its beginning to its end.
type Stream struct {
	r       io.Reader
	repairs Repairs
}

// NewStream reads a trace: a header timestamp,value, then at least two rows of an RFC
// 3339 instant, in any zone, and a rate, from 0 to a billion a second.
//
// Repaired, and told by Repairs: rows out of order by fewer than 4096 rows, and rows that are
// there twice. The step is the median of the first 4096 rows; a row covers the time
// up to the next, or one step if that is more than 1.5 steps away: then there is a gap.
// Errors, with the line: anything that is not a number, negative, or larger; two
// values for an instant; three equal gaps in a row, which are another step; more than
// 25 years.
func NewStream(r io.Reader) *Stream { return &Stream{r: r} }

// Repairs is what was repaired in what has been read.
func (s *Stream) Repairs() Repairs { return s.repairs }

// Spans are the rows and the gaps between them, each beginning where the last ended.
// They end with the first error. They can be had once.
func (s *Stream) Spans() iter.Seq2[Span, error] {
	return func(yield func(Span, error) bool) {
		var head []trace.Row
		var c *cutter
		for row, err := range ordered(s.r, &s.repairs) {
			if err != nil {
				yield(Span{}, err)
				return
			}
			if c != nil {
				if !c.next(row, yield) {
					return
				}
				continue
			}
			if head = append(head, row); len(head) == window {
				if c = s.begin(head, yield); c == nil {
					return
				}
			}
		}
		switch {
		case c != nil:
		case len(head) < 2:
			yield(Span{}, errors.New("at least two rows are needed, which tell how long one lasts"))
			return
		default:
			c = s.begin(head, yield)
		}
		if c != nil {
			yield(Span{c.last.At, c.last.At.Add(c.step), c.last.Value, true}, nil)
		}
	}
}

// begin gives the first rows on, whose median is the step. It is nil at the end.
func (s *Stream) begin(head []trace.Row, yield func(Span, error) bool) *cutter {
	steps := make([]time.Duration, 0, len(head)-1)
	for i, r := range head[1:] {
		steps = append(steps, r.At.Sub(head[i].At))
	}
	slices.Sort(steps)
	c := &cutter{step: steps[len(steps)/2], start: head[0].At, last: head[0], repairs: &s.repairs}
	for _, r := range head[1:] {
		if !c.next(r, yield) {
			return nil
		}
	}
	return c
}

// cutter cuts the time between rows into what is covered and what is not.
type cutter struct {
	step    time.Duration
	start   time.Time
	last    trace.Row
	gap     time.Duration // the last one; 0: there was none
	same    int           // how often it came in a row
	repairs *Repairs
}

// next takes a row in. It is false at the end.
func (c *cutter) next(r trace.Row, yield func(Span, error) bool) bool {
	last, between := c.last, r.At.Sub(c.last.At)
	c.last = r
	if r.At.Sub(c.start) > maxSpan {
		yield(Span{}, fmt.Errorf("line %d: more than 25 years after the first row", r.Line))
		return false
	}
	if float64(between) <= gapAbove*float64(c.step) {
		c.gap, c.same = 0, 0
		return yield(Span{last.At, r.At, last.Value, true}, nil)
	}
	if between != c.gap {
		c.same = 0
	}
	c.gap = between
	if c.same++; c.same == changed {
		yield(Span{}, fmt.Errorf("line %d: the step changes from %v to %v: split the file there", r.Line, c.step, between))
		return false
	}
	covered := last.At.Add(c.step)
	note(&c.repairs.Gaps, &c.repairs.FirstGap, r.Line)
	c.repairs.Missing += r.At.Sub(covered)
	return yield(Span{last.At, covered, last.Value, true}, nil) && yield(Span{From: covered, To: r.At}, nil)
}
