package history

import (
	"context"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

// recalled is how much of the past a season looks at: seven days, and its look ahead.
const recalled = 7*day + 2*time.Hour

// Recall reads the last days of one subject, in the unit that its signal is read in now.
type Recall struct {
	settings Settings
	subject  signals.Subject
	column   Column
	step     time.Duration
}

// NewRecall makes it of a signal that reads the subject. It is false where the source
// only answers for now, or answers for the past in another unit.
func NewRecall(s Settings, subject signals.Subject, from v1alpha1.Signal) (*Recall, bool) {
	step, ok := stepOf(from.CloudWatch)
	if !ok {
		return nil, false
	}
	c, ok := asRead(&from)
	return &Recall{settings: s, subject: subject, column: c, step: step}, ok
}

// asRead is a signal as it was. Requests are zero where healthy targets were counted.
func asRead(s *v1alpha1.Signal) (Column, bool) {
	c, ok := seen(s)
	if s.ALB != nil && s.ALB.Metric == v1alpha1.RequestsPerSecond {
		c.ofTargetGroup(*s.ALB)
	}
	return c, ok
}

// stepOf is a minute or the metric's own period: a sum over another is another number.
// Periods below a minute are kept for three hours only.
func stepOf(m *v1alpha1.CloudWatchSignal) (time.Duration, bool) {
	if m == nil || m.Period.Duration == 0 {
		return time.Minute, true
	}
	period := m.Period.Duration
	sums := m.Expression != "" || slices.Contains([]string{"Sum", "SampleCount"}, m.Statistic)
	if period < time.Minute {
		return time.Minute, !sums
	}
	return period, true
}

func (r *Recall) window(now time.Time) Window {
	to := now.Add(-Settled).UTC().Truncate(r.step)
	return Window{From: to.Add(-recalled).Truncate(r.step), To: to, Step: r.step}
}

// Recall reads the last days until a while ago. The error is a *signals.Error or of
// credentials; a past without a value is none.
func (r *Recall) Recall(ctx context.Context, now time.Time) (signals.Past, error) {
	w := r.window(now)
	f := &fetch{Settings: r.settings, window: w, total: len(w.chunks())}
	series, err := f.column(ctx, r.column)
	if err != nil {
		return signals.Past{}, err
	}
	samples := make([]signals.Sample, 0, len(series))
	for at, v := range series {
		samples = append(samples, signals.Sample{At: at, Value: v})
	}
	return signals.NewPast(r.subject, w.From, w.Step, samples), nil
}
