package httpx

import (
	"io"
	"net/http"

	"github.com/scaler-dev/scaler/internal/signals"
)

// ReadBody reads an answer whole and closes it. A body above limit bytes, after
// decompression, is a failure of reason parse, and no more than that is read.
func ReadBody(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, Failure(err)
	}
	if int64(len(body)) > limit {
		return nil, &signals.Error{Reason: signals.Parse, Detail: "the answer is too large"}
	}
	return body, nil
}

// LimitBodies makes a transport whose answers end with a failure of reason parse
// after limit bytes, decompressed. For libraries that read bodies themselves.
func LimitBodies(next http.RoundTripper, limit int64) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil {
			resp.Body = &limitedBody{ReadCloser: resp.Body, left: limit}
		}
		return resp, err
	})
}

type limitedBody struct {
	io.ReadCloser

	left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &signals.Error{Reason: signals.Parse, Detail: "the answer is too large"}
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, &signals.Error{Reason: signals.Parse, Detail: "the answer is too large"}
	}
	return n, err
}
