package externalmetrics

import (
	"sync/atomic"
	"time"
)

// Reasons of a row without a number that are this package's own. Others are those
// of decisions and signals.
const (
	reasonStarting   = "starting"     // nothing has been published yet
	reasonExpired    = "expired"      // the data is older than it may be served
	reasonOutOfRange = "out_of_range" // the autoscaler would misread the number
	reasonUnknown    = "unknown"      // unknown, and nobody said why
	// A value that is not confirmed, and nothing confirmed before it.
	reasonUnconfirmed = "may_not_lower"
)

// Board is what is served: rows by namespace and metric. Reading takes no lock and
// waits for nothing; a writer swaps in the next set of rows as a whole.
type Board struct {
	mono func() time.Duration
	now  atomic.Pointer[snapshot]
}

// snapshot is immutable once it is on a board.
type snapshot struct {
	index map[key]int32
	rows  []row
}

type key struct{ namespace, metric string }

// row is a number or, with a reason, its absence.
type row struct {
	milli   int64
	at      int64         // when it was true, in Unix seconds
	expires time.Duration // on the monotonic clock
	reason  string
}

// NewBoard makes an empty board. The function tells the monotonic time that rows
// expire by; it is called for every read and must not block.
func NewBoard(mono func() time.Duration) *Board { return &Board{mono: mono} }

// read finds a row as it may be served now; false if there is none.
func (b *Board) read(namespace, metric string) (row, bool) {
	s := b.now.Load()
	if s == nil {
		return row{reason: reasonStarting}, true
	}
	i, ok := s.index[key{namespace, metric}]
	if !ok {
		return row{}, false
	}
	r := s.rows[i]
	if r.reason == "" && b.mono() >= r.expires {
		r = row{reason: reasonExpired}
	}
	return r, true
}
