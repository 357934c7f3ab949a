package lease

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// handicap is how long a Lease is left to those who hold fewer: longer than
	// anybody's pause between two attempts.
	handicap = 5 * time.Second
	// patience is how long Leases are unevenly held before one is given up, give or
	// take; it doubles with each time, up to maxDoublings, until calm has passed.
	patience     = 10 * time.Second
	maxDoublings = 6
	calm         = time.Hour
)

// share spreads Leases over the processes that compete for them, without a word
// between these: each knows who holds which Lease, and how many follow it, among
// whom are those who hold none.
//
// Who holds more than another leaves a free Lease to the others for a while, and
// only for a while: it takes it when nobody else does. Who holds two more than
// another gives up the last ones, as at the end of the process: its work on them
// has ended before another's can begin. Holders that differ by one are left alone.
type share struct {
	leases []*Lease
	others func() int // processes that follow this one

	mu     sync.Mutex    // guards all below
	uneven time.Duration // since when, on the monotonic clock; 0: it is not
	wait   time.Duration // how long that is borne
	moves  int           // of late
	moved  time.Duration // the latest
}

// Spread has a process's Leases shared evenly with other processes, of which others
// counts those that follow this one. Call it before any of them runs.
func Spread(leases []*Lease, others func() int) {
	s := &share{leases: leases, others: others}
	for _, l := range leases {
		l.share = s
	}
}

// tally tells which Leases are held here, how few a process holds that holds the
// fewest of the others, and how many processes there are. A Lease that is competed
// for counts as nobody's.
func (s *share) tally(but *Lease) (mine []*Lease, fewest, processes int) {
	counts := map[string]int{}
	for _, l := range s.leases {
		switch holder := l.Holder(); {
		case l == but, holder == "":
		case holder == l.Identity:
			mine = append(mine, l)
		default:
			counts[holder]++
		}
	}
	others := s.others()
	processes = 1 + max(others, len(counts))
	if others > len(counts) {
		return mine, 0, processes // one of them holds none
	}
	fewest = len(s.leases)
	for _, n := range counts {
		fewest = min(fewest, n)
	}
	return mine, fewest, processes
}

// mayTake tells whether a free Lease may be taken that was first found free at an
// instant.
func (s *share) mayTake(l *Lease, free time.Duration) bool {
	if s == nil {
		return true
	}
	mine, fewest, _ := s.tally(l)
	return len(mine) <= fewest || l.Mono()-free >= handicap
}

// gives tells whether a Lease that is held is to be given up.
func (s *share) gives(l *Lease) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weigh(l.Mono())
	return l.leaving.Load()
}

// weigh decides, once for all Leases, what is given up.
func (s *share) weigh(now time.Duration) {
	mine, fewest, processes := s.tally(nil)
	if len(mine) < fewest+2 {
		s.uneven = 0
		return
	}
	if s.uneven == 0 {
		if now-s.moved > calm {
			s.moves = 0
		}
		s.uneven = now
		s.wait = patience<<min(s.moves, maxDoublings) + rand.N(patience/2) //nolint:gosec // spreads moves, guards nothing
	}
	if now-s.uneven < s.wait {
		return
	}
	keep := min(len(mine)-1, (len(s.leases)+processes-1)/processes)
	for _, l := range mine[keep:] {
		l.leaving.Store(true)
	}
	s.uneven, s.moved = 0, now
	s.moves++
}
