package apiservice

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	discovery "k8s.io/client-go/kubernetes/typed/discovery/v1"
	v1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	client "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset/typed/apiregistration/v1"
)

const (
	// lookEvery is how often the entry is read.
	lookEvery = 30 * time.Second
	// lookSoon is the pause after a conflict.
	lookSoon = time.Second
	// settled is how long the entry has had a caBundle until the API server surely
	// checks with it.
	settled = 10 * time.Second
	// lookLasts is how long what was seen counts: who leads no more looks no more.
	lookLasts = 4 * lookEvery
)

// Settings are what the host gives a steward.
type Settings struct {
	Client client.APIServicesGetter
	Want   Want
	// Bundle is what the cluster is to check Scaler's certificate with, empty while
	// there is none. Nil: somebody else sees to it, and nothing is ever written.
	Bundle func() []byte
	// Force takes the entry over from whoever has it, once, when a replica is ready
	// behind the wanted Service.
	Force bool
	// Endpoints are looked at only for Force.
	Endpoints discovery.EndpointSlicesGetter
	// Timeout of one call; 0: five seconds.
	Timeout time.Duration
	Now     func() time.Time
	Log     *slog.Logger
}

// Steward follows the entry and, where it leads to Scaler, keeps its caBundle. The
// leader runs it. Status and Trusts read memory and may be called at any time.
type Steward struct {
	s    Settings
	wake chan struct{}

	mu      sync.Mutex // guards all below
	report  Report
	since   time.Time // the entry has had its present caBundle, as far as is known
	looked  bool
	taken   bool
	waiting bool   // to take over, for a replica behind the Service
	wrote   []byte // what Scaler wrote last and found there since; nil: nothing, or it was replaced
	dispute dispute
}

var _ dynamiccertificates.Listener = (*Steward)(nil)

// Report is what a steward knows.
type Report struct {
	Status

	// At is when the entry was last read; zero: it never was.
	At time.Time `json:"at,omitzero"`
	// Problem is what keeps the steward from its work; empty: nothing.
	Problem string `json:"problem,omitempty"`
}

// NewSteward makes a steward that has not looked yet.
func NewSteward(s Settings) *Steward {
	if s.Timeout == 0 {
		s.Timeout = callTimeout
	}
	return &Steward{s: s, wake: make(chan struct{}, 1)}
}

// Run follows the entry until ctx ends. It may be called again, for another term:
// what others did in between was no dispute with this one.
func (s *Steward) Run(ctx context.Context) {
	s.mu.Lock()
	s.wrote = nil
	s.mu.Unlock()
	for ctx.Err() == nil {
		t := time.NewTimer(s.step(ctx))
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-s.wake:
		}
		t.Stop()
	}
}

// Enqueue has the entry looked at soon: the certificate has changed.
func (s *Steward) Enqueue() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Status is what was found last.
func (s *Steward) Status() Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.report
}

// Trusts tells whether the cluster checks Scaler's certificate with a bundle by now.
// Where the entry does not lead to Scaler, nobody checks it, and that is true.
func (s *Steward) Trusts(bundle []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.s.Now()
	switch {
	case !s.looked || now.Sub(s.report.At) > lookLasts:
		return false
	case s.report.Owner != Ours:
		return true
	}
	return bytes.Equal(s.report.ca, bundle) && now.Sub(s.since) >= settled
}

// step looks, and does what there is to do. It tells when to look again.
func (s *Steward) step(ctx context.Context) time.Duration {
	o, err := get(ctx, s.s.Client, s.s.Timeout)
	if err == nil {
		s.found(o)
		err = s.act(ctx, o)
	}
	switch {
	case ctx.Err() != nil:
		return 0
	case apierrors.IsConflict(err):
		return lookSoon
	}
	if s.tell(err); s.waits() {
		return lookSoon
	}
	return lookEvery
}

// act writes what is due.
func (s *Steward) act(ctx context.Context, o *v1.APIService) error {
	p := s.due()
	if p == nil {
		s.wait(false)
		return nil
	}
	if p.Spec.Service != nil {
		serves, err := s.serves(ctx)
		if s.wait(err == nil && !serves); err != nil || !serves {
			return err
		}
	}
	o, err := s.patch(ctx, o, p)
	if err != nil {
		return err
	}
	s.done(o, p)
	return nil
}

// found takes in what the entry says.
func (s *Steward) found(o *v1.APIService) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, before := s.s.Now(), s.report.Status
	status := read(o, s.s.Want)
	if !s.looked || before.Owner != status.Owner || !bytes.Equal(before.ca, status.ca) {
		s.since = now
	}
	if !s.looked || before.Owner != status.Owner || before.Service != status.Service || before.Available != status.Available {
		s.announce(status)
	}
	s.report.Status, s.report.At, s.looked = status, now, true
	if s.wrote != nil && (status.Owner != Ours || !bytes.Equal(status.ca, s.wrote)) {
		s.dispute.replaced(now, status.latest())
		s.wrote = nil
	}
}

func (s *Steward) announce(status Status) {
	say := s.s.Log.Warn
	if status.OK() {
		say = s.s.Log.Info
	}
	say("api service seen", "owner", string(status.Owner), "service", status.Service, "advice", status.Sentences())
}

// latest is who wrote spec.caBundle last, Scaler apart.
func (s Status) latest() string {
	for _, w := range s.Writers {
		if w.Manager != manager {
			return w.Manager
		}
	}
	return "somebody whom managedFields do not name"
}

// tell keeps what is wrong, and logs it when it changes.
func (s *Steward) tell(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.report.Problem
	if s.report.Problem = s.problem(err); s.report.Problem == before {
		return
	}
	if s.report.Problem == "" {
		s.s.Log.Info("api service in order again", "name", Name)
		return
	}
	s.s.Log.Warn("api service has a problem", "problem", s.report.Problem)
}

func (s *Steward) problem(err error) string {
	if err != nil {
		return err.Error()
	}
	if by, ok := s.dispute.with(s.s.Now()); ok {
		return "its caBundle or Service is rewritten again and again by " + by +
			": stop one of the two; Scaler writes it less and less often until then"
	}
	if s.waiting {
		return "to be taken over by force, it waits for a replica that is ready behind " + s.s.Want.String()
	}
	if s.s.Force && s.report.Owner == Foreign && s.taken {
		return "it was taken over by force and leads elsewhere again: somebody took it back; it is not taken twice before a restart"
	}
	return ""
}
