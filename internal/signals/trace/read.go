package trace

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

const (
	maxBytes = 64 << 20
	maxRows  = 2_000_000
	maxSpan  = 100 * 365 * 24 * time.Hour
)

// Read reads a CSV of timestamp,value: that header, then at least two rows of an
// RFC 3339 instant and a finite number, with instants that increase. It reads at
// most 64 MiB and 2,000,000 rows. Errors tell the line.
func Read(r io.Reader) (*Series, error) { return read(r, maxRows) }

func read(r io.Reader, most int) (*Series, error) {
	bounded := &io.LimitedReader{R: r, N: maxBytes + 1}
	s := &Series{}
	for row, err := range Rows(bounded) {
		if bounded.N <= 0 {
			break
		}
		if err == nil {
			err = s.add(row, most)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case bounded.N <= 0:
		return nil, errors.New("larger than 64 MiB")
	case len(s.values) < 2:
		return nil, errors.New("at least two rows are needed")
	}
	s.step = median(s.offsets)
	return s, nil
}

// add takes a row in, while there are at most so many.
func (s *Series) add(r Row, most int) error {
	if len(s.values) == most {
		return fmt.Errorf("line %d: more than %d rows", r.Line, most)
	}
	if len(s.values) == 0 {
		s.start = r.At
	}
	offset := r.At.Sub(s.start)
	if i := len(s.offsets); i > 0 && offset <= s.offsets[i-1] {
		return fmt.Errorf("line %d: the timestamp is not later than the one before", r.Line)
	}
	if offset > maxSpan {
		return fmt.Errorf("line %d: the timestamp is more than a century after the first", r.Line)
	}
	s.offsets = append(s.offsets, offset)
	s.values = append(s.values, r.Value)
	return nil
}

// median is the middle one of the steps between offsets.
func median(offsets []time.Duration) time.Duration {
	steps := make([]time.Duration, 0, len(offsets)-1)
	for i, o := range offsets[1:] {
		steps = append(steps, o-offsets[i])
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}
