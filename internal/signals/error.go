package signals

// Reason names why something is not known. The set is closed, so that it can be
// a metric's label.
type Reason string

// The reasons of a failed fetch.
const (
	Throttled   Reason = "throttled"
	Auth        Reason = "auth"
	Timeout     Reason = "timeout"
	Unavailable Reason = "unavailable"
	DNS         Reason = "dns"
	TLS         Reason = "tls"
	Parse       Reason = "parse"
	Partial     Reason = "partial"
	Invalid     Reason = "invalid" // a sample that is not finite, out of range, from the future or out of order
	Missing     Reason = "missing" // what is read does not exist
	Absent      Reason = "absent"  // the query succeeded and there is no datapoint
)

// NotPolled is the reason of a signal that was never fetched.
const NotPolled Reason = "not_polled"

// Reasons lists the reasons of a failed fetch.
func Reasons() []Reason {
	return []Reason{Throttled, Auth, Timeout, Unavailable, DNS, TLS, Parse, Partial, Invalid, Missing, Absent}
}

// Error is a failed fetch. Its detail is our own text: it never repeats an
// upstream's answer, a URL or a secret.
type Error struct {
	Reason Reason `json:"reason"`
	Detail string `json:"detail,omitempty"`
	// Answered says that the provider answered well and had nothing to say: no
	// traffic, no latency. A guard abstains on it. Only with reason Absent.
	Answered bool `json:"answered,omitempty"`
}

// Error tells the reason and the detail.
func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Reason)
	}
	return string(e.Reason) + ": " + e.Detail
}
