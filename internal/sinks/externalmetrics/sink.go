package externalmetrics

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks"
)

var _ sinks.Sink = (*Sink)(nil)

// Sink puts decisions on a board: the row P of each policy, which is its desired
// replicas under its external metric's name, and a row P.signal for each signal.
type Sink struct {
	board *Board
	names map[policy.ID]string

	mu     sync.Mutex // guards layout
	layout layout
}

// NewSink makes a sink for the policies that have a metric's name in names, which
// must not change any more. Until the first Publish the board stays as it is.
func NewSink(board *Board, names map[policy.ID]string) *Sink {
	return &Sink{board: board, names: names}
}

// Publish swaps in the board of these decisions; what they do not name is gone.
func (s *Sink) Publish(_ context.Context, ds []policy.Decision) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.layout.fits(ds) {
		s.layout = newLayout(ds, s.names)
	}
	s.board.now.Store(&snapshot{index: s.layout.index, rows: s.layout.rows(ds)})
	return nil
}

// layout says where the rows of decisions lie. It outlives boards for as long as
// the names of policies and signals stay the same, so that a tick writes rows and
// no keys.
type layout struct {
	slots []slot // one a decision
	index map[key]int32
}

type slot struct {
	id      policy.ID
	served  bool
	signals []string
}

func newLayout(ds []policy.Decision, names map[policy.ID]string) layout {
	l := layout{slots: make([]slot, len(ds)), index: make(map[key]int32, 2*len(ds))}
	next := int32(0)
	add := func(namespace, metric string) {
		l.index[key{namespace, metric}] = next
		next++
	}
	for i := range ds {
		id := ds[i].Policy
		name, served := names[id]
		l.slots[i] = slot{id: id, served: served}
		if !served {
			continue
		}
		add(id.Namespace, name)
		for _, r := range ds[i].Signals {
			l.slots[i].signals = append(l.slots[i].signals, r.Name)
			add(id.Namespace, name+"."+r.Name)
		}
	}
	return l
}

// fits says whether decisions have the names of the layout, in the same order.
func (l *layout) fits(ds []policy.Decision) bool {
	if l.index == nil || len(ds) != len(l.slots) {
		return false
	}
	for i := range ds {
		s := &l.slots[i]
		if ds[i].Policy != s.id {
			return false
		}
		if s.served && !slices.EqualFunc(s.signals, ds[i].Signals, func(name string, r policy.Reading) bool { return name == r.Name }) {
			return false
		}
	}
	return true
}

func (l *layout) rows(ds []policy.Decision) []row {
	rows := make([]row, 0, len(l.index))
	for i := range ds {
		if !l.slots[i].served {
			continue
		}
		rows = append(rows, decisionRow(&ds[i]))
		for j := range ds[i].Signals {
			rows = append(rows, readingRow(&ds[i].Signals[j]))
		}
	}
	return rows
}

func decisionRow(d *policy.Decision) row {
	n, known := d.Desired.Replicas()
	if !known {
		return row{reason: cmp.Or(string(d.Desired.Reason()), reasonUnknown)}
	}
	return numberRow(float64(n), d.DataAt, d.Expires)
}

func readingRow(r *policy.Reading) row {
	switch {
	case r.Served != nil:
		return numberRow(r.Served.Value, r.Served.At, r.Served.Expires)
	case r.Value != nil:
		return row{reason: reasonUnconfirmed}
	default:
		return row{reason: cmp.Or(string(r.Reason), stateReason(r.State))}
	}
}

func numberRow(v float64, at time.Time, expires time.Duration) row {
	m, ok := milli(v)
	if !ok {
		return row{reason: reasonOutOfRange}
	}
	return row{milli: m, at: at.Unix(), expires: expires}
}

// stateReason is the reason of a signal that has no number and whose latest fetch
// gave no error.
func stateReason(s signals.State) string {
	switch s {
	case signals.StateStale:
		return "stale"
	case signals.StateExpired:
		return reasonExpired
	case signals.StateAbsent:
		return string(signals.Absent)
	case signals.StateInvalid:
		return string(signals.Invalid)
	case signals.StateMissing:
		return string(signals.Missing)
	case signals.StateFresh, signals.StateError:
		return reasonUnknown
	default:
		return reasonUnknown
	}
}
