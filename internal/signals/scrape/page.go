package scrape

import (
	"bytes"
	"mime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	// maxBody is the largest page in bytes, decompressed.
	maxBody = 4 << 20
	// maxSeries is how many series of a page may match.
	maxSeries = 1000
)

const (
	textType        = "text/plain"
	openMetricsType = "application/openmetrics-text"
)

// found is what of a page matches a number.
type found struct {
	points []point
	// named says that a series has the name, whatever its labels.
	named bool
}

// point is a series on a page.
type point struct {
	series string // its name and labels
	value  float64
	at     time.Time // zero: the page does not tell
}

// find reads a page once, and collects what matches each number. A page with a line
// that is none is refused as a whole, as Prometheus does.
func find(body []byte, contentType string, numbers []*number) ([]found, *signals.Error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || (media != textType && media != openMetricsType) {
		return nil, parse("the answer's content type is neither text/plain nor OpenMetrics")
	}
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		return nil, parse("the answer is not text")
	}
	openMetrics := media == openMetricsType
	page, failed := whole(string(body), openMetrics)
	if failed != nil {
		return nil, failed
	}
	all := make([]found, len(numbers))
	for text := range strings.Lines(page) {
		text = strings.TrimLeft(strings.TrimSuffix(text, "\n"), " \t")
		if text == "" || text[0] == '#' {
			continue
		}
		l, ok := parseLine(text, openMetrics)
		if !ok {
			return nil, parse("the answer is no page of metrics")
		}
		if failed := collect(l, numbers, all); failed != nil {
			return nil, failed
		}
	}
	return all, nil
}

// whole is a page without its end, by which it is known not to have broken off: in
// OpenMetrics a mark, else the break of the last line.
func whole(page string, openMetrics bool) (string, *signals.Error) {
	if openMetrics {
		rest, ok := strings.CutSuffix(strings.TrimSuffix(page, "\n"), "# EOF")
		if !ok || (rest != "" && !strings.HasSuffix(rest, "\n")) {
			return "", parse("the answer broke off")
		}
		return rest, nil
	}
	if page != "" && !strings.HasSuffix(page, "\n") {
		return "", parse("the answer broke off")
	}
	return page, nil
}

// collect keeps a line for the numbers that it matches.
func collect(l line, numbers []*number, all []found) *signals.Error {
	for i, n := range numbers {
		if l.name != n.metric {
			continue
		}
		all[i].named = true
		if !n.matches(l) {
			continue
		}
		if len(all[i].points) == maxSeries {
			return parse("more than 1000 series match; give more labels")
		}
		all[i].points = append(all[i].points, point{series: l.series(), value: l.value, at: l.at})
	}
	return nil
}

func parse(detail string) *signals.Error {
	return &signals.Error{Reason: signals.Parse, Detail: detail}
}
