package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

const (
	// day is how long a day of traffic takes.
	day = time.Minute
	// opening is the time of day at which the demo begins.
	opening = 6 * time.Hour
	// flash is when the flash crowd comes, and flashRise how fast.
	flash     = 14*time.Hour + 30*time.Minute
	flashRise = 20 * time.Minute
	flashStay = 2 * time.Hour
	flashFall = 40 * time.Minute

	night, noon, evening = 25, 120, 150 // messages in a second
	flashCrowd           = 330          // on top
)

// clockTime is the simulated time of day after so much of the demo.
func clockTime(since time.Duration) time.Duration {
	return (opening + time.Duration(float64(since)*24*float64(time.Hour)/float64(day))) % (24 * time.Hour)
}

// rate is the traffic at a time of day, in messages a second: a quiet night, a
// busy noon, a busier evening, and a flash crowd in the afternoon.
func rate(at time.Duration) float64 {
	r := float64(night)
	r += noon * bump(at, 11*time.Hour+30*time.Minute, 150*time.Minute)
	r += evening * bump(at, 19*time.Hour+30*time.Minute, 110*time.Minute)
	return r + flashCrowd*crowd(at)
}

// bump is 1 at its middle and falls to nothing within three widths.
func bump(at, middle, width time.Duration) float64 {
	x := float64(at-middle) / float64(width)
	return math.Exp(-x * x / 2)
}

// crowd is how much of the flash crowd is there, from 0 to 1.
func crowd(at time.Duration) float64 {
	since := at - flash
	switch {
	case since < 0:
		return 0
	case since < flashRise:
		return float64(since) / float64(flashRise)
	case since < flashRise+flashStay:
		return 1
	default:
		return math.Exp(-float64(since-flashRise-flashStay) / float64(flashFall))
	}
}

// arrivals draws how many messages come at random with a mean, as independent
// customers do: Poisson, by Knuth's method, for means of up to some hundreds.
func arrivals(r *rand.Rand, mean float64) int64 {
	limit, n, p := math.Exp(-mean), int64(-1), 1.0
	for p > limit {
		p *= r.Float64()
		n++
	}
	return max(0, n)
}
