package replica

import "context"

// turn is something that runs for as long as it is this process's turn. It is not
// safe for concurrent use.
type turn struct {
	ctx    context.Context //nolint:containedctx // the turns' parent; start takes no other
	run    func(context.Context)
	cancel context.CancelFunc
	done   chan struct{}
}

// newTurn starts it.
func newTurn(ctx context.Context, run func(context.Context)) *turn {
	t := &turn{ctx: ctx, run: run}
	t.start() //nolint:contextcheck // ctx is its own
	return t
}

func (t *turn) start() {
	ctx, cancel := context.WithCancel(t.ctx)
	t.cancel, t.done = cancel, make(chan struct{})
	go func() {
		defer close(t.done)
		t.run(ctx)
	}()
}

// stop ends it and waits for its end; once is enough, twice does no harm.
func (t *turn) stop() {
	t.cancel()
	<-t.done
}
