// Package policy turns what is known into a decision. It is pure: no I/O, no
// clock, no logging, no goroutines; equal arguments give equal results.
package policy

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/scaler-dev/scaler/internal/signals"
)

// ID names a policy.
type ID struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Compare orders policies by namespace, then name.
func (id ID) Compare(o ID) int {
	return cmp.Or(cmp.Compare(id.Namespace, o.Namespace), cmp.Compare(id.Name, o.Name))
}

// String is namespace/name.
func (id ID) String() string { return id.Namespace + "/" + id.Name }

// Decision is what a policy decided at an instant, with the whole trail.
type Decision struct {
	Policy    ID              `json:"policy"`
	At        signals.Instant `json:"at"`
	Desired   Desired         `json:"desired"`
	Previous  *int32          `json:"previous,omitempty"` // the decision before; nil at a cold start
	Workload  Workload        `json:"workload"`
	Signals   []Reading       `json:"signals"`
	Proposals []Proposal      `json:"proposals"`
	Trail     []Step          `json:"trail"`

	// DataAt is when the oldest sample that decided was true, on the wall clock;
	// the decision's own instant where no sample did.
	DataAt time.Time `json:"dataAt"`
	// Expires is when, on the monotonic clock, that data passes what its signals
	// allow: from then on the decision may not be served or published.
	Expires time.Duration `json:"expiresNs"`
}

// Desired is a number of replicas, or unknown for a reason. The zero value is
// unknown without a reason.
type Desired struct {
	replicas int32
	known    bool
	reason   Reason
}

// Replicas makes a known Desired.
func Replicas(n int32) Desired { return Desired{replicas: n, known: true} }

// Unknown makes an unknown Desired.
func Unknown(r Reason) Desired { return Desired{reason: r} }

// Replicas is the number, if there is one.
func (d Desired) Replicas() (int32, bool) { return d.replicas, d.known }

// Reason says why there is no number.
func (d Desired) Reason() Reason { return d.reason }

type desiredJSON struct {
	Replicas *int32 `json:"replicas,omitempty"`
	Unknown  Reason `json:"unknown,omitempty"`
}

// MarshalJSON writes {"replicas": 4} or {"unknown": "missing"}.
func (d Desired) MarshalJSON() ([]byte, error) {
	if d.known {
		return json.Marshal(desiredJSON{Replicas: &d.replicas})
	}
	return json.Marshal(desiredJSON{Unknown: d.reason})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Desired) UnmarshalJSON(b []byte) error {
	var j desiredJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	if j.Replicas != nil && j.Unknown != "" {
		return errors.New("desired has both replicas and unknown")
	}
	*d = Unknown(j.Unknown)
	if j.Replicas != nil {
		*d = Replicas(*j.Replicas)
	}
	return nil
}

// ProposalState says what a demand has to say.
type ProposalState string

// The states of a proposal.
const (
	Proposed  ProposalState = "proposed"
	Abstained ProposalState = "abstained"
	Doubtful  ProposalState = "unknown"
)

// Proposal is what one demand asks for.
type Proposal struct {
	Demand   string        `json:"demand"`
	State    ProposalState `json:"state"`
	Reason   Reason        `json:"reason,omitempty"` // why it abstains, is unknown, or was changed
	Replicas int32         `json:"replicas,omitempty"`
	MayLower bool          `json:"mayLower,omitempty"`
	// Signal, its value and the divisor explain a proposal of one signal.
	Signal  string  `json:"signal,omitempty"`
	Value   float64 `json:"value,omitempty"`
	Divisor float64 `json:"divisor,omitempty"`
	Ready   int32   `json:"ready,omitempty"` // ready replicas that a ratio was multiplied with
	// Terms explain a proposal of several numbers, in the order of its arithmetic.
	Terms []Term `json:"terms,omitempty"`

	// Guard says that it may add to the other demands and never remove, by at most
	// the fraction MaxAdd; 0: no cap.
	Guard  bool    `json:"guard,omitempty"`
	MaxAdd float64 `json:"maxAdd,omitempty"`
	// DataAt and Expires of the oldest sample the proposal stands on.
	DataAt  time.Time     `json:"dataAt,omitzero"`
	Expires time.Duration `json:"expiresNs,omitempty"`
}

// Term is a number that a proposal rests on.
type Term struct {
	// Name as people read it: level, margin, start-up.
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// Unit of the value: s, /s, /s a replica, × of a factor, or none.
	Unit string `json:"unit,omitempty"`
	// Learned says that the number was found and not given, and Sure, from 0 to 1,
	// how well it is known by now.
	Learned bool    `json:"learned,omitempty"`
	Sure    float64 `json:"sure,omitempty"`
	// Note says in words what bears on it: "capped", "the last 7 days".
	Note string `json:"note,omitempty"`
}

// Workload is what is known of the replicas.
type Workload struct {
	State  WorkloadState  `json:"state"`
	Reason signals.Reason `json:"reason,omitempty"`
	// Ordered and Ready mean nothing but with WorkloadKnown, or, for people to see,
	// WorkloadStale.
	Ordered   int32 `json:"ordered,omitempty"`
	Ready     int32 `json:"ready,omitempty"`
	Pending   int32 `json:"pending,omitempty"` // asked for and not running yet
	Deploying bool  `json:"deploying,omitempty"`
	// DeployingFor is how long looks have shown one deployment after another in
	// progress; a restart with saved state does not begin it anew.
	DeployingFor time.Duration `json:"deployingForNs,omitempty"`
	Age          time.Duration `json:"ageNs,omitempty"`
	// Past ready replicas, oldest first, for rules that need those of a sample's
	// instant.
	Past []PastReady `json:"-"`
}

// missing says that it does not exist.
func (w Workload) missing() bool { return w.Reason == signals.Missing }

// ReadyAt is how many replicas were ready at an instant of the monotonic clock;
// before all that is remembered, the earliest remembered.
func (w Workload) ReadyAt(at time.Duration) int32 {
	for _, p := range slices.Backward(w.Past) {
		if p.Since <= at {
			return p.Ready
		}
	}
	if len(w.Past) > 0 {
		return w.Past[0].Ready
	}
	return w.Ready
}

// PastReady is the number of ready replicas from an instant on.
type PastReady struct {
	Since time.Duration `json:"sinceNs"` // on the monotonic clock
	Ready int32         `json:"ready"`
}

// WorkloadState says whether the replicas are known.
type WorkloadState string

// The states of a workload.
const (
	WorkloadNone    WorkloadState = "none"    // the policy names none
	WorkloadKnown   WorkloadState = "known"   // seen a moment ago
	WorkloadStale   WorkloadState = "stale"   // seen too long ago to act upon
	WorkloadUnknown WorkloadState = "unknown" // never seen
)

// Stage is a step of the way from proposals to a decision.
type Stage string

// The stages, in their order.
const (
	StageCombine   Stage = "combine"
	StageDoubt     Stage = "doubt"
	StageStabilize Stage = "stabilize"
	StageLimit     Stage = "limit"
	StageClamp     Stage = "clamp"
	StageFailSafe  Stage = "failSafe"
)

// Step is one stage's work: the replicas before and after it, and why.
type Step struct {
	Stage  Stage  `json:"stage"`
	Reason Reason `json:"reason"`
	Before int32  `json:"before"`
	After  int32  `json:"after"`
	// Bound is the limit, the window's recommendation or the floor that decided.
	Bound int32 `json:"bound,omitempty"`
	// Subject names the demand, signal or provider that the reason is about.
	Subject string `json:"subject,omitempty"`
	// Until says, on the monotonic clock, when what holds ends by itself; 0: it
	// does not.
	Until time.Duration `json:"untilNs,omitempty"`
}
