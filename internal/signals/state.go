package signals

import "time"

// State is how well a signal is known.
type State string

// The states of a signal.
const (
	StateFresh   State = "Fresh"   // the newest valid sample is at most freshFor old
	StateStale   State = "Stale"   // it is at most holdFor old
	StateExpired State = "Expired" // it is older
	StateAbsent  State = "Absent"  // no valid sample within holdFor, and the latest outcome says which of these it is
	StateError   State = "Error"
	StateInvalid State = "Invalid"
	StateMissing State = "Missing"
)

// States lists the states of a signal.
func States() []State {
	return []State{StateFresh, StateStale, StateExpired, StateAbsent, StateError, StateInvalid, StateMissing}
}

// Observation is a signal as known at an instant. It is closed: a state becomes a
// number only where a Known is asked for its value.
type Observation interface {
	State() State
	// Reason of the latest outcome, if it failed.
	Reason() Reason
	// Age of the newest valid sample; false if there is none.
	Age() (time.Duration, bool)
	// Answered says that the latest outcome was a good answer with nothing to say.
	Answered() bool

	sealed()
}

// Known is an observation that has a value: Fresh, or Stale and of kind Total.
type Known interface {
	Observation
	Value() float64
	// MayLower says that the value is fresh and confirmed.
	MayLower() bool
	// At is when the sample that gave the value was true, on the wall clock.
	At() time.Time
	// Key identifies the newest sample, so that a rule can tell a new one.
	Key() Key
	// BornAt is At on the monotonic clock, and Expires when the value may no longer
	// be used: at holdFor, or, of what is never held, once the signal is stale.
	BornAt() time.Duration
	Expires() time.Duration
}

// Key identifies a sample of a subject: two polls of one datapoint are one.
type Key struct {
	// At is the provider's instant in Unix nanoseconds, or, where the provider
	// gives none, the end of the fetch on the monotonic clock.
	At int64 `json:"at"`
	// Ours says that At is of our clock.
	Ours bool `json:"ours,omitempty"`
}

type unknown struct {
	state    State
	reason   Reason
	answered bool
	age      time.Duration
	seen     bool
}

func (u *unknown) State() State               { return u.state }
func (u *unknown) Reason() Reason             { return u.reason }
func (u *unknown) Age() (time.Duration, bool) { return u.age, u.seen }
func (u *unknown) Answered() bool             { return u.answered }
func (*unknown) sealed()                      {}

type known struct {
	unknown
	value    float64
	mayLower bool
	at       time.Time
	key      Key
	born     time.Duration
	expires  time.Duration
}

func (k *known) Value() float64         { return k.value }
func (k *known) MayLower() bool         { return k.mayLower }
func (k *known) At() time.Time          { return k.at }
func (k *known) Key() Key               { return k.key }
func (k *known) BornAt() time.Duration  { return k.born }
func (k *known) Expires() time.Duration { return k.expires }

var _ Known = (*known)(nil)

// Slot is memory for one observation.
type Slot struct{ known known }

// stateOf is the state that a failed outcome names once no valid sample is left.
func stateOf(r Reason) State {
	switch r {
	case Absent, NotPolled:
		return StateAbsent
	case Invalid:
		return StateInvalid
	case Missing:
		return StateMissing
	case Throttled, Auth, Timeout, Unavailable, DNS, TLS, Parse, Partial, MassGuard:
		return StateError
	default:
		return StateError
	}
}
