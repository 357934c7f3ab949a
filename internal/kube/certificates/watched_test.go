package certificates

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// enqueued counts how often it is told.
type enqueued int

func (e *enqueued) Enqueue() { *e++ }

func TestWatched(t *testing.T) {
	s, now := newStore(), start
	w := NewWatched(s.ref(), func() time.Time { return now }, quiet)
	told := new(enqueued)
	w.AddListener(told)
	look := func(secret map[string][]byte) error {
		t.Helper()
		if s.set(nil); secret != nil {
			s.set(secretOf(secret))
		}
		w.look(t.Context())
		return w.Problem()
	}
	uses := func(b Bundle, times int) {
		t.Helper()
		cert, key := w.CurrentCertKeyContent()
		require.Equal(t, string(b.Cert), string(cert))
		require.Equal(t, string(b.Key), string(key))
		require.Equal(t, string(b.CA), string(w.CABundle()))
		require.EqualValues(t, times, *told)
		expiry, ok := w.Expiry()
		require.Equal(t, len(b.Cert) > 0, ok)
		if ok {
			require.Equal(t, leaf(t, b).NotAfter, expiry)
			require.NoError(t, w.Ready())
		}
	}

	require.EqualError(t, w.Ready(), "Secret scaler/tls has not been read yet")
	require.EqualError(t, look(nil), "Secret scaler/tls: it does not exist; there is no certificate")
	require.Error(t, w.Ready())
	require.Error(t, look(map[string][]byte{"tls.crt": []byte("x")}))
	uses(Bundle{}, 0)
	_, ok := w.VerifyOptions()
	require.False(t, ok)

	one := first(t, serving, start)
	require.NoError(t, look(one.Data()))
	uses(one, 1)
	_, ok = w.VerifyOptions()
	require.True(t, ok)
	require.NoError(t, look(one.Data()))
	uses(one, 1) // nothing new, nobody told

	require.EqualError(t, look(nil), "Secret scaler/tls: it does not exist; in use is one that expires at 2026-05-30T12:00:00Z")
	uses(one, 1)
	require.ErrorIs(t, look(map[string][]byte{"tls.crt": one.Cert, "tls.key": []byte("y")}), errPair)
	require.ErrorIs(t, look(first(t, serving, start.Add(-100*day)).Data()), errExpired)
	require.ErrorIs(t, look(first(t, serving, start.Add(100*day)).Data()), errExpired) // not valid yet
	uses(one, 1)

	two := first(t, serving, start)
	broken := two.Data()
	broken["ca.crt"] = []byte("x")
	require.ErrorIs(t, look(broken), errBadCA)
	uses(Bundle{Cert: two.Cert, Key: two.Key, CA: one.CA}, 2)
	require.NoError(t, look(map[string][]byte{"tls.crt": two.Cert, "tls.key": two.Key})) // cert-manager's may lack it
	uses(Bundle{Cert: two.Cert, Key: two.Key}, 3)

	now = start.Add(91 * day)
	require.EqualError(t, w.Problem(), "Secret scaler/tls: its certificate is not valid at this time")
	require.NoError(t, w.Ready())
	require.ErrorIs(t, look(one.Data()), errExpired) // none is better
	uses(one, 4)
}

// Where there is only an expired pair, it is used, and told.
func TestWatchedExpired(t *testing.T) {
	s := newStore()
	b := first(t, serving, start)
	s.set(secretOf(b.Data()))
	w := NewWatched(s.ref(), func() time.Time { return start.Add(91 * day) }, quiet)
	w.look(t.Context())
	require.NoError(t, w.Ready())
	require.ErrorIs(t, w.Problem(), errExpired)
}

// A replica is never further behind than Lag, and not at all when it is told.
func TestWatchedFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		w := NewWatched(s.ref(), time.Now, quiet)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { w.Run(ctx) })
		shows := func(b Bundle) {
			t.Helper()
			synctest.Wait()
			cert, _ := w.CurrentCertKeyContent()
			require.Equal(t, string(b.Cert), string(cert))
		}
		time.Sleep(time.Hour)
		shows(Bundle{})
		one, two := first(t, serving, time.Now()), first(t, serving, time.Now())
		s.set(secretOf(one.Data()))
		time.Sleep(watchSoon)
		shows(one)
		s.set(secretOf(two.Data()))
		time.Sleep(watchEvery + callTimeout)
		require.Less(t, watchEvery+callTimeout, Lag/2)
		shows(two)
		s.set(secretOf(one.Data()))
		w.Refresh()
		shows(one)
		cancel()
		group.Wait()
	})
}

// Whatever bytes a Secret holds, nothing of them gets out that is no pair, and the
// keeper either understands a bundle or leaves it alone.
func FuzzSecret(f *testing.F) {
	b := first(f, serving, start)
	staged, _ := advance(f, serving, b, start.Add(60*day))
	f.Add(b.Cert, b.Key, b.CA, []byte(nil), []byte(nil))
	f.Add(staged.Cert, staged.Key, staged.CA, staged.NextCert, staged.NextKey)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"), b.Key, b.CA, b.Cert, []byte("x"))
	f.Add(b.Cert, b.Key, append([]byte("text\n"), b.CA...), staged.Cert, b.Key)
	f.Fuzz(func(t *testing.T, cert, key, ca, nextCert, nextKey []byte) {
		garbage := Bundle{Cert: cert, Key: key, CA: ca, NextCert: nextCert, NextKey: nextKey}
		before := &content{cert: b.Cert, key: b.Key, ca: b.CA}
		var err error
		before.pair, err = readPair(b.Cert, b.Key)
		require.NoError(t, err)
		got, err := read(garbage.Data(), before, start)
		require.NotNil(t, got)
		require.True(t, got.valid(start))
		require.False(t, err == nil && got == before, "neither taken nor told")
		if got, _ := read(garbage.Data(), nil, start); got != nil {
			require.NotNil(t, got.pair.Leaf)
			require.NotNil(t, got.pool)
		}
		plan, err := serving.Decide(garbage, start)
		if err != nil {
			require.Empty(t, plan.Step)
			return
		}
		// Nothing is issued here: what is random is no ground to fuzz on.
		p, err := garbage.parse()
		require.NoError(t, err)
		_, err = readCAs(p.trusted(start))
		require.NoError(t, err)
	})
}
