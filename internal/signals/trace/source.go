// Package trace replays a recorded series as if it happened now, for
// demonstrations and tests.
package trace

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Source replays a series. It starts at the end of the first fetch's window.
type Source struct {
	subjects []signals.Subject
	series   *Series
	speed    float64
	repeat   bool
	started  time.Time // zero before the first fetch
}

var _ signals.Source = (*Source)(nil)

// New reads and checks the file, once, and makes a source that gives the same
// value to every subject.
func New(spec v1alpha1.TraceProvider, subjects []signals.Subject) (signals.Source, error) {
	speed := float64(spec.Speed)
	if speed == 0 {
		speed = 1
	}
	if speed < 0 || math.IsNaN(speed) || math.IsInf(speed, 0) {
		return nil, errors.New("speed: must be above 0")
	}
	series, err := readFile(spec.File)
	if err != nil {
		return nil, err
	}
	return &Source{subjects: subjects, series: series, speed: speed, repeat: spec.Repeat}, nil
}

func readFile(name string) (*Series, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open trace: %w", err)
	}
	defer f.Close()
	series, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("read trace %s: %w", name, err)
	}
	return series, nil
}

// Subjects are those that the series is replayed for.
func (s *Source) Subjects() []signals.Subject { return s.subjects }

// Fetch gives the row that covers the window's end. Samples carry no instant: the
// rows' own lie in the past, and a replayed value is true at the end of its fetch.
func (s *Source) Fetch(_ context.Context, w signals.Window) ([]signals.Outcome, error) {
	if s.started.IsZero() {
		s.started = w.To
	}
	value, ok := s.at(w.To.Sub(s.started))
	outcomes := make([]signals.Outcome, 0, len(s.subjects))
	for _, subject := range s.subjects {
		o := signals.Outcome{Subject: subject}
		if ok {
			o.Samples = []signals.Sample{{Value: value}}
		} else {
			o.Err = &signals.Error{Reason: signals.Absent, Detail: "the trace has no row for this time"}
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// at is the series' value after a time of ours.
func (s *Source) at(elapsed time.Duration) (float64, bool) {
	d := float64(elapsed) * s.speed
	if whole := float64(s.series.Duration()); s.repeat && d >= whole {
		d = math.Mod(d, whole)
	}
	if d >= math.MaxInt64 || d <= math.MinInt64 {
		return 0, false
	}
	return s.series.At(time.Duration(d))
}
