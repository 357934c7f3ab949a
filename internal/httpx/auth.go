package httpx

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

// maxToken bounds what is read of a token file.
const maxToken = 64 << 10

// withAuth makes a transport that identifies us as auth says.
func withAuth(next http.RoundTripper, auth *v1alpha1.Auth) (http.RoundTripper, error) {
	switch {
	case auth == nil:
		return next, nil
	case auth.Bearer != nil:
		return withBearer(next, auth.Bearer)
	case auth.Basic != nil:
		return authorize(next, func(req *http.Request) error {
			req.SetBasicAuth(auth.Basic.Username, auth.Basic.Password.Reveal())
			return nil
		}), nil
	case auth.SigV4 != nil:
		return withSigV4(next, auth.SigV4)
	default:
		return nil, errors.New("auth: set one of bearer, basic, sigV4")
	}
}

func withBearer(next http.RoundTripper, auth *v1alpha1.BearerAuth) (http.RoundTripper, error) {
	if (auth.Token == "") == (auth.TokenFile == "") {
		return nil, errors.New("auth.bearer: set one of token, tokenFile")
	}
	return authorize(next, func(req *http.Request) error {
		token := auth.Token.Reveal()
		if auth.TokenFile != "" {
			var err error
			if token, err = readToken(auth.TokenFile); err != nil {
				return err
			}
		}
		if token = strings.TrimSpace(token); !isToken(token) {
			return &signals.Error{Reason: signals.Auth, Detail: "the bearer token is empty or holds characters that a header cannot"}
		}
		req.Header.Set("Authorization", "Bearer "+token)
		return nil
	}), nil
}

func readToken(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", &signals.Error{Reason: signals.Auth, Detail: "the token file cannot be read"}
	}
	defer f.Close()
	token, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil || len(token) > maxToken {
		return "", &signals.Error{Reason: signals.Auth, Detail: "the token file cannot be read or is too large"}
	}
	return string(token), nil
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// authorize makes a transport that changes a copy of each request before it is
// sent.
func authorize(next http.RoundTripper, change func(*http.Request) error) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		if err := change(req); err != nil {
			if req.Body != nil {
				req.Body.Close()
			}
			return nil, err
		}
		return next.RoundTrip(req)
	})
}
