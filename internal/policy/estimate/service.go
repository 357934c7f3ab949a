package estimate

import (
	"math"
	"time"
)

// The bounds of a service time that is believed, and what counts until one is learned.
const (
	shortestService = time.Millisecond
	longestService  = 12 * time.Hour
	assumedService  = time.Second

	serviceHalfLife = 30 * time.Minute
	serviceSure     = 10 // messages until it is half sure
	serviceLeast    = 5  // messages until it counts
	// serviceTrust is how long it counts when nothing tells any more: then it halves
	// with every serviceEase, until with fewer replicas something tells.
	serviceTrust = 3 * time.Hour
	serviceEase  = 2 * time.Hour
)

// Service is how long one message takes of a replica, by Little's law: the time that
// messages were served, by the messages that were. Both decay. The zero value knows
// nothing.
type Service struct {
	Busy float64 `json:"busy,omitempty"` // seconds of messages
	Done float64 `json:"done,omitempty"` // messages
	// Untold is the time since anything told how long one takes.
	Untold time.Duration `json:"untoldNs,omitempty"`
}

// Add takes in that, for so long, so many messages were being served on average, and
// how many were served; less than none, where they seem to have come back. Unless it may
// lower, it only raises. What is not finite is not added.
func (s *Service) Add(serving, served float64, over time.Duration, mayLower bool) {
	next := *s
	decay := math.Exp2(-float64(over) / float64(serviceHalfLife))
	next.Busy = next.Busy*decay + serving*over.Seconds()
	next.Done = max(0, next.Done*decay+served)
	if sum := next.Busy + next.Done; over <= 0 || !(serving >= 0) || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return
	}
	before, _ := s.Value()
	if after, _ := next.Value(); after >= before || mayLower {
		*s = next
		s.Untold = 0
	}
}

// Rest takes in that for so long nothing waited, so that nothing told.
func (s *Service) Rest(over time.Duration) {
	if s.Untold = min(s.Untold+over, 2*serviceTrust); s.Untold > serviceTrust {
		s.Busy *= math.Exp2(-float64(over) / float64(serviceEase))
	}
}

// Value is the service time in seconds, and from 0 to 1 how sure it is. Where too few
// messages were served to tell, it is the longer of a second and of what it must be
// for so few.
func (s *Service) Value() (seconds, sure float64) {
	if s.Done < serviceLeast {
		return believed(max(assumedService.Seconds(), s.Busy/(s.Done+1))), 0
	}
	return believed(s.Busy / s.Done), s.Done / (s.Done + serviceSure)
}

func believed(seconds float64) float64 {
	return min(max(seconds, shortestService.Seconds()), longestService.Seconds())
}
