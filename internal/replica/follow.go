package replica

import (
	"context"
	"errors"
	"time"

	"github.com/scaler-dev/scaler/internal/mirror"
)

const (
	// again is the pause before a leader is asked once more, or looked for: the others
	// go on with the next one's numbers as soon as there is one.
	again = 250 * time.Millisecond
	// lookOften is how many times that is done before it is done every lookEvery: it
	// may be that nobody leads for long.
	lookOften = 100
	lookEvery = 2 * time.Second
)

// follow follows whoever leads, until ctx ends.
func (s *Shard) follow(ctx context.Context) {
	told, tries := "", 0
	for ctx.Err() == nil {
		holder := s.Leadership.Holder()
		if address := AddressOf(holder); address != "" && holder != s.Identity {
			began := time.Now()
			err := s.followOne(ctx, address)
			if time.Since(began) > lookEvery {
				tries = 0 // it was followed
			}
			if text := textOf(err); text != told && ctx.Err() == nil {
				told = text
				if err != nil {
					s.Log.WarnContext(ctx, "cannot follow the leader", "leader", holder, "error", err)
				}
			}
			if s.Leadership.Holder() != holder {
				continue // there is somebody else to follow
			}
		}
		pause := again
		if tries++; tries > lookOften {
			pause = lookEvery
		}
		select {
		case <-ctx.Done():
		case <-s.Leadership.Moved():
			tries = 0
		case <-time.After(pause):
			s.Leadership.Look(ctx)
		}
	}
}

// followOne follows one leader, until it leads no more.
func (s *Shard) followOne(ctx context.Context, address string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	defer func() { <-ended }()
	over := make(chan struct{})
	defer close(over)
	go func() {
		defer close(ended)
		select {
		case <-s.Leadership.Moved():
			cancel()
		case <-over:
		}
	}()
	err := s.Follower.Follow(ctx, address)
	if ctx.Err() != nil || errors.Is(err, mirror.ErrNotLeading) {
		return nil
	}
	return err
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
