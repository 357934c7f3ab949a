package incumbents

import "time"

// alarm is a CloudWatch alarm that is in alarm while its last periods all breach. A
// missing datapoint ends the run: the full rules for missing data are
// bench/targettracking's.
type alarm struct {
	periods int
	breach  func(v float64) bool
	run     int
}

// see is given each period's datapoint, and says whether the alarm stands.
func (a *alarm) see(v float64) bool {
	if !known(v) || !a.breach(v) {
		a.run = 0
		return false
	}
	a.run = min(a.run+1, a.periods)
	return a.run == a.periods
}

// cooldown is Application Auto Scaling's of one policy in each direction.
type cooldown struct {
	out, in time.Duration
	// until when each lasts, and the replicas before the scale-out, which larger
	// ones are measured from.
	outUntil, inUntil time.Duration
	base              int32
}

// scaleOut is how many replicas there are to be, where a policy makes want of a
// number: while a cooldown lasts, only the difference is added.
func (c *cooldown) scaleOut(now time.Duration, current, most int32, want func(from int32) int32) int32 {
	base := current
	if now < c.outUntil {
		base = min(c.base, current)
	}
	wanted := min(want(base), most)
	if wanted <= current {
		return current
	}
	c.base, c.outUntil, c.inUntil = base, now+c.out, 0
	return wanted
}

// scaleIn is how many there are to be: nothing while a cooldown lasts.
func (c *cooldown) scaleIn(now time.Duration, current, least int32, want func(from int32) int32) int32 {
	if now < c.outUntil || now < c.inUntil {
		return current
	}
	wanted := max(want(current), least)
	if wanted >= current {
		return current
	}
	c.inUntil = now + c.in
	return wanted
}
