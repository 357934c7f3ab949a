package mirror_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/mirror"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/policy/demand"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// authority signs for replicas.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return authority{cert, key, pool}
}

const peer = "scaler-peer"

func (a authority) config(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{peer}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	require.NoError(t, err)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}},
		ClientCAs: a.pool, RootCAs: a.pool, ServerName: peer, ClientAuth: tls.RequireAndVerifyClientCert,
	}
}

// shifted is a clock whose monotonic reading is ahead.
type shifted struct {
	start time.Time
	by    time.Duration
}

func (c shifted) Now() signals.Instant {
	now := time.Now()
	return signals.Instant{Wall: now.UTC().Round(0), Mono: now.Sub(c.start) + c.by}
}

var (
	quiet   = slog.New(slog.DiscardHandler)
	backlog = signals.Subject{Provider: "aws", Query: "backlog"}
	orders  = policy.ID{Namespace: "shop", Name: "orders"}
)

// pipeline is one policy of at most so many replicas.
func pipeline(most int32) *runner.Pipeline {
	raw, _ := json.Marshal(most)
	return &runner.Pipeline{
		Hash: string(raw), Tick: time.Second, Policies: raw,
		Spec: engine.Spec{
			Subjects: []engine.Subject{{Subject: backlog, Interval: time.Second}},
			Policies: []engine.Policy{{
				ID: orders,
				Policy: policy.New(policy.Settings{
					ID: orders, Max: most,
					Demands: []policy.NamedDemand{{Name: "drain", Demand: demand.PerReplica{Signal: "backlog", Amount: 10}}},
				}),
				Signals: []engine.Signal{{Name: "backlog", Subject: backlog, Rules: signals.Rules{Kind: signals.Total, FreshFor: time.Minute, HoldFor: time.Hour, Max: signals.MaxValue}}},
			}},
		},
	}
}

func build(d mirror.Documents) (*runner.Pipeline, error) {
	var most int32
	err := json.Unmarshal(d.Policies, &most)
	return pipeline(most), err
}

// leader is an engine whose ticks go to a hub, as the loop does it.
type leader struct {
	mu     sync.Mutex
	clock  shifted
	hub    *mirror.Hub
	engine *engine.Engine
	last   policy.Decision
}

func (l *leader) load(p *runner.Pipeline) {
	var from engine.State
	if l.engine != nil {
		from = l.engine.State()
	}
	l.engine = engine.New(p.Spec, from)
	l.hub.Documents(p)
}

func (l *leader) tick(values ...float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := engine.Tick{Now: l.clock.Now()}
	for _, v := range values {
		t.Outcomes = append(t.Outcomes, signals.Outcome{Subject: backlog, At: t.Now, Samples: []signals.Sample{{Value: v}}})
	}
	l.hub.Tick(t, l.engine.Snapshot)
	l.last = l.engine.Step(t)[0]
}

// world is a leader that is served, and one who follows.
type world struct {
	*leader

	follower mirror.Follower
	address  string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ca := newAuthority(t)
	w := &world{leader: &leader{clock: shifted{time.Now(), time.Hour}, hub: mirror.NewHub()}}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.address = l.Addr().String()
	run(t, func(ctx context.Context) error {
		return (&mirror.Server{Hubs: []*mirror.Hub{w.hub}, Clock: w.clock, TLS: ca.config(t), Log: quiet}).Serve(ctx, l)
	})
	here := shifted{time.Now(), -time.Minute}
	w.follower = mirror.Follower{Clock: here, TLS: ca.config(t), Build: build, Into: &runner.Mirror{Clock: here, Log: quiet}}
	return w
}

// run runs something until the test ends.
func run(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

func (w *world) follow(t *testing.T) {
	t.Helper()
	run(t, func(ctx context.Context) error {
		if err := w.follower.Follow(ctx, w.address); ctx.Err() == nil {
			return err
		}
		return nil
	})
	require.Eventually(t, func() bool { return w.hub.Followers() == 1 }, 5*time.Second, time.Millisecond)
}

// agrees waits until who follows has decided what the leader did.
func (w *world) agrees(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		s := w.follower.Into.Status()
		return s != nil && len(s.Decisions) == 1 && s.Decisions[0].At.Wall.Equal(w.last.At.Wall) &&
			s.Decisions[0].Desired == w.last.Desired && s.Config.Hash != ""
	}, 5*time.Second, time.Millisecond)
}

func TestWhoFollowsDecidesTheSame(t *testing.T) {
	w := newWorld(t)
	w.load(pipeline(50))
	for range 3 {
		w.tick(120) // before anybody follows
	}
	w.follow(t)
	w.tick()
	w.agrees(t)
	require.Equal(t, policy.Replicas(12), w.last.Desired)
	w.tick(310)
	w.agrees(t)
	w.load(pipeline(5)) // a reload of the leader's documents
	w.tick()
	w.agrees(t)
	require.Equal(t, policy.Replicas(5), w.last.Desired)

	// Ages are true on the follower's own clock, however the two clocks stand.
	s := w.follower.Into.Status()
	here, there := s.Decisions[0], w.last
	require.InDelta(t, float64(there.Expires-w.clock.Now().Mono), float64(here.Expires-w.follower.Clock.Now().Mono), float64(2*time.Second))
	require.True(t, s.Mirrored)
	require.True(t, s.AllPolled)

	// What is remembered goes over as a whole: the next decision is the same here.
	state, ok := w.follower.Into.State()
	require.True(t, ok)
	next := engine.New(pipeline(50).Spec, state)
	d := next.Step(engine.Tick{Now: w.follower.Clock.Now()})[0]
	require.NotNil(t, d.Previous)
	require.EqualValues(t, 5, *d.Previous)
}

func TestWhoDoesNotLeadSaysSo(t *testing.T) {
	w := newWorld(t)
	require.ErrorIs(t, w.follower.Follow(t.Context(), w.address), mirror.ErrNotLeading)
	w.load(pipeline(50))
	w.follow(t)
	w.tick(120)
	w.agrees(t)
	w.hub.Stop()
	require.Eventually(t, func() bool { return w.hub.Followers() == 0 }, 5*time.Second, time.Millisecond)
	require.ErrorIs(t, w.follower.Follow(t.Context(), w.address), mirror.ErrNotLeading)
	require.NotNil(t, w.follower.Into.Status(), "what was mirrored stays")
}

func TestStrangersAreRefused(t *testing.T) {
	w := newWorld(t)
	w.load(pipeline(50))
	stranger := newAuthority(t).config(t)
	nobody := stranger.Clone()
	nobody.Certificates = nil
	trusting := stranger.Clone()
	trusting.InsecureSkipVerify = true
	noName := w.follower.TLS.Clone()
	noName.Certificates = nil
	for name, config := range map[string]*tls.Config{
		"who does not trust the leader": stranger, "without a certificate": noName,
		"with another authority's certificate": trusting, "without anything": nobody,
	} {
		t.Run(name, func(t *testing.T) {
			f := w.follower
			f.TLS = config
			require.Error(t, f.Follow(t.Context(), w.address))
			require.Zero(t, w.hub.Followers())
			require.Nil(t, f.Into.Status())
		})
	}
}

// One who does not read is dropped, and nobody waits for it.
func TestWhoIsSlowIsDropped(t *testing.T) {
	w := newWorld(t)
	w.load(pipeline(50))
	conn, err := (&tls.Dialer{Config: w.follower.TLS}).DialContext(t.Context(), "tcp", w.address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /v1/mirror/0 HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.hub.Followers() == 1 }, 5*time.Second, time.Millisecond)
	many := make([]float64, 20_000)
	for i := 0; i < 2000 && w.hub.Followers() > 0; i++ {
		w.tick(many...)
	}
	require.Zero(t, w.hub.Followers())
}

// What another sends that is no stream of ours does no harm.
func TestGarbage(t *testing.T) {
	ca := newAuthority(t)
	for name, body := range map[string]string{
		"not JSON": "<html>", "a tick first": `{"tick":{"now":{}}}`, "a state first": `{"hello":{}}{"state":{}}`, "nothing": `{}`,
		"policies that do not compile": `{"hello":{}}{"documents":{"policies":"x"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			l, err := tls.Listen("tcp", "127.0.0.1:0", ca.config(t))
			require.NoError(t, err)
			srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })}
			run(t, func(ctx context.Context) error {
				go func() { <-ctx.Done(); _ = srv.Close() }()
				_ = srv.Serve(l)
				return nil
			})
			here := shifted{time.Now(), 0}
			f := mirror.Follower{Clock: here, TLS: ca.config(t), Build: build, Into: &runner.Mirror{Clock: here, Log: quiet}}
			require.Error(t, f.Follow(t.Context(), l.Addr().String()))
			require.Nil(t, f.Into.Status())
		})
	}
}
