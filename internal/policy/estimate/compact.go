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
// below 0 where it was rising, and the rate where it is a floor's.
func (a Ask) MarshalJSON() ([]byte, error) {
	return json.Marshal([3]any{a.At, signed(a.Level, a.Rising), signed(a.Rate, a.Floor)})
}

func signed(v float32, negative bool) float32 {
	if negative {
		return -v
	}
	return v
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Ask) UnmarshalJSON(raw []byte) error {
	var at time.Duration
	var level, rate float64
	if err := json.Unmarshal(raw, &[3]any{&at, &level, &rate}); err != nil {
		return err
	}
	*a = Ask{
		At: at, Level: float32(math.Abs(level)), Rising: math.Signbit(level), Rate: float32(math.Abs(rate)), Floor: math.Signbit(rate),
	}
	return nil
}
