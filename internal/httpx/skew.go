package httpx

import (
	"net/http"
	"sync/atomic"
	"time"
)

// skewFloor is what the Date header, in whole seconds, and the way of an answer
// cannot tell from no skew at all.
const skewFloor = 2 * time.Second

// SkewMeter measures a provider's clock against ours, from the Date headers of
// its answers.
type SkewMeter struct{ skew atomic.Int64 }

// Skew is the provider's clock minus ours, as the last answer told; 0 below two
// seconds, and where none has told.
func (m *SkewMeter) Skew() time.Duration { return time.Duration(m.skew.Load()) }

// Wrap makes a transport that measures what passes through it.
func (m *SkewMeter) Wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil {
			m.measure(resp.Header.Get("Date"), time.Now())
		}
		return resp, err
	})
}

func (m *SkewMeter) measure(date string, now time.Time) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	skew := at.Add(time.Second / 2).Sub(now)
	if skew.Abs() < skewFloor {
		skew = 0
	}
	m.skew.Store(int64(skew))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
