package explain

import (
	"fmt"
	"strings"

	"github.com/scaler-dev/scaler/internal/policy"
)

// terms are the numbers that a proposal rests on, in the order of its arithmetic.
func terms(p policy.Proposal, text func(policy.Term) string) string {
	parts := make([]string, len(p.Terms))
	for i, t := range p.Terms {
		parts[i] = text(t)
	}
	return strings.Join(parts, ", ")
}

// brief is a term with what there is to say of it only where it was learned.
func brief(t policy.Term) string {
	if !t.Learned {
		t.Note = ""
	}
	t.Learned = false
	return term(t)
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
	case t.Unit == "×":
		text += t.Unit + Number(t.Value)
	case strings.HasPrefix(t.Unit, "/"):
		text += Number(t.Value) + t.Unit
	default:
		text += strings.TrimSuffix(Number(t.Value)+" "+t.Unit, " ")
	}
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, "; ") + ")"
	}
	return text
}
