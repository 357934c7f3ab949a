package score

import (
	"cmp"
	"slices"
)

// Point is the result of one setting in a sweep.
type Point struct {
	Setting         string
	LateShare, Cost float64
}

// Frontier is the settings of a sweep that no other one beats in both cost and
// lateness, by rising late share and falling cost.
type Frontier []Point

// NewFrontier keeps of a sweep what is on its frontier; of equals the first.
func NewFrontier(sweep []Point) Frontier {
	points := slices.Clone(sweep)
	slices.SortStableFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.LateShare, b.LateShare), cmp.Compare(a.Cost, b.Cost))
	})
	var f Frontier
	for _, p := range points {
		if n := len(f); n == 0 || p.Cost < f[n-1].Cost {
			f = append(f, p)
		}
	}
	return f
}

// At is the cost at a late share, and the setting that stands for it. Between two
// settings the cost is on the straight line between them, by late share: what it
// would cost to run each for a part of the traffic. The setting is then the dearer
// one, which keeps the share. Above the largest late share it is that one's: nothing
// cheaper is known. It is false, not reachable, where every setting is later.
func (f Frontier) At(late float64) (cost float64, setting string, ok bool) {
	i := 0
	for i < len(f) && f[i].LateShare <= late {
		i++
	}
	switch {
	case i == 0:
		return 0, "", false
	case i == len(f):
		return f[i-1].Cost, f[i-1].Setting, true
	}
	from, to := f[i-1], f[i]
	part := (late - from.LateShare) / (to.LateShare - from.LateShare)
	return from.Cost + part*(to.Cost-from.Cost), from.Setting, true
}
