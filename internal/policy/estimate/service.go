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

	serviceRise, serviceFall = 0.3, 0.1 // shares of what a new value tells
	serviceSure              = 10       // values until it is half sure
	serviceMost              = 1000     // values that count
)

// Service is how long one message takes of a replica, learned as an exponential mean
// that is quick to rise and slow to fall. The zero value knows nothing.
type Service struct {
	Seconds float64 `json:"seconds,omitempty"`
	Count   int     `json:"count,omitempty"`
}

// Add takes in a service time. Unless it may lower, it only raises. What is outside
// of what can be believed counts as the bound; what is not a number is not added.
func (s *Service) Add(seconds float64, mayLower bool) {
	if math.IsNaN(seconds) || seconds <= 0 {
		return
	}
	seconds = min(max(seconds, shortestService.Seconds()), longestService.Seconds())
	switch {
	case s.Count == 0:
		s.Seconds = seconds
	case seconds > s.Seconds:
		s.Seconds += (seconds - s.Seconds) * serviceRise
	case mayLower:
		s.Seconds += (seconds - s.Seconds) * serviceFall
	default:
		return
	}
	s.Count = min(s.Count+1, serviceMost)
}

// AtMost takes in what a service time cannot exceed.
func (s *Service) AtMost(seconds float64) {
	switch {
	case !(seconds > 0) || math.IsInf(seconds, 1):
	case s.Count == 0 && seconds < assumedService.Seconds(), s.Count > 0 && seconds < s.Seconds:
		s.Add(seconds, true)
	}
}

// Value is the service time in seconds, and from 0 to 1 how sure it is; a second, not
// sure at all, where nothing is learned.
func (s Service) Value() (seconds, sure float64) {
	if s.Count == 0 {
		return assumedService.Seconds(), 0
	}
	return s.Seconds, float64(s.Count) / float64(s.Count+serviceSure)
}
