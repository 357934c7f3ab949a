package explain

import (
	"fmt"
	"strings"

	"github.com/scaler-dev/scaler/internal/policy"
)

// terms are the numbers that a proposal rests on, in the order of its arithmetic.
func terms(p policy.Proposal) string {
	parts := make([]string, len(p.Terms))
	for i, t := range p.Terms {
		parts[i] = term(t)
	}
	return strings.Join(parts, ", ")
}

func term(t policy.Term) string {
	var notes []string
	if t.Learned {
		notes = append(notes, fmt.Sprintf("learned, %.0f %% sure", 100*t.Sure))
	}
	if t.Note != "" {
		notes = append(notes, t.Note)
	}
	text := t.Name + " "
	switch {
	case t.Unit == "":
		text += "×" + Number(t.Value)
	case strings.HasPrefix(t.Unit, "/"):
		text += Number(t.Value) + t.Unit
	default:
		text += Number(t.Value) + " " + t.Unit
	}
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, "; ") + ")"
	}
	return text
}
