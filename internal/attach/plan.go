package attach

import (
	"fmt"
	"strconv"
)

// Verb is what a step does.
type Verb string

// The verbs.
const (
	Keep       Verb = "keep"
	Register   Verb = "register"
	Update     Verb = "update"
	Put        Verb = "put"
	Delete     Verb = "delete"
	Deregister Verb = "deregister"
)

// Change is a field that is not as it should be.
type Change struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"` // empty: it was not there
	To    string `json:"to,omitempty"`   // empty: it goes
}

// Step is one thing, and what is done with it.
type Step struct {
	Verb Verb `json:"do"`
	// Kind is target, policy or action; Name is as AWS has it.
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name"`
	Detail  string   `json:"detail,omitempty"`
	Changes []Change `json:"changes,omitempty"`

	min, max *int32 // of a target that is registered or updated
}

// Kind is what a step is about.
type Kind string

// The kinds.
const (
	KindTarget Kind = "target"
	KindPolicy Kind = "policy"
	KindAction Kind = "action"
)

// Plan is what is done, in order, and what to know about it.
type Plan struct {
	Steps []Step   `json:"steps"`
	Notes []string `json:"notes,omitempty"`
}

// Changes says that there is something to do.
func (p *Plan) Changes() bool { return p.changes() > 0 }

func (p *Plan) changes() int {
	n := 0
	for _, s := range p.Steps {
		if s.Verb != Keep {
			n++
		}
	}
	return n
}

func (p *Plan) add(s Step) { p.Steps = append(p.Steps, s) }

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// tell lists what is of somebody else.
func (p *Plan) tell(h Have, place Place) {
	policies, actions := h.foreign(place)
	for _, x := range policies {
		p.add(Step{Verb: Keep, Kind: KindPolicy, Name: x.Name, Detail: "somebody else's, of type " + x.Type})
	}
	for _, x := range actions {
		p.add(Step{Verb: Keep, Kind: KindAction, Name: x.Name, Detail: "somebody else's"})
	}
}

// diff are the fields that differ, in the order of what is wanted.
func diff(have, want []Field) []Change {
	find := func(fields []Field, name string) string {
		for _, f := range fields {
			if f.Name == name {
				return f.Value
			}
		}
		return ""
	}
	var out []Change
	for _, w := range want {
		if from := find(have, w.Name); from != w.Value {
			out = append(out, Change{w.Name, from, w.Value})
		}
	}
	for _, h := range have {
		if find(want, h.Name) == "" {
			out = append(out, Change{h.Name, h.Value, ""})
		}
	}
	return out
}

func count(n int32) string { return strconv.Itoa(int(n)) }

func tasks(least, most int32) string { return fmt.Sprintf("%d to %d tasks", least, most) }
