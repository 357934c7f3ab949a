package apiservice

import (
	"slices"
	"time"
)

const (
	// disputeOver is how long nothing must have happened for a dispute to be over.
	disputeOver = time.Hour
	// disputeFrom is how many times our caBundle is replaced until that is a dispute.
	disputeFrom = 3
	// longest is the longest pause between our writes in one.
	longest = 30 * time.Minute
)

// dispute counts how often somebody else replaced what Scaler wrote. It is plain
// data; every instant is an argument.
type dispute struct {
	times []time.Time // within disputeOver, the oldest first; bounded by disputeMost
	by    string
}

// disputeMost rewrites reach the longest pause.
const disputeMost = disputeFrom + 8

// replaced notes that somebody did it again.
func (d *dispute) replaced(now time.Time, by string) {
	d.times = append(d.times, now)
	d.times = d.times[max(0, len(d.times)-disputeMost):]
	d.by = by
}

// count is how often it happened of late.
func (d *dispute) count(now time.Time) int {
	if n := len(d.times); n == 0 || now.Sub(d.times[n-1]) >= disputeOver {
		d.times = nil
	}
	return len(d.times)
}

// by whom, while it is a dispute.
func (d *dispute) with(now time.Time) (string, bool) { return d.by, d.count(now) >= disputeFrom }

// mayWrite tells whether Scaler's pause is over: none before it is a dispute, then
// a minute, doubled each time.
func (d *dispute) mayWrite(now time.Time) bool {
	n := d.count(now)
	if n < disputeFrom {
		return true
	}
	pause := min(time.Minute<<(n-disputeFrom), longest)
	return !now.Before(slices.MaxFunc(d.times, time.Time.Compare).Add(pause))
}
