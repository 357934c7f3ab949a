package trace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	header   = "timestamp,value"
	maxBytes = 64 << 20
	maxRows  = 2_000_000
	maxLine  = 256
	maxSpan  = 100 * 365 * 24 * time.Hour
)

// Read reads a CSV of timestamp,value: that header, then at least two rows of an
// RFC 3339 instant and a finite number, with instants that increase. It reads at
// most 64 MiB and 2,000,000 rows. Errors tell the line.
func Read(r io.Reader) (*Series, error) { return read(r, maxRows) }

func read(r io.Reader, most int) (*Series, error) {
	bounded := &io.LimitedReader{R: r, N: maxBytes + 1}
	lines := bufio.NewScanner(bounded)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	s := &Series{}
	n := 0
	for lines.Scan() && bounded.N > 0 {
		n++
		if err := s.line(n, lines.Text(), most); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	switch err := lines.Err(); {
	case bounded.N <= 0:
		return nil, errors.New("larger than 64 MiB")
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: longer than %d bytes", n+1, maxLine)
	case err != nil:
		return nil, fmt.Errorf("read line %d: %w", n+1, err)
	case n == 0:
		return nil, errors.New("line 1: the header " + header + " is missing")
	case len(s.values) < 2:
		return nil, errors.New("at least two rows are needed")
	}
	s.step = median(s.offsets)
	return s, nil
}

// line takes one line in, while there are at most so many rows.
func (s *Series) line(n int, text string, most int) error {
	switch {
	case n == 1:
		if strings.TrimPrefix(text, "\ufeff") != header {
			return errors.New("the header " + header + " is missing")
		}
		return nil
	case len(s.values) == most:
		return fmt.Errorf("more than %d rows", most)
	}
	at, value, err := row(text)
	if err != nil {
		return err
	}
	if len(s.values) == 0 {
		s.start = at
	}
	offset := at.Sub(s.start)
	if i := len(s.offsets); i > 0 && offset <= s.offsets[i-1] {
		return errors.New("the timestamp is not later than the one before")
	}
	if offset > maxSpan {
		return errors.New("the timestamp is more than a century after the first")
	}
	s.offsets = append(s.offsets, offset)
	s.values = append(s.values, value)
	return nil
}

func row(text string) (time.Time, float64, error) {
	left, right, ok := strings.Cut(text, ",")
	if !ok || strings.Contains(right, ",") {
		return time.Time{}, 0, errors.New("a row is timestamp,value")
	}
	at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(left))
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("%q is not an RFC 3339 timestamp", left)
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(right), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return time.Time{}, 0, fmt.Errorf("%q is not a finite number", right)
	}
	return at.UTC(), value, nil
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
