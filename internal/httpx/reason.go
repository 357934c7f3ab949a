package httpx

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Failure maps an error of a call to its reason. What the error says is dropped:
// it holds addresses, and may hold more.
func Failure(err error) *signals.Error {
	var failed *signals.Error
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &failed):
		return failed
	case errors.As(err, &dns) && dns.IsTimeout:
		return &signals.Error{Reason: signals.Timeout, Detail: "the host's name was not resolved in time"}
	case errors.As(err, &dns):
		return &signals.Error{Reason: signals.DNS, Detail: "the host's name does not resolve"}
	case isTLS(err):
		return &signals.Error{Reason: signals.TLS, Detail: "the server's certificate or handshake is not acceptable"}
	case errors.Is(err, errLinkLocal):
		return &signals.Error{Reason: signals.Unavailable, Detail: errLinkLocal.Error()}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return &signals.Error{Reason: signals.Timeout, Detail: "no answer in time"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &signals.Error{Reason: signals.Parse, Detail: "the answer broke off"}
	case isCorrupt(err):
		return &signals.Error{Reason: signals.Parse, Detail: "the answer's compression is corrupt"}
	default:
		return &signals.Error{Reason: signals.Unavailable, Detail: "the server could not be reached"}
	}
}

func isTLS(err error) bool {
	var (
		alert     tls.AlertError
		record    tls.RecordHeaderError
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	return errors.As(err, &alert) || errors.As(err, &record) || errors.As(err, &verify) ||
		errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid) ||
		errors.Is(err, http.ErrSchemeMismatch) || isUntypedTLS(err)
}

// isUntypedTLS knows the errors of crypto/tls that have no exported type: the
// server's alerts and disagreements on versions.
func isUntypedTLS(err error) bool {
	for next := err; next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err != nil && strings.HasPrefix(err.Error(), "tls: ")
}

func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// StatusFailure maps an answer's status to a reason; nil for 2xx. A redirect is a
// failure: none is followed.
func StatusFailure(code int) *signals.Error {
	detail := "the server answered " + strconv.Itoa(code)
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests:
		return &signals.Error{Reason: signals.Throttled, Detail: detail}
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return &signals.Error{Reason: signals.Auth, Detail: detail}
	case code == http.StatusNotFound, code == http.StatusGone:
		return &signals.Error{Reason: signals.Missing, Detail: detail}
	case code == http.StatusRequestTimeout, code == http.StatusGatewayTimeout:
		return &signals.Error{Reason: signals.Timeout, Detail: detail}
	default:
		return &signals.Error{Reason: signals.Unavailable, Detail: detail}
	}
}
