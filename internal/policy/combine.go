package policy

import "math"

// CombineMode says how proposals become one number.
type CombineMode int

// The modes of combining.
const (
	CombineMax CombineMode = iota
	CombineSum
	CombineExpr
)

// Combine makes one number of the proposals. Expr, over the demands' names, is
// set with CombineExpr only.
type Combine struct {
	Mode CombineMode
	Expr Expr
}

// combine makes one number of the proposals that are there, and notes which data
// decided. It is false if there is none. A sum or an expression that lacks an
// input counts as the largest proposal.
func (w *work) combine() (int32, bool) {
	ps := w.d.Proposals
	largest, lacks := -1, false
	for i, p := range ps {
		lacks = lacks || p.State == Doubtful
		if p.State != Proposed {
			continue
		}
		if largest < 0 || p.Replicas > ps[largest].Replicas ||
			(p.Replicas == ps[largest].Replicas && p.DataAt.After(ps[largest].DataAt)) {
			largest = i
		}
	}
	if largest < 0 {
		return 0, false
	}
	s := Step{Stage: StageCombine, Reason: ReasonLargest, Before: w.previous, After: ps[largest].Replicas, Subject: ps[largest].Demand}
	if n, reason, ok := w.p.Combine.over(ps); ok && !lacks {
		s.Reason, s.After, s.Subject = reason, n, ""
		w.rest(ps, -1)
	} else {
		w.rest(ps, largest)
	}
	w.step(s)
	return s.After, true
}

// rest notes the oldest data among the proposals there, or that of one of them.
func (w *work) rest(ps []Proposal, only int) {
	first := true
	for i, p := range ps {
		if p.State != Proposed || p.DataAt.IsZero() || (only >= 0 && i != only) {
			continue
		}
		if first || p.DataAt.Before(w.d.DataAt) {
			w.d.DataAt = p.DataAt
		}
		if first || p.Expires < w.d.Expires {
			w.d.Expires = p.Expires
		}
		first = false
	}
}

// over sums or evaluates; false for Max, and for an expression that lacks an
// input or gives no number of replicas.
func (c Combine) over(ps []Proposal) (int32, Reason, bool) {
	switch c.Mode {
	case CombineMax:
		return 0, "", false
	case CombineSum:
		var sum int64
		for _, p := range ps {
			if p.State == Proposed {
				sum += int64(p.Replicas)
			}
		}
		return int32(min(sum, math.MaxInt32)), ReasonSum, true
	case CombineExpr:
		n, ok := c.evaluate(ps)
		return n, ReasonExpression, ok
	default:
		return 0, "", false
	}
}

func (c Combine) evaluate(ps []Proposal) (int32, bool) {
	names := c.Expr.Names()
	values := make([]float64, len(names))
	for i, name := range names {
		p := proposalOf(ps, name)
		if p == nil || p.State != Proposed {
			return 0, false
		}
		values[i] = float64(p.Replicas)
	}
	v, err := c.Expr.Eval(values)
	if err != nil {
		return 0, false
	}
	return CeilReplicas(v)
}

func proposalOf(ps []Proposal, demand string) *Proposal {
	for i := range ps {
		if ps[i].Demand == demand {
			return &ps[i]
		}
	}
	return nil
}

// capGuards cuts guards to maxAdd above the largest of the other demands, or
// above the previous decision where no other proposes.
func capGuards(ps []Proposal, previous int32) {
	base := int32(-1)
	for _, p := range ps {
		if p.State == Proposed && p.MaxAdd == 0 {
			base = max(base, p.Replicas)
		}
	}
	if base < 0 {
		base = previous
	}
	for i := range ps {
		p := &ps[i]
		if p.State != Proposed || p.MaxAdd == 0 {
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
