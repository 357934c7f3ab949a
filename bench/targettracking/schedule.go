package targettracking

import (
	"slices"
	"strings"
	"time"
)

// Action is a scheduled action of one time, at(...): a new range. Nil: as it is.
type Action struct {
	Name     string
	At       time.Time
	Min, Max *int32
}

// Schedule says which scheduled actions stand, all of them, as
// DescribeScheduledActions lists them. Each executes once, in the first step that is
// not before its time, and one that is listed on does not execute again.
func (m *Model) Schedule(actions ...Action) {
	m.actions = slices.SortedFunc(slices.Values(actions), func(a, b Action) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	for name := range m.executed {
		if !slices.ContainsFunc(actions, func(a Action) bool { return a.Name == name }) {
			delete(m.executed, name)
		}
	}
}

// execute does what is due: the range changes, and capacity is pulled inside it,
// cooldowns or not.
func (m *Model) execute(now time.Time, out *Outcome) {
	for _, a := range m.actions {
		if a.At.After(now) {
			break
		}
		if at, done := m.executed[a.Name]; done && at.Equal(a.At) {
			continue
		}
		m.executed[a.Name] = a.At
		if m.suspended.Scheduled {
			continue // what is due while suspended is missed, not made up for
		}
		if a.Min != nil {
			m.min = *a.Min
		}
		if a.Max != nil {
			m.max = *a.Max
		}
		m.pull(out, a.Name)
	}
}
