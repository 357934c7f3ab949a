package trace

import (
	"math"
	"math/rand/v2"
	"time"
)

// Shape is generated traffic: a day's wave, noise, and a flash crowd. Equal shapes
// give equal traces.
type Shape struct {
	Start        time.Time
	Step, Length time.Duration
	// Mean of arrivals per second over a day, without the crowd.
	Mean float64
	// Swing is how far the day's wave goes above and below the mean, as a share of it,
	// from 0 to 1. Its low is at Start, its high half a day later.
	Swing float64
	// Noise is the standard deviation of each step, as a share; half of it is carried
	// over to the next.
	Noise float64
	// Crowd multiplies the traffic by up to CrowdBy: it comes within Rise at CrowdAt,
	// stays for Hold, and goes within Rise. CrowdBy 0: none.
	CrowdAt, Rise, Hold time.Duration
	CrowdBy             float64
	Seed                uint64
}

// Generate makes the traffic of a shape. Step must be above 0.
func Generate(s Shape) *Trace {
	r := rand.New(rand.NewPCG(s.Seed, 0x7363616c6572))
	t := &Trace{Start: s.Start, Step: s.Step}
	noise := 0.0
	for at := time.Duration(0); at < s.Length; at += s.Step {
		noise = 0.5*noise + math.Sqrt(0.75)*r.NormFloat64()*s.Noise
		wave := 1 - s.Swing*math.Cos(2*math.Pi*at.Hours()/24)
		t.rates = append(t.rates, max(0, s.Mean*wave*(1+noise)*s.crowd(at)))
	}
	return t
}

// crowd is by how much the crowd multiplies the traffic.
func (s Shape) crowd(at time.Duration) float64 {
	since := at - s.CrowdAt
	left := 2*s.Rise + s.Hold - since
	if s.CrowdBy == 0 || since < 0 || left <= 0 {
		return 1
	}
	edge := min(since, left)
	if edge >= s.Rise {
		return s.CrowdBy
	}
	return 1 + (s.CrowdBy-1)*float64(edge)/float64(s.Rise)
}
