package kube

import (
	"net/http"
	"sync"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
)

// lookAgain is how often, at most, credentials are read anew.
const lookAgain = time.Second

// renewal reads a kubeconfig, or the pod's token, anew when the API server refuses its
// credentials: they may have been renewed in the file, or in the files that it names.
// Without it a token in a file is read every minute, a certificate in one every five,
// and what stands in the kubeconfig itself never. Nothing else is taken over, the API
// server's address in particular.
type renewal struct {
	file string // empty: the pod's service account

	mu     sync.Mutex        // guards all below
	shown  [6]string         // the credentials that were read last
	next   http.RoundTripper // shows them; nil: they are those of the start
	looked time.Time
}

func newRenewal(file string, first *rest.Config) *renewal {
	r := &renewal{file: file}
	r.shown, _ = credentials(first)
	return r
}

// credentials are what a client shows and trusts.
func credentials(c *rest.Config) ([6]string, error) {
	read := rest.CopyConfig(c)
	err := rest.LoadTLSFiles(read)
	return [...]string{string(read.CAData), string(read.CertData), string(read.KeyData), read.BearerToken, read.Username, read.Password}, err
}

func (r *renewal) latest() http.RoundTripper {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next
}

// look reads the file. What cannot be used is left for the next time.
func (r *renewal) look() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.looked) < lookAgain {
		return
	}
	r.looked = time.Now()
	c, err := load(r.file)
	if err != nil {
		return
	}
	found, err := credentials(c)
	if err != nil || found == r.shown {
		return
	}
	if err := rest.LoadTLSFiles(c); err != nil { // so that connections of before are not used
		return
	}
	if next, err := rest.TransportFor(c); err == nil {
		r.shown, r.next = found, next
	}
}

// renewing is a client's transport. The request that is refused stays so: whoever
// sent it tries again in its own time.
type renewing struct {
	*renewal

	first http.RoundTripper
}

var _ utilnet.RoundTripperWrapper = renewing{}

// RoundTrip sends a request with the credentials that were read last.
func (r renewing) RoundTrip(req *http.Request) (*http.Response, error) {
	send := r.first
	if next := r.latest(); next != nil {
		send, req = next, req.Clone(req.Context())
		req.Header.Del("Authorization") // of the first ones
	}
	resp, err := send.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		r.look()
	}
	return resp, err
}

// WrappedRoundTripper is what sends requests now.
func (r renewing) WrappedRoundTripper() http.RoundTripper {
	if next := r.latest(); next != nil {
		return next
	}
	return r.first
}
