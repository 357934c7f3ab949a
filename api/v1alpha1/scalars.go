package v1alpha1

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span written as Go writes it: "15s", "5m", "250ms".
type Duration struct{ time.Duration }

// UnmarshalText parses a Go duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration; write a number with a unit, as in 15s or 5m", text)
	}
	d.Duration = v
	return nil
}

// MarshalText writes the duration as Go writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Number is a finite number; a duration counts as its seconds, so that "250ms"
// is 0.25.
type Number float64

// UnmarshalText parses a number or a duration.
func (n *Number) UnmarshalText(text []byte) error {
	if v, err := strconv.ParseFloat(string(text), 64); err == nil {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%q is not a finite number", text)
		}
		*n = Number(v)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is neither a number nor a duration; write 10, 0.5 or 250ms", text)
	}
	*n = Number(d.Seconds())
	return nil
}

// MarshalText writes the number in its shortest form.
func (n Number) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 64), nil
}

// MarshalJSON writes a JSON number.
func (n Number) MarshalJSON() ([]byte, error) { return n.MarshalText() }

// UnmarshalJSON reads a JSON number, or a string as UnmarshalText does.
func (n *Number) UnmarshalJSON(raw []byte) error {
	if s, err := strconv.Unquote(string(raw)); err == nil {
		return n.UnmarshalText([]byte(s))
	}
	return n.UnmarshalText(raw)
}

// Percent is a share written with its sign: "10%". Its value is in percent.
type Percent float64

// UnmarshalText parses a share such as "10%".
func (p *Percent) UnmarshalText(text []byte) error {
	s, ok := strings.CutSuffix(string(text), "%")
	v, err := strconv.ParseFloat(s, 64)
	if !ok || err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%q is not a share; write it with its sign, as in 10%%", text)
	}
	*p = Percent(v)
	return nil
}

// MarshalText writes the share with its sign.
func (p Percent) MarshalText() ([]byte, error) {
	return append(strconv.AppendFloat(nil, float64(p), 'g', -1, 64), '%'), nil
}

// Fraction is the share as a fraction of one.
func (p Percent) Fraction() float64 { return float64(p) / 100 }

// Secret is a value that never shows in a log, an error, a page or a dump.
type Secret string

const redacted = "<secret>"

// String hides the secret.
func (s Secret) String() string { return redacted }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return redacted }

// Format hides the secret from every verb: %d would print it.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// UnmarshalText takes the secret as it is.
func (s *Secret) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("is empty")
	}
	*s = Secret(text)
	return nil
}

// Reveal is the secret itself, for the one place that sends it.
func (s Secret) Reveal() string { return string(s) }

var (
	_ encoding.TextUnmarshaler = (*Duration)(nil)
	_ encoding.TextUnmarshaler = (*Number)(nil)
	_ encoding.TextUnmarshaler = (*Percent)(nil)
	_ encoding.TextUnmarshaler = (*Secret)(nil)
	_ slog.LogValuer           = Secret("")
)
