package policy

import (
	"math"
	"time"
)

// CombineMode says how proposals become one number.
type CombineMode int

// The modes of combining.
const (
	CombineMax CombineMode = iota
	CombineSum
	CombineExpr
)

// Combine makes one number of the proposals. An abstaining demand counts as 0.
// Expr, over the demands' names, is set with CombineExpr only.
type Combine struct {
	Mode CombineMode
	Expr Expr
}

// combine makes one number of the proposals that are there, and notes which data
// decided. It is false if there is none. A sum or an expression that lacks an
// input that is unknown counts as the largest proposal; one that gives no number
// of replicas does too, and is a doubt.
func (w *work) combine() (n int32, d doubt, ok bool) {
	ps := w.d.Proposals
	largest := largestOf(ps)
	if largest < 0 {
		return 0, d, false
	}
	s := Step{Stage: StageCombine, Reason: ReasonLargest, Before: w.previous, After: ps[largest].Replicas, Subject: ps[largest].Demand}
	switch w.p.Combine.Mode {
	case CombineMax:
		w.rest(ps[largest : largest+1])
	case CombineSum:
		if n, whole := sumOf(ps); whole {
			s.Reason, s.After, s.Subject = ReasonSum, n, ""
		}
		w.rest(ps)
	case CombineExpr:
		v, whole := w.p.Combine.evaluate(ps)
		n, valid := CeilReplicas(v)
		switch {
		case whole && valid:
			s.Reason, s.After, s.Subject = ReasonExpression, n, ""
		case whole:
			d = doubt{Reason: ReasonNotComputed, Subject: string(StageCombine)}
		}
		w.rest(ps)
	}
	w.step(s)
	return s.After, d, true
}

// largestOf is the index of the largest proposal, of equal ones the one with the
// newest data; -1 without any.
func largestOf(ps []Proposal) int {
	largest := -1
	for i := range ps {
		p := &ps[i]
		if p.State != Proposed {
			continue
		}
		if largest < 0 || p.Replicas > ps[largest].Replicas ||
			(p.Replicas == ps[largest].Replicas && p.DataAt.After(ps[largest].DataAt)) {
			largest = i
		}
	}
	return largest
}

// rest notes the oldest data among proposals.
func (w *work) rest(ps []Proposal) {
	var at time.Time
	for i := range ps {
		p := &ps[i]
		if p.State != Proposed || p.DataAt.IsZero() {
			continue
		}
		if at.IsZero() || p.DataAt.Before(at) {
			at = p.DataAt
		}
		w.d.Expires = min(w.d.Expires, p.Expires)
	}
	if !at.IsZero() {
		w.d.DataAt = at
	}
}

// sumOf adds up the demands; guards only raise the sum to their own proposal. It
// is not whole if a demand is unknown.
func sumOf(ps []Proposal) (n int32, whole bool) {
	sum, guard := int64(0), int64(0)
	whole = true
	for i := range ps {
		p := &ps[i]
		switch {
		case p.State == Doubtful:
			whole = false
		case p.State == Proposed && p.Guard:
			guard = max(guard, int64(p.Replicas))
		case p.State == Proposed:
			sum += int64(p.Replicas)
		}
	}
	return int32(min(max(sum, guard), math.MaxInt32)), whole
}

// evaluate gives the expression's value, NaN if it fails. It is not whole if a
// demand that it names is unknown.
func (c Combine) evaluate(ps []Proposal) (v float64, whole bool) {
	names := c.Expr.Names()
	values := make([]float64, len(names))
	for i, name := range names {
		for _, p := range ps {
			if p.Demand != name {
				continue
			}
			if p.State == Doubtful {
				return 0, false
			}
			values[i] = float64(p.Replicas)
		}
	}
	v, err := c.Expr.Eval(values)
	if err != nil {
		return math.NaN(), true
	}
	return v, true
}

// capGuards cuts guards to maxAdd above the other demands: their sum where they
// are summed, else the largest. Where one of those is unknown, or none proposes, the
// previous decision stands for it.
func capGuards(ps []Proposal, mode CombineMode, previous int32) {
	largest, sum, unknown := int64(-1), int64(0), false
	for i := range ps {
		p := &ps[i]
		switch {
		case p.Guard:
		case p.State == Doubtful:
			unknown = true
		case p.State == Proposed:
			largest, sum = max(largest, int64(p.Replicas)), sum+int64(p.Replicas)
		}
	}
	base := largest
	if mode == CombineSum && largest >= 0 {
		base = sum
	}
	if unknown || largest < 0 {
		base = max(base, int64(previous))
	}
	for i := range ps {
		p := &ps[i]
		if p.State != Proposed || !p.Guard || p.MaxAdd == 0 {
			continue
		}
		if bound, ok := CeilReplicas(float64(base) * (1 + p.MaxAdd)); ok && p.Replicas > bound {
			p.Replicas, p.Reason = bound, ReasonGuardCap
		}
	}
}

// CeilReplicas rounds up to whole replicas, after rounding to 1e-9, so that
// 28.000000000000004 is 28. It is false for what is negative or not finite.
func CeilReplicas(v float64) (int32, bool) {
	switch {
	case math.IsNaN(v), math.IsInf(v, 0), v < 0:
		return 0, false
	case v >= math.MaxInt32:
		return math.MaxInt32, true
	default:
		return int32(math.Ceil(math.Round(v*1e9) / 1e9)), true
	}
}
