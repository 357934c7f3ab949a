package explain

import (
	"strings"

	"github.com/scaler-dev/scaler/internal/policy"
)

// terms are the numbers that a proposal rests on, in the order of its arithmetic, as
// in "capacity 40 /s a replica (learned, 80 % sure)".
func terms(p policy.Proposal) string {
	parts := make([]string, 0, len(p.Terms))
	for _, t := range p.Terms {
		parts = append(parts, term(t))
	}
	return strings.Join(parts, ", ")
}

func term(t policy.Term) string {
	s := t.Name + " " + Number(t.Value)
	if t.Unit != "" {
		s += " " + t.Unit
	}
	var about []string
	if t.Learned {
		about = append(about, "learned", Number(float64(int(100*t.Sure+0.5)))+" % sure")
	}
	if t.Note != "" {
		about = append(about, t.Note)
	}
	if len(about) > 0 {
		s += " (" + strings.Join(about, ", ") + ")"
	}
	return s
}
