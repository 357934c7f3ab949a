package httpx_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestFailure(t *testing.T) {
	wrapped := func(err error) error { return &url.Error{Op: "Get", URL: "http://user:hunter2@host", Err: err} }
	for _, tc := range []struct {
		name string
		err  error
		want signals.Reason
	}{
		{"no such host", &net.DNSError{Err: "no such host", Name: "a.test", IsNotFound: true}, signals.DNS},
		{"server failure", &net.DNSError{Err: "server misbehaving", Name: "a.test", IsTemporary: true}, signals.DNS},
		{"DNS in time", &net.DNSError{Err: "i/o timeout", Name: "a.test", IsTimeout: true}, signals.Timeout},
		{"deadline", context.DeadlineExceeded, signals.Timeout},
		{"socket deadline", os.ErrDeadlineExceeded, signals.Timeout},
		{"refused", syscall.ECONNREFUSED, signals.Unavailable},
		{"reset", syscall.ECONNRESET, signals.Unavailable},
		{"canceled", context.Canceled, signals.Unavailable},
		{"half", io.ErrUnexpectedEOF, signals.Parse},
		{"no gzip", gzip.ErrHeader, signals.Parse},
		{"ours", &signals.Error{Reason: signals.Throttled}, signals.Throttled},
		{"other", errors.New("hunter2"), signals.Unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := httpx.Failure(wrapped(fmt.Errorf("dial: %w", tc.err)))
			require.Equal(t, tc.want, got.Reason)
			require.NotContains(t, got.Error(), "hunter2")
			require.NotContains(t, got.Error(), "host.test")
		})
	}
}

func TestStatusFailure(t *testing.T) {
	for code, want := range map[int]signals.Reason{
		http.StatusMovedPermanently:    signals.Unavailable,
		http.StatusTemporaryRedirect:   signals.Unavailable,
		http.StatusBadRequest:          signals.Unavailable,
		http.StatusUnauthorized:        signals.Auth,
		http.StatusForbidden:           signals.Auth,
		http.StatusProxyAuthRequired:   signals.Auth,
		http.StatusNotFound:            signals.Missing,
		http.StatusGone:                signals.Missing,
		http.StatusRequestTimeout:      signals.Timeout,
		http.StatusTooManyRequests:     signals.Throttled,
		http.StatusInternalServerError: signals.Unavailable,
		http.StatusServiceUnavailable:  signals.Unavailable,
		http.StatusGatewayTimeout:      signals.Timeout,
	} {
		t.Run(http.StatusText(code), func(t *testing.T) {
			require.Equal(t, want, httpx.StatusFailure(code).Reason)
		})
	}
	require.Nil(t, httpx.StatusFailure(http.StatusOK))
	require.Nil(t, httpx.StatusFailure(http.StatusNoContent))
}
