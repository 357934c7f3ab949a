package estimate

import (
	"encoding/json"
	"errors"
	"math"
	"time"
)

// Weights are those of a histogram's buckets. As JSON each is a byte, within 4 %, in
// base64: 0 is none, and then steps from a thousandth to a billion.
type Weights []float32

const (
	leastWeight = 0.001
	weightStep  = 1.115
	mostWeights = 1 << 10 // that are read back
)

// MarshalJSON implements json.Marshaler.
func (w Weights) MarshalJSON() ([]byte, error) {
	out := make([]byte, len(w))
	for i, v := range w {
		if v >= leastWeight {
			out[i] = byte(min(1+math.Round(math.Log(float64(v)/leastWeight)/math.Log(weightStep)), math.MaxUint8))
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *Weights) UnmarshalJSON(raw []byte) error {
	var packed []byte
	if err := json.Unmarshal(raw, &packed); err != nil {
		return err
	}
	if len(packed) > mostWeights {
		return errors.New("too many weights")
	}
	*w = make(Weights, len(packed))
	for i, b := range packed {
		if b > 0 {
			(*w)[i] = float32(leastWeight * math.Pow(weightStep, float64(b)-1))
		}
	}
	return nil
}

// MarshalJSON implements json.Marshaler: an array of when, level and rate, the level
// below 0 where it was rising.
func (a Ask) MarshalJSON() ([]byte, error) {
	level := float64(a.Level)
	if a.Rising {
		level = -level
	}
	return json.Marshal([3]any{a.At, float32(level), a.Rate})
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Ask) UnmarshalJSON(raw []byte) error {
	out := [3]float64{}
	var at time.Duration
	fields := [3]any{&at, &out[1], &out[2]}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	*a = Ask{At: at, Level: float32(math.Abs(out[1])), Rising: math.Signbit(out[1]), Rate: float32(out[2])}
	return nil
}
