package estimate

import (
	"slices"
	"time"
)

// maxOrders bounds the orders that are told apart.
const maxOrders = 8

// Orders are replicas that were ordered and do not serve yet, the oldest first. The
// zero value has none.
type Orders struct {
	// Open are how many were ordered, and when, on the monotonic clock.
	Open []Mark `json:"open,omitempty"`
	// Ordered is how many replicas there were in all when last seen.
	Ordered int32 `json:"ordered,omitempty"`
}

// See takes in how many replicas are ordered and how many of them serve. Those that do
// not serve yet are the ones ordered last.
func (o *Orders) See(ordered, ready int32, now time.Duration) {
	if added := ordered - o.Ordered; added > 0 {
		o.add(Mark{At: now, Replicas: added})
	}
	o.Ordered = ordered
	open := int32(0)
	for i := len(o.Open) - 1; i >= 0; i-- {
		left := max(0, ordered-ready) - open
		if left <= 0 {
			o.Open = slices.Delete(o.Open, 0, i+1)
			return
		}
		o.Open[i].Replicas = min(o.Open[i].Replicas, left)
		open += o.Open[i].Replicas
	}
	if left := max(0, ordered-ready) - open; left > 0 {
		o.Open = slices.Insert(o.Open, 0, Mark{At: now, Replicas: left}) // fell back, or was there before us
		o.fit()
	}
}

func (o *Orders) add(n Mark) {
	o.Open = append(o.Open, n)
	o.fit()
}

// fit makes one of two orders, as if both were the later one.
func (o *Orders) fit() {
	for len(o.Open) > maxOrders {
		o.Open[1].Replicas += o.Open[0].Replicas
		o.Open[1].At = max(o.Open[0].At, o.Open[1].At)
		o.Open = slices.Delete(o.Open, 0, 1)
	}
}
