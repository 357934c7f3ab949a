package certificates

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// keeperAt makes a keeper whose clock stands where the pointer says.
func keeperAt(s *store, now *time.Time) *Keeper {
	return NewKeeper(KeeperSettings{Secret: s.ref(), Issuer: serving, Now: func() time.Time { return *now }, Log: quiet})
}

func TestKeeperMakes(t *testing.T) {
	for name, before := range map[string]*corev1.Secret{
		"where there is none":    nil,
		"where there is nothing": secretOf(nil),
		"where keys are empty":   secretOf(map[string][]byte{"tls.crt": nil, "tls.key": {}}),
	} {
		t.Run(name, func(t *testing.T) {
			s, now, changed := newStore(), start, 0
			s.set(before)
			k := keeperAt(s, &now)
			k.s.Changed = func() { changed++ }
			require.Equal(t, hurry, k.step(t.Context()))
			require.NoError(t, k.Problem())
			got := s.get(t)
			require.Equal(t, corev1.SecretTypeTLS, got.Type)
			require.Equal(t, "scaler", got.Labels["app.kubernetes.io/managed-by"])
			if before != nil {
				require.Equal(t, before.Labels, got.Labels)
				require.Equal(t, before.Annotations, got.Annotations)
			}
			b := FromData(got.Data)
			require.NoError(t, verifies(b, b, serving.Names[1], now, x509.ExtKeyUsageServerAuth))
			require.Equal(t, keepEvery, k.step(t.Context()))
			require.Len(t, s.written(), 1)
			require.Equal(t, 1, changed)
		})
	}
}

func TestKeeperLeavesAlone(t *testing.T) {
	foreign := secretOf(first(t, serving, start).Data())
	delete(foreign.Labels, ownerKey)
	foreignEmpty := secretOf(nil)
	foreignEmpty.Labels[ownerKey] = "Helm"
	for name, c := range map[string]struct {
		secret *corev1.Secret
		want   error
	}{
		"somebody else's":         {foreign, errForeign},
		"somebody else's, empty":  {foreignEmpty, errForeign},
		"garbage":                 {secretOf(map[string][]byte{"tls.crt": []byte("x"), "tls.key": []byte("y")}), errGarbage},
		"a pair by somebody else": {secretOf(map[string][]byte{"tls.crt": foreign.Data["tls.crt"], "tls.key": foreign.Data["tls.key"]}), errGarbage},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := newStore(), start.Add(200*day)
			s.set(c.secret)
			before := s.get(t)
			k := keeperAt(s, &now)
			require.Equal(t, retry, k.step(t.Context()))
			require.ErrorIs(t, k.Problem(), c.want)
			require.Equal(t, before, s.get(t))
			require.Empty(t, s.written())

			s.set(nil) // as the message says
			k.step(t.Context())
			require.NoError(t, k.Problem())
			require.Len(t, s.written(), 1)
		})
	}
}

// What somebody else did meanwhile is no problem, and is not overwritten.
func TestKeeperConflict(t *testing.T) {
	t.Run("create", func(t *testing.T) {
		s, now := newStore(), start
		theirs := first(t, serving, start)
		s.before = func(s *store) { s.put(secretOf(theirs.Data())) }
		k := keeperAt(s, &now)
		require.Equal(t, hurry, k.step(t.Context()))
		require.Equal(t, keepEvery, k.step(t.Context()))
		require.Equal(t, theirs.Cert, s.get(t).Data["tls.crt"])
		require.NoError(t, k.Problem())
	})
	t.Run("update", func(t *testing.T) {
		s, now := newStore(), start.Add(60*day)
		b := first(t, serving, start)
		theirs, _ := advance(t, serving, b, now)
		s.set(secretOf(b.Data()))
		s.before = func(s *store) { s.put(secretOf(theirs.Data())) }
		k := keeperAt(s, &now)
		require.Equal(t, hurry, k.step(t.Context()))
		require.Equal(t, keepEvery, k.step(t.Context()))
		require.Equal(t, theirs.NextCert, s.get(t).Data["next.crt"])
		require.NoError(t, k.Problem())
	})
	t.Run("deleted", func(t *testing.T) {
		s, now := newStore(), start.Add(60*day)
		s.set(secretOf(first(t, serving, start).Data()))
		s.before = func(s *store) { s.secret = nil }
		k := keeperAt(s, &now)
		k.step(t.Context())
		k.step(t.Context())
		require.NoError(t, k.Problem())
		require.Equal(t, now.Add(90*day), leaf(t, FromData(s.get(t).Data)).NotAfter)
	})
}

// The staged pair is not shown before those who check it know its authority, unless
// the present one is refused anyway.
func TestKeeperAwaitsTrust(t *testing.T) {
	s, now := newStore(), start.Add(60*day)
	s.set(secretOf(first(t, serving, start).Data()))
	k, trusted := keeperAt(s, &now), false
	var asked []byte
	k.s.Trusted = func(ca []byte) bool { asked = ca; return trusted }
	k.step(t.Context())
	staged := FromData(s.get(t).Data)
	now = now.Add(2 * day)
	require.Equal(t, awaitTrust, k.step(t.Context()))
	require.Equal(t, staged.CA, asked)
	require.Equal(t, staged, FromData(s.get(t).Data))

	t.Run("trusted", func(t *testing.T) {
		trusted = true
		k.step(t.Context())
		require.Equal(t, staged.NextCert, FromData(s.get(t).Data).Cert)
	})
	t.Run("expired", func(t *testing.T) {
		trusted, now = false, start.Add(91*day)
		s.set(secretOf(staged.Data()))
		k.step(t.Context())
		require.Equal(t, staged.NextCert, FromData(s.get(t).Data).Cert)
	})
}

func TestKeeperFaults(t *testing.T) {
	s, now := newStore(), start
	k := keeperAt(s, &now)
	s.failWith(apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "tls", nil))
	require.Equal(t, retry, k.step(t.Context()))
	require.EqualError(t, k.Problem(), "read Secret scaler/tls: not allowed by RBAC")
	s.failWith(nil)
	require.Equal(t, hurry, k.step(t.Context()))
	require.NoError(t, k.Problem())
}

// Several keepers at once, by mistake, do what one does; every certificate shown is
// accepted by every ca.crt of before and after.
func TestKeepersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		issuer := serving
		issuer.ValidFor = 6 * time.Hour
		for range 3 {
			k := NewKeeper(KeeperSettings{Secret: s.ref(), Issuer: issuer, Now: time.Now, Log: quiet})
			group.Go(func() { k.Run(ctx) })
		}
		time.Sleep(26 * time.Hour) // rotated every 4h10m
		cancel()
		group.Wait()
		list := s.written()
		require.Len(t, list, 1+2*6)
		for i := 1; i < len(list); i++ {
			now := leaf(t, list[i]).NotBefore.Add(backdate)
			for _, shown := range list[i-1 : i+1] {
				for _, trusted := range list[i-1 : i+1] {
					require.NoError(t, verifies(shown, trusted, issuer.Names[0], now, x509.ExtKeyUsageServerAuth))
				}
			}
		}
	})
}

// An API server that accepts a call and says nothing holds nobody longer than a
// call's time-out, and what it says in the end is taken in.
func TestHang(t *testing.T) {
	release := make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte("secret words"))
		case <-r.Context().Done():
		}
	}))
	defer api.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client, err := kubernetes.NewForConfigAndClient(&rest.Config{Host: api.URL}, &http.Client{Transport: transport})
	require.NoError(t, err)
	ref := Secret{Client: client.CoreV1(), Namespace: "scaler", Name: "tls", Timeout: 50 * time.Millisecond}
	k := NewKeeper(KeeperSettings{Secret: ref, Issuer: serving, Now: time.Now, Log: quiet})
	w := NewWatched(ref, time.Now, quiet)

	began := time.Now()
	require.Equal(t, retry, k.step(t.Context()))
	require.Equal(t, watchSoon, w.look(t.Context()))
	require.Less(t, time.Since(began), 3*time.Second)
	require.EqualError(t, k.Problem(), "read Secret scaler/tls: the API server does not answer in time")
	require.ErrorContains(t, w.Ready(), "does not answer in time")

	close(release)
	k.step(t.Context())
	require.EqualError(t, k.Problem(), "read Secret scaler/tls: the API server answers with an error")
}
