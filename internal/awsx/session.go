package awsx

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	// sessionLife is the longest that a role's own settings can not forbid, and the
	// longest for a role that is assumed by a role.
	sessionLife = time.Hour
	// sessionMargin is how long before its end a session is no longer used.
	sessionMargin = 10 * time.Second
	// renewPause passes between attempts to renew a session that still serves; half
	// as much again, at random, keeps many processes apart.
	renewPause = 30 * time.Second
	// askPause passes between attempts while there is no session: every poll fails
	// meanwhile.
	askPause = 5 * time.Second
)

// session holds the credentials of a role. They are renewed past half their life by
// a call that nobody waits for, and serve until their end whatever becomes of it.
// Only who finds none that serve waits: all of them for one call.
type session struct {
	role aws.CredentialsProvider
	skew func() time.Duration        // of AWS's clock: it is what sessions end by
	run  func(func(context.Context)) // in a goroutine that ends with close
	stop func()

	mu     sync.Mutex
	held   aws.Credentials // guarded by mu, as all below
	half   time.Time
	end    time.Time // zero: there never were any
	retry  time.Time // no attempt before it
	failed error     // of the latest attempt
	asking chan struct{}
	closed bool
}

// newSession asks nobody yet. The endpoint is the region's own, unless the document
// has another. The context's end is not the session's, which ends with close.
func newSession(ctx context.Context, cfg aws.Config, spec v1alpha1.AWSProvider, skew func() time.Duration) *session {
	client := sts.NewFromConfig(cfg, func(o *sts.Options) { override(&o.BaseEndpoint, spec) })
	role := stscreds.NewAssumeRoleProvider(client, spec.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = "scaler", sessionLife
		if spec.ExternalID != "" {
			o.ExternalID = aws.String(spec.ExternalID.Reveal())
		}
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var calls sync.WaitGroup
	return &session{
		role: wrapCredentials(role), skew: skew,
		run: func(f func(context.Context)) { calls.Go(func() { f(ctx) }) },
		stop: func() {
			cancel()
			calls.Wait()
		},
	}
}

// Retrieve gives credentials that serve now.
func (s *session) Retrieve(ctx context.Context) (aws.Credentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Before(s.end) {
		if !now.Before(s.half) {
			s.ask(now)
		}
		return s.held, nil
	}
	if asking := s.ask(time.Now()); asking != nil {
		if err := s.wait(ctx, asking); err != nil {
			return aws.Credentials{}, err
		}
	}
	if time.Now().Before(s.end) {
		return s.held, nil
	}
	return aws.Credentials{}, s.failure()
}

// wait lets go of the lock meanwhile.
func (s *session) wait(ctx context.Context, asking <-chan struct{}) error {
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-asking:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask starts the call unless one is under way, which it gives; nil where it is too
// early for another attempt.
func (s *session) ask(now time.Time) <-chan struct{} {
	if s.asking != nil || s.closed || now.Before(s.retry) {
		return s.asking
	}
	done := make(chan struct{})
	s.asking = done
	s.run(func(ctx context.Context) {
		defer close(done)
		got, err := s.role.Retrieve(ctx)
		s.take(got, err)
	})
	return done
}

func (s *session) take(got aws.Credentials, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.asking, s.failed = nil, err
	if err == nil {
		life := min(got.Expires.Sub(now.Add(s.skew())), sessionLife)
		s.held, s.half, s.end = got, now.Add(life/2), now.Add(life-sessionMargin)
	}
	s.retry = now.Add(askPause) // also where a new session is no good at once
	if now.Before(s.end) {
		s.retry = now.Add(renewPause + rand.N(renewPause/2)) //nolint:gosec // no secret
	}
}

// failure says why there are no credentials.
func (s *session) failure() error {
	if s.end.IsZero() && s.failed != nil {
		return s.failed
	}
	why := "AWS gave one that has ended"
	if s.failed != nil {
		why = classify(s.failed).Detail
	}
	return &signals.Error{Reason: signals.Auth, Detail: "the role's session has ended and a new one is not to be had: " + why}
}

// close ends the call that is under way, and waits for it. Credentials that still
// serve are given out until their end; there are no others.
func (s *session) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
}
