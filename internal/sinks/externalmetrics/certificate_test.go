package externalmetrics

import (
	"crypto/tls"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
)

var _ dynamiccertificates.CertKeyContentProvider = (*pairs)(nil)

// pairs is a certificate that changes.
type pairs struct {
	mu        sync.Mutex // guards all below
	cert, key []byte
	listeners []dynamiccertificates.Listener
}

func newPairs(cert, key []byte) *pairs { return &pairs{cert: cert, key: key} }

func (p *pairs) Name() string { return "pairs" }

func (p *pairs) AddListener(l dynamiccertificates.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listeners = append(p.listeners, l)
}

func (p *pairs) CurrentCertKeyContent() (cert, key []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cert, p.key
}

func (p *pairs) set(cert, key []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cert, p.key = cert, key
	for _, l := range p.listeners {
		l.Enqueue()
	}
}

// shown is the serial number that the server's certificate has in a new handshake.
func (g *guarded) shown(t *testing.T) string {
	t.Helper()
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: g.ownCA.pool(), MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(t.Context(), "tcp", g.server.Addr().String())
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String()
}

// Certificates change twenty times below clients that ask all the time, on
// connections that stay and on new ones.
func TestCertificateIsSwappedUnderLoad(t *testing.T) {
	certs := newPairs(nil, nil)
	g := &guarded{cluster: newCluster(t), board: NewBoard(at(0)), proxyCA: newAuthority(t), ownCA: newAuthority(t)}
	g.trust(g.proxyCA)
	certs.set(g.ownCA.issue(t, "first", time.Hour))
	g.start(t, func(s *Settings) { s.Certificate = certs })
	require.Eventually(t, func() bool { return g.server.Ready() == nil }, 10*time.Second, time.Millisecond)

	done := make(chan struct{})
	var asked, failed atomic.Int64
	var clients sync.WaitGroup
	for i := range 4 {
		client := g.as(t, nil)
		client.Transport.(*http.Transport).DisableKeepAlives = i%2 == 0
		clients.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				asked.Add(1)
				if err := readyz(client, "https://"+g.server.Addr().String()); err != nil {
					failed.Add(1)
					t.Log(err)
				}
			}
		})
	}
	seen := map[string]bool{}
	for range 20 {
		before := g.shown(t)
		seen[before] = true
		certs.set(g.ownCA.issue(t, "next", time.Hour))
		enough := asked.Load() + 20
		require.Eventually(t, func() bool { return g.shown(t) != before && asked.Load() > enough }, 10*time.Second, time.Millisecond)
	}
	close(done)
	clients.Wait()
	require.Len(t, seen, 20)
	require.Zero(t, failed.Load())
	t.Logf("%d requests, %d failed", asked.Load(), failed.Load())
}

func readyz(client *http.Client, url string) error {
	req, err := http.NewRequest(http.MethodGet, url+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	return roundTrip(client, req)
}

// roundTrip is an error unless the answer is 200.
func roundTrip(client *http.Client, req *http.Request) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		return errStatus{resp.Status, string(body)}
	}
	return err
}

type errStatus struct{ status, body string }

func (e errStatus) Error() string { return e.status + ": " + e.body }

// A server may start before there is a certificate, and tells so; what is unusable
// changes nothing.
func TestCertificateComesLate(t *testing.T) {
	certs := newPairs(nil, nil)
	g := &guarded{cluster: newCluster(t), board: NewBoard(at(0)), proxyCA: newAuthority(t), ownCA: newAuthority(t)}
	g.trust(g.proxyCA)
	g.start(t, func(s *Settings) { s.Certificate = certs })
	require.Eventually(t, func() bool { return g.server.access.proxy.ready() == nil && g.server.running.Load() }, 10*time.Second, time.Millisecond)
	require.ErrorIs(t, g.server.Ready(), errNoCertificate)
	_, ok := g.server.CertificateExpiry()
	require.False(t, ok)
	require.Error(t, readyz(g.as(t, nil), "https://"+g.server.Addr().String()))

	cert, key := g.ownCA.issue(t, "first", time.Hour)
	certs.set(cert, key)
	require.Eventually(t, func() bool { return readyz(g.as(t, nil), "https://"+g.server.Addr().String()) == nil }, 10*time.Second, time.Millisecond)
	require.NoError(t, g.server.Ready())
	expiry, ok := g.server.CertificateExpiry()
	require.True(t, ok)
	require.WithinDuration(t, time.Now().Add(time.Hour), expiry, time.Minute)
	serial := g.shown(t)

	otherCert, _ := g.ownCA.issue(t, "other", time.Hour)
	certs.set(otherCert, key)
	require.ErrorIs(t, g.server.Ready(), errNoCertificate, "a key of another certificate")
	require.Equal(t, serial, g.shown(t), "the last good one is shown")

	certs.set(g.ownCA.issue(t, "old", -time.Minute))
	require.ErrorContains(t, g.server.Ready(), "the certificate expired at ")
	require.Nil(t, g.server.CABundle())
}

// Before it serves, the library neither sees a change nor is told of one: it would
// copy a configuration that it is still writing.
func TestCertificateStaysDuringTheStart(t *testing.T) {
	certs := newPairs([]byte("cert"), []byte("key"))
	c := newCertificate(certs)
	var told listener
	c.AddListener(&told)
	shown := func() string {
		cert, key := c.CurrentCertKeyContent()
		return string(cert) + " " + string(key)
	}
	require.Equal(t, "cert key", shown())
	certs.set([]byte("second cert"), []byte("second key"))
	require.Equal(t, "cert key", shown())
	require.Zero(t, told)
	c.begin()
	require.Equal(t, "second cert second key", shown())
	require.EqualValues(t, 1, told)
	certs.set([]byte("third cert"), []byte("third key"))
	require.Equal(t, "third cert third key", shown())
	require.EqualValues(t, 2, told)
}

type listener int

func (l *listener) Enqueue() { *l++ }
