package httpjson

import (
	"fmt"
	"math"
	"time"

	"github.com/scaler-dev/scaler/internal/expr"
	"github.com/scaler-dev/scaler/internal/signals"
)

// value picks one subject's sample of a document.
type value struct {
	subject    signals.Subject
	number     *expr.Body
	null       *expr.Body // 1 where number picks null; nil if it never can
	observedAt *expr.Body // nil: the answer's headers tell
}

func newValue(q Query) (value, error) {
	v := value{subject: q.Subject}
	var err error
	if v.number, err = expr.CompileBody(q.Spec.Value); err != nil {
		return value{}, fmt.Errorf("value of %s: %w", q.Subject, err)
	}
	if isNull, err := expr.CompileBody("(" + q.Spec.Value + "\n) == null ? 1.0 : 0.0"); err == nil {
		v.null = isNull
	}
	if q.Spec.ObservedAt == "" {
		return v, nil
	}
	if v.observedAt, err = expr.CompileBody(q.Spec.ObservedAt); err != nil {
		return value{}, fmt.Errorf("observedAt of %s: %w", q.Subject, err)
	}
	return v, nil
}

// outcome picks the sample; modified is the instant that the headers tell, or zero.
func (v value) outcome(body any, modified time.Time) signals.Outcome {
	o := signals.Outcome{Subject: v.subject}
	var s signals.Sample
	if s.Value, o.Err = v.pick(body); o.Err != nil {
		return o
	}
	s.At = modified
	if v.observedAt != nil {
		if s.At, o.Err = v.instant(body); o.Err != nil {
			return o
		}
	}
	o.Samples = []signals.Sample{s}
	return o
}

func (v value) pick(body any) (float64, *signals.Error) {
	number, err := v.number.Number(body)
	switch {
	case err != nil && v.isNull(body):
		return 0, &signals.Error{Reason: signals.Absent, Detail: "the value is null", Answered: true}
	case err != nil:
		return 0, parse("value: " + err.Error())
	case math.IsNaN(number):
		return 0, &signals.Error{Reason: signals.Absent, Detail: "the value is NaN", Answered: true}
	case math.IsInf(number, 0):
		return 0, &signals.Error{Reason: signals.Invalid, Detail: "the value is infinite"}
	}
	return number, nil
}

func (v value) isNull(body any) bool {
	if v.null == nil {
		return false
	}
	n, err := v.null.Number(body)
	return err == nil && n == 1
}

func (v value) instant(body any) (time.Time, *signals.Error) {
	at, err := v.observedAt.Instant(body)
	if err != nil {
		return time.Time{}, parse("observedAt: " + err.Error())
	}
	if !believable(at) {
		return time.Time{}, &signals.Error{Reason: signals.Invalid, Detail: "observedAt is not an instant of our time"}
	}
	return at.UTC(), nil
}

// believable keeps instants within what nanoseconds since 1970 can hold.
func believable(at time.Time) bool { return at.Year() >= 1970 && at.Year() < 2200 }
