package policy

import (
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Reading is a signal as a decision saw it.
type Reading struct {
	Name string `json:"name"`
	// Provider that the signal is read from.
	Provider string         `json:"provider,omitempty"`
	State    signals.State  `json:"state"`
	Reason   signals.Reason `json:"reason,omitempty"` // of the latest outcome, if it failed
	// Value is nil unless the state yields a number.
	Value    *float64      `json:"value,omitempty"`
	MayLower bool          `json:"mayLower,omitempty"`
	Age      time.Duration `json:"ageNs,omitempty"` // of the newest valid sample
	At       time.Time     `json:"at,omitzero"`     // when the value was true
	// Expires is when, on the monotonic clock, the value may no longer be used.
	Expires time.Duration `json:"expiresNs,omitempty"`
	// Served is what an autoscaler that divides the signal itself may be given; nil:
	// nothing.
	Served *Served `json:"served,omitempty"`
}

// Served is a value for those who act on a signal without a policy.
type Served struct {
	Value float64   `json:"value"`
	At    time.Time `json:"at"` // when it was true
	// Expires is when, on the monotonic clock, it may no longer be served.
	Expires time.Duration `json:"expiresNs"`
}

// SignalState is what a policy remembers of a signal: the last value that might
// lower.
type SignalState struct {
	Signal string `json:"signal"`
	Lowest Served `json:"lowest"`
}

// read takes in the view's signals, and what is remembered of them from now on.
func read(d *Decision, v *signals.View, st *State) {
	d.Signals = sized(d.Signals, v.Len())
	prev := st.Signals
	next := prev[:0:0]
	if sameSignals(prev, v) {
		next = prev[:0] // the i-th is read before it is written
	}
	for i := range d.Signals {
		name, o := v.At(i)
		r := &d.Signals[i]
		value, given := r.Value, r.Served
		*r = Reading{}
		r.Name, r.State, r.Reason = name, o.State(), o.Reason()
		r.Age, _ = o.Age()
		lowest, remembered := lowestOf(prev, name, v.Now().Mono)
		if k, ok := o.(signals.Known); ok {
			now := Served{Value: k.Value(), At: k.At(), Expires: k.Expires()}
			r.Value, r.MayLower, r.At, r.Expires = put(value, now.Value), k.MayLower(), now.At, now.Expires
			if r.MayLower {
				lowest, remembered = now, true
			}
			if remembered {
				r.Served = put(given, served(now, lowest))
			}
		}
		if remembered {
			next = append(next, SignalState{Signal: name, Lowest: lowest})
		}
	}
	st.Signals = next
}

// served is the value now, if it may lower or does not; else the last one that might.
func served(now, lowest Served) Served {
	if now.Value < lowest.Value {
		return lowest
	}
	return now
}

func sameSignals(states []SignalState, v *signals.View) bool {
	if len(states) != v.Len() {
		return false
	}
	for i := range states {
		if name, _ := v.At(i); name != states[i].Signal {
			return false
		}
	}
	return true
}

func lowestOf(prev []SignalState, name string, now time.Duration) (Served, bool) {
	for _, s := range prev {
		if s.Signal == name && now < s.Lowest.Expires {
			return s.Lowest, true
		}
	}
	return Served{}, false
}
