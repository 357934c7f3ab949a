package certificates

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// handshake joins both ends, and says what each makes of the other. A byte goes
// either way, since a server's refusal reaches a client of TLS 1.3 with the first
// read only.
func handshake(t *testing.T, server, client *tls.Config) (atServer, atClient error) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	ended := make(chan error, 1)
	exchange := func(c *tls.Conn) error {
		defer func() { _ = c.Close() }()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Write([]byte{1}); err != nil {
			return err
		}
		_, err := c.Read(make([]byte, 1))
		return err
	}
	go func() {
		c, err := l.Accept()
		if err == nil {
			err = exchange(tls.Server(c, server))
		}
		ended <- err
	}()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	atClient = exchange(tls.Client(c, client))
	return <-ended, atClient
}

// replica is a Watched that holds a bundle; an empty one, nothing.
func replica(t *testing.T, b Bundle) *Watched {
	t.Helper()
	w := NewWatched(newStore().ref(), func() time.Time { return start.Add(62 * day) }, quiet)
	if !b.empty() {
		require.NoError(t, w.load(b.Data()))
	}
	return w
}

func TestPeers(t *testing.T) {
	one, two := first(t, peers, start), first(t, peers, start)
	staged, _ := advance(t, peers, one, start.Add(60*day))
	promoted, plan := advance(t, peers, staged, start.Add(62*day))
	require.Equal(t, Promote, plan.Step)
	elsewhere := peers
	elsewhere.Names = []string{"scaler.scaler.svc"}
	serves := peers
	serves.Peers = false
	for name, c := range map[string]struct {
		server, client Bundle
		ok             bool
	}{
		"the same":                   {one, one, true},
		"the client is behind":       {staged, one, true},
		"the server is behind":       {one, staged, true},
		"the client shows the next":  {staged, promoted, true},
		"the server shows the next":  {promoted, staged, true},
		"another authority":          {one, two, false},
		"no certificate, client":     {one, Bundle{}, false},
		"no certificate, server":     {Bundle{}, one, false},
		"no authorities, client":     {one, Bundle{Cert: one.Cert, Key: one.Key}, false},
		"no authorities, server":     {Bundle{Cert: one.Cert, Key: one.Key}, one, false},
		"client of another server":   {one, Bundle{Cert: one.Cert, Key: one.Key, CA: two.CA}, false},
		"server with another client": {Bundle{Cert: one.Cert, Key: one.Key, CA: two.CA}, one, false},
		"another name":               {first(t, elsewhere, start), first(t, elsewhere, start), false},
		"good for servers only":      {first(t, serves, start), first(t, serves, start), false},
	} {
		t.Run(name, func(t *testing.T) {
			atServer, atClient := handshake(t, replica(t, c.server).PeerServer(), replica(t, c.client).PeerClient())
			if c.ok {
				require.NoError(t, atServer)
				require.NoError(t, atClient)
				return
			}
			require.Error(t, atServer)
			require.Error(t, atClient)
		})
	}
	_, err := both(t, first(t, elsewhere, start), one)
	require.ErrorContains(t, err, "check the peer's certificate")
}

// both joins a server that trusts what the client shows with a client, so that only
// the client can object.
func both(t *testing.T, shown, client Bundle) (atServer, atClient error) {
	t.Helper()
	shown.CA = append(append([]byte(nil), shown.CA...), client.CA...)
	client.CA = shown.CA
	return handshake(t, replica(t, shown).PeerServer(), replica(t, client).PeerClient())
}

func TestPeersRefuse(t *testing.T) {
	b := first(t, peers, start)
	server := replica(t, b).PeerServer()
	t.Run("who shows nothing", func(t *testing.T) {
		client := replica(t, b).PeerClient()
		client.GetClientCertificate = nil
		atServer, atClient := handshake(t, server, client)
		require.ErrorContains(t, atServer, "didn't provide a certificate")
		require.Error(t, atClient)
	})
	t.Run("an older TLS", func(t *testing.T) {
		client := replica(t, b).PeerClient()
		client.MinVersion, client.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		atServer, _ := handshake(t, server, client)
		require.ErrorContains(t, atServer, "unsupported versions")
	})
	t.Run("an older TLS of a server", func(t *testing.T) {
		old := server.Clone()
		old.GetConfigForClient, old.MaxVersion, old.MinVersion = nil, tls.VersionTLS12, tls.VersionTLS12
		old.Certificates = []tls.Certificate{replica(t, b).current.Load().pair}
		_, atClient := handshake(t, old, replica(t, b).PeerClient())
		require.ErrorContains(t, atClient, "protocol version")
	})
	t.Run("an expired one", func(t *testing.T) {
		late := replica(t, b)
		late.now = func() time.Time { return start.Add(91 * day) }
		_, atClient := handshake(t, server, late.PeerClient())
		require.ErrorContains(t, atClient, "expired")
		atServer, _ := handshake(t, late.PeerServer(), replica(t, b).PeerClient())
		require.ErrorContains(t, atServer, "expired")
	})
}

// The same configurations go on after a rotation, and drop whom they no longer know.
func TestPeersRotate(t *testing.T) {
	one, two := first(t, peers, start), first(t, peers, start)
	a, b := replica(t, one), replica(t, one)
	server, client := a.PeerServer(), b.PeerClient()
	ok := func(want bool) {
		t.Helper()
		atServer, atClient := handshake(t, server, client)
		require.Equal(t, want, atServer == nil && atClient == nil, "%v %v", atServer, atClient)
	}
	ok(true)
	require.NoError(t, a.load(two.Data()))
	ok(false)
	require.NoError(t, b.load(two.Data()))
	ok(true)
}
