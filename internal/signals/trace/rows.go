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
	"unicode/utf8"
)

const (
	header  = "timestamp,value"
	maxLine = 256
	// maxShown is how much of a line an error tells.
	maxShown = 64
)

// Row is a line of a trace.
type Row struct {
	Line  int // from 1, which is the header
	At    time.Time
	Value float64
}

// Rows reads the rows of a CSV of timestamp,value one by one: that header, then an RFC
// 3339 instant, given in UTC, and a finite number a line. Their order is as it is. A
// byte order mark, CRLF, capitals in the header, blanks and quotes around a field and
// empty lines are as if they were not there. It ends with the first error, which tells
// the line, and holds no more than a line.
func Rows(r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, maxLine), maxLine)
		n := 0
		for lines.Scan() {
			n++
			if n > 1 && strings.TrimSpace(lines.Text()) == "" {
				continue
			}
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
		return errors.New("line 1: the header " + header + " is missing: the file is empty")
	}
	return nil
}

func parse(n int, text string) (Row, error) {
	if n == 1 {
		return Row{}, checkHeader(strings.TrimPrefix(text, "\ufeff"))
	}
	at, value, err := row(text)
	return Row{Line: n, At: at, Value: value}, err
}

func checkHeader(text string) error {
	left, right, _ := strings.Cut(text, ",")
	switch {
	case strings.EqualFold(field(left)+","+field(right), header):
		return nil
	case strings.HasPrefix(text, "\x1f\x8b"):
		return errors.New("the header " + header + " is missing: the file is compressed; unpack it first")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return errors.New("the header " + header + " is missing: the file is not text in UTF-8")
	case len(text) > maxShown:
		return errors.New("the header " + header + " is missing")
	}
	return fmt.Errorf("the header %s is missing: this is %q", header, text)
}

// field is what a column holds, without what programs put around it.
func field(text string) string {
	text = strings.TrimSpace(text)
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
		text = text[1 : n-1]
	}
	return text
}

func row(text string) (time.Time, float64, error) {
	left, right, ok := strings.Cut(text, ",")
	if n := strings.Count(text, ","); !ok || n > 1 {
		return time.Time{}, 0, fmt.Errorf("a row is timestamp,value: this has %d commas, not one", n)
	}
	left, right = field(left), field(right)
	at, err := time.Parse(time.RFC3339Nano, left)
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("%q is not an RFC 3339 timestamp, which is as 2026-03-01T12:00:00Z", left)
	}
	value, err := strconv.ParseFloat(right, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return time.Time{}, 0, fmt.Errorf("%q is not a finite number", right)
	}
	return at.UTC(), value, nil
}
