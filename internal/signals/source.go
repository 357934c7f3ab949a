package signals

import (
	"context"
	"time"
)

// Window is the span of time a fetch asks for. It is the caller's: a source never
// reads a clock. Mono is To on the caller's monotonic clock, which no clock step
// changes: what is counted per second is counted by it.
type Window struct {
	From, To time.Time
	Mono     time.Duration
}

// Source fetches subjects of one provider.
//
// Fetch returns an outcome for each of its subjects, without At, which the caller
// stamps at the end of the fetch. An error, of type *Error, means that the whole
// fetch failed, for the same reason for every subject that has no outcome. The
// context bounds all of it; a source does not retry. Fetch is not called again
// before it has returned.
type Source interface {
	Subjects() []Subject
	Fetch(ctx context.Context, w Window) ([]Outcome, error)
}
