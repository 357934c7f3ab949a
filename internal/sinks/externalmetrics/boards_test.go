package externalmetrics

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
)

func TestSeveralBoards(t *testing.T) {
	a, b := NewBoard(at(time.Second)), NewBoard(at(time.Second))
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	s, err := NewServer(Settings{Listener: l}, a, b)
	require.NoError(t, err)
	left, right := policy.ID{Namespace: "shop", Name: "left"}, policy.ID{Namespace: "shop", Name: "right"}
	publish := func(b *Board, ds ...policy.Decision) {
		require.NoError(t, NewSink(b, map[policy.ID]string{left: "left", right: "right"}).Publish(t.Context(), ds))
	}
	read := func(metric string) any {
		r, ok := s.boards.read("shop", metric)
		require.Equal(t, ok, s.Knows("shop", metric))
		switch {
		case !ok:
			return http.StatusNotFound
		case r.reason != "":
			return r.reason
		}
		return r.milli
	}

	require.Equal(t, "starting", read("left"))
	publish(b, known(right, 2, 22))
	require.Equal(t, "starting", read("left"), "the other board may have it")
	require.EqualValues(t, 2000, read("right"))
	publish(a, known(left, 1, 11))
	require.EqualValues(t, 1000, read("left"))
	require.EqualValues(t, 22_000, read("right.backlog"))
	require.Equal(t, http.StatusNotFound, read("neither"))
	require.False(t, s.Knows("other", "left"))

	// A policy that moves is on both boards for a while.
	gone := known(left, 9, 99)
	gone.Expires = time.Second
	unknown := policy.Decision{Policy: right, Desired: policy.Unknown("missing")}
	publish(a, gone, unknown)
	publish(b, known(left, 3, 33), unknown)
	require.EqualValues(t, 3000, read("left"), "a number before none")
	require.Equal(t, "missing", read("right"))

	empty := boards{NewBoard(at(0)), a}
	r, ok := empty.read("shop", "right")
	require.True(t, ok)
	require.Equal(t, "missing", r.reason, "a reason before starting")
	_, ok = boards{}.read("shop", "right")
	require.False(t, ok)
}
