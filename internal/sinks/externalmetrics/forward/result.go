package forward

import (
	"net/http"
	"slices"

	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

// result is how one forwarded request ended.
type result string

const (
	resultOK          result = "ok"
	resultNotFound    result = "not_found"   // the adapter does not have it either
	resultError       result = "error"       // an answer that tells of a failure, of this metric perhaps
	resultRefused     result = "refused"     // 401 or 403, to Scaler itself
	resultRedirected  result = "redirected"  // 3xx, not followed
	resultInvalid     result = "invalid"     // a good status, and a body that no client should read
	resultTooLarge    result = "too_large"   // the same
	resultTimeout     result = "timeout"     // no whole answer before the deadline
	resultUnavailable result = "unavailable" // no connection, no trust, or an answer that broke off
	resultNoToken     result = "no_token"    // nothing to identify Scaler with, so nothing was asked
	resultOpen        result = "breaker_open"
	resultBusy        result = "busy"     // too many in flight
	resultCanceled    result = "canceled" // the client went away
)

func results() []result {
	return []result{
		resultOK, resultNotFound, resultError, resultRefused, resultRedirected, resultInvalid, resultTooLarge,
		resultTimeout, resultUnavailable, resultNoToken, resultOpen, resultBusy, resultCanceled,
	}
}

// reason is what clients are told.
func (r result) reason() string { return "forward_" + string(r) }

// verdict tells what a result says of the adapter. It is silence that costs: an
// answer, whatever it says, was quick, and may be the fault of one metric alone,
// which is no reason to keep the others from their autoscalers.
func (r result) verdict() verdict {
	switch {
	case r == resultTimeout || r == resultUnavailable:
		return silent
	case slices.Contains([]result{resultNoToken, resultCanceled, resultBusy, resultOpen}, r):
		return untold
	default:
		return answered
	}
}

// ofStatus is resultOK for a 2xx.
func ofStatus(code int) result {
	switch {
	case code >= 200 && code < 300:
		return resultOK
	case code >= 300 && code < 400:
		return resultRedirected
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return resultRefused
	case code == http.StatusNotFound:
		return resultNotFound
	default:
		return resultError
	}
}

// ofFailure drops what the error says, which holds addresses and may hold more.
func ofFailure(err error) result {
	if httpx.Failure(err).Reason == signals.Timeout {
		return resultTimeout
	}
	return resultUnavailable
}
