package externalmetrics

import (
	"encoding/json"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/endpoints/responsewriter"
)

// maxErrorBody bounds the body of an error.
const maxErrorBody = 1 << 10

var _ responsewriter.UserProvidedDecorator = (*answer)(nil)

// answer holds a response to three rules: it carries no Retry-After, which a
// client would obey inside the autoscaler's worker; it does not redirect; and the
// body of an error is short, or else replaced by a short one.
type answer struct {
	http.ResponseWriter
	failed  int // status of an error whose header waits for the body
	sent    bool
	drop    bool // the rest of the body
	written int
}

// Unwrap is the writer behind.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader sends the header, or keeps an error's until its body is known.
func (a *answer) WriteHeader(code int) {
	if a.sent || a.failed != 0 {
		return
	}
	h := a.Header()
	h.Del("Retry-After")
	if code >= 300 && code < 400 && h.Get("Location") != "" {
		h.Del("Location")
		code = http.StatusNotFound
	}
	if code >= 400 {
		a.failed = code
		return
	}
	a.sent = code >= http.StatusOK
	a.ResponseWriter.WriteHeader(code)
}

// Write sends a piece of the body. Of an error's, what goes beyond the bound is
// dropped, and an overlong first piece replaced.
func (a *answer) Write(p []byte) (int, error) {
	if !a.sent && a.failed == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.failed == 0 {
		return a.ResponseWriter.Write(p)
	}
	if a.drop {
		return len(p), nil
	}
	if a.written+len(p) > maxErrorBody {
		a.drop = true
		if !a.sent {
			a.sent = true
			a.Header().Del("Content-Encoding")
			refuse(a.ResponseWriter, refusal{a.failed, "error_too_long"})
		}
		return len(p), nil
	}
	a.sendFailed()
	a.written += len(p)
	return a.ResponseWriter.Write(p)
}

// Flush sends what is there.
func (a *answer) Flush() {
	a.finish()
	if f, ok := a.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// finish sends a header that nothing followed.
func (a *answer) finish() {
	if !a.sent && a.failed == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.sendFailed()
}

func (a *answer) sendFailed() {
	if a.failed != 0 && !a.sent {
		a.sent = true
		a.ResponseWriter.WriteHeader(a.failed)
	}
}

// refuse answers with a Kubernetes Status of the refusal's text.
func refuse(w http.ResponseWriter, no refusal) {
	body, err := json.Marshal(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure,
		Message:  no.reason,
		Reason:   statusReason(no.code),
		Code:     int32(no.code),
	})
	if err != nil {
		body = nil
	}
	h := w.Header()
	h.Del("Content-Length")
	h.Set("Content-Type", "application/json")
	if no.code == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD")
	}
	w.WriteHeader(no.code)
	_, _ = w.Write(body) // the client may be gone, and nobody else would care
}

func statusReason(code int) metav1.StatusReason {
	switch code {
	case http.StatusServiceUnavailable:
		return metav1.StatusReasonServiceUnavailable
	case http.StatusMethodNotAllowed:
		return metav1.StatusReasonMethodNotAllowed
	case http.StatusBadRequest:
		return metav1.StatusReasonBadRequest
	case http.StatusNotFound:
		return metav1.StatusReasonNotFound
	case http.StatusUnauthorized:
		return metav1.StatusReasonUnauthorized
	case http.StatusForbidden:
		return metav1.StatusReasonForbidden
	default:
		return metav1.StatusReasonUnknown
	}
}
