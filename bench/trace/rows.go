package trace

import (
	"container/heap"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/scaler-dev/scaler/internal/signals/trace"
)

const (
	// window is how many rows are held to put them in order, and how many decide the step.
	window  = 4096
	maxRate = 1e9
)

// Repairs is what was wrong with a trace and has been put right, with the line where
// each was found first. Its strings are sentences for the user.
type Repairs struct {
	// Reordered rows came after a later one.
	Reordered, FirstReordered int
	// Repeated rows were equal to another, instant and value, and left out.
	Repeated, FirstRepeated int
	// Gaps is how often rows are missing, and Missing for how long in all: unknown, not
	// 0. The line is of the row after the first.
	Gaps, FirstGap int
	Missing        time.Duration
}

// note counts a repair at a line.
func note(count, first *int, line int) {
	if *count++; *count == 1 {
		*first = line
	}
}

// Strings tells each repair, or nothing.
func (r Repairs) Strings() []string {
	var told []string
	if r.Reordered > 0 {
		told = append(told, counted(r.Reordered, "row", "out of order", r.FirstReordered)+": sorted")
	}
	if r.Repeated > 0 {
		told = append(told, counted(r.Repeated, "row", "there twice", r.FirstRepeated)+": left out")
	}
	if r.Gaps > 0 {
		told = append(told, counted(r.Gaps, "gap", "of "+r.Missing.String()+" in all", r.FirstGap)+": unknown, not zero")
	}
	return told
}

func counted(n int, what, how string, line int) string {
	if n == 1 {
		return fmt.Sprintf("1 %s %s, at line %d", what, how, line)
	}
	return fmt.Sprintf("%d %ss %s, the first at line %d", n, what, how, line)
}

// ordered is the rows by instant, each instant once. It holds at most a window of them.
func ordered(r io.Reader, repairs *Repairs) iter.Seq2[trace.Row, error] {
	return func(yield func(trace.Row, error) bool) {
		q := queue{repairs: repairs}
		for row, err := range trace.Rows(r) {
			if err == nil {
				err = checkRate(row)
			}
			if err != nil {
				yield(row, err)
				return
			}
			if !q.put(row) && !q.take(yield) {
				return
			}
		}
		for len(q.rows) > 0 {
			if !q.take(yield) {
				return
			}
		}
	}
}

func checkRate(r trace.Row) error {
	switch {
	case r.Value < 0:
		return fmt.Errorf("line %d: %v arrivals a second: must not be negative", r.Line, r.Value)
	case r.Value > maxRate:
		return fmt.Errorf("line %d: %v arrivals a second: must not be above a billion", r.Line, r.Value)
	}
	return nil
}

// queue is rows that wait for earlier ones.
type queue struct {
	rows    rows
	repairs *Repairs
	latest  time.Time
	last    trace.Row // that was given on; Line 0: none
}

// put takes a row in, and tells whether there is room for another.
func (q *queue) put(r trace.Row) bool {
	if r.At.Before(q.latest) {
		note(&q.repairs.Reordered, &q.repairs.FirstReordered, r.Line)
	} else {
		q.latest = r.At
	}
	heap.Push(&q.rows, r)
	return len(q.rows) < window
}

// take gives the earliest row on. It is false at the end.
func (q *queue) take(yield func(trace.Row, error) bool) bool {
	r, _ := heap.Pop(&q.rows).(trace.Row)
	if q.last.Line > 0 {
		switch {
		case r.At.Before(q.last.At):
			yield(r, fmt.Errorf("line %d: out of order by more than %d rows: sort the file", r.Line, window))
			return false
		case r.At.Equal(q.last.At) && r.Value != q.last.Value:
			yield(r, fmt.Errorf("line %d: another value for the instant of line %d", r.Line, q.last.Line))
			return false
		case r.At.Equal(q.last.At):
			note(&q.repairs.Repeated, &q.repairs.FirstRepeated, r.Line)
			return true
		}
	}
	q.last = r
	return yield(r, nil)
}

// rows is a heap, the earliest first.
type rows []trace.Row

func (h *rows) Len() int      { return len(*h) }
func (h *rows) Swap(i, j int) { (*h)[i], (*h)[j] = (*h)[j], (*h)[i] }

func (h *rows) Less(i, j int) bool {
	a, b := (*h)[i], (*h)[j]
	if a.At.Equal(b.At) {
		return a.Line < b.Line
	}
	return a.At.Before(b.At)
}

func (h *rows) Push(x any) {
	r, _ := x.(trace.Row)
	*h = append(*h, r)
}

func (h *rows) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}
