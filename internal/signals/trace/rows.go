package trace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	header  = "timestamp,value"
	maxLine = 256
)

// Row is a line of a trace.
type Row struct {
	Line  int // from 1, which is the header
	At    time.Time
	Value float64
}

// Rows reads the rows of a CSV of timestamp,value one by one: that header, then an RFC
// 3339 instant, given in UTC, and a finite number a line. Their order is as it is. It ends
// with the first error, which tells the line, and holds no more than a line.
func Rows(r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, maxLine), maxLine)
		n := 0
		for lines.Scan() {
			n++
			row, err := parse(n, lines.Text())
			if n == 1 && err == nil {
				continue
			}
			if err != nil {
				yield(Row{Line: n}, fmt.Errorf("line %d: %w", n, err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := ended(n, lines.Err()); err != nil {
			yield(Row{Line: n + 1}, err)
		}
	}
}

// ended tells why there is no line after the nth.
func ended(n int, err error) error {
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("line %d: longer than %d bytes", n+1, maxLine)
	case err != nil:
		return fmt.Errorf("read line %d: %w", n+1, err)
	case n == 0:
		return errors.New("line 1: the header " + header + " is missing")
	}
	return nil
}

func parse(n int, text string) (Row, error) {
	if n == 1 {
		if strings.TrimPrefix(text, "\ufeff") != header {
			return Row{}, errors.New("the header " + header + " is missing")
		}
		return Row{}, nil
	}
	at, value, err := row(text)
	return Row{Line: n, At: at, Value: value}, err
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
