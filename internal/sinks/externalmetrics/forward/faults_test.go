package forward

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/json"
)

// fault is a way in which an adapter behaves, and how a forwarded request then ends.
type fault struct {
	name    string
	adapter http.HandlerFunc
	change  func(*Settings)
	code    int
	result  result
}

func list(items string) string {
	return `{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":[` + items + `]}`
}

func jsonOf(body string) http.HandlerFunc { return answer(http.StatusOK, "application/json", body) }

func noHandler(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }

func faults() []fault {
	const no, bad = http.StatusServiceUnavailable, resultInvalid
	return []fault{
		{"well", jsonOf(metricBody), nil, http.StatusOK, resultOK},
		{"well, and nothing there", jsonOf(list("")), nil, http.StatusOK, resultOK},
		{"well, with a charset", answer(http.StatusOK, "application/json; charset=utf-8", metricBody), nil, http.StatusOK, resultOK},
		{"not found", answer(http.StatusNotFound, "text/html", secret), nil, http.StatusNotFound, resultNotFound},
		{"unauthorized", answer(http.StatusUnauthorized, "application/json", secret), nil, no, resultRefused},
		{"forbidden", answer(http.StatusForbidden, "application/json", secret), nil, no, resultRefused},
		{"error", answer(http.StatusInternalServerError, "application/json", secret), nil, no, resultError},
		{"overloaded", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, secret, http.StatusTooManyRequests)
		}, nil, no, resultError},
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+secret+".example.com", http.StatusFound)
		}, nil, http.StatusBadGateway, resultRedirected},
		{"redirects nowhere", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "::%zz"+secret)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, nil, http.StatusBadGateway, resultRedirected},
		{"not modified", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, nil, http.StatusBadGateway, resultRedirected},
		{"upgrades", hijack("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n" + metricBody), nil, no, resultError},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, nil, no, bad},
		{"HTML", answer(http.StatusOK, "text/html", "<html>"+secret), nil, no, bad},
		{"JSON that says it is HTML", answer(http.StatusOK, "text/html", metricBody), nil, no, bad},
		{"HTML that says it is JSON", jsonOf("<html>" + secret), nil, no, bad},
		{"another kind", jsonOf(`{"kind":"Status","apiVersion":"v1","message":"` + secret + `"}`), nil, no, bad},
		{"no value", jsonOf(list(`{"metricName":"` + secret + `"}`)), nil, no, bad},
		{"a value that takes minutes to read", jsonOf(list(`{"value":"1000000000000000000000e99999999"}`)), nil, no, bad},
		{"10 MiB", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, long())
		}, nil, no, resultTooLarge},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for err := error(nil); err == nil; {
				_, err = io.WriteString(w, strings.Repeat(" ", 32<<10))
			}
		}, nil, no, resultTooLarge},
		{"gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb())
		}, nil, no, bad},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil, no, resultTimeout},
		{"hangs, and answers who gives up", func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			http.Error(w, secret, http.StatusGatewayTimeout)
		}, nil, no, resultTimeout},
		{"hangs in the body", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, metricBody[:50])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, nil, no, resultTimeout},
		{"drips", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for err := error(nil); err == nil; time.Sleep(100 * time.Millisecond) {
				_, _ = io.WriteString(w, " ")
				err = http.NewResponseController(w).Flush()
			}
		}, nil, no, resultTimeout},
		{"informs for ever", func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				w.Header().Set("X-Text", secret)
				w.WriteHeader(http.StatusEarlyHints)
				time.Sleep(100 * time.Millisecond)
			}
		}, nil, no, resultTimeout},
		{"closes in the body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, metricBody[:50])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, nil, no, resultUnavailable},
		{"closes at once", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, no, resultUnavailable},
		{"not HTTP", hijack(secret + "\r\n\r\n"), nil, no, resultUnavailable},
		{"endless headers", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Text", strings.Repeat(secret, 100_000))
		}, nil, no, resultUnavailable},
		{"does not accept", noHandler, dialing(func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}), no, resultTimeout},
		{"refuses connections", noHandler, dialing(func(context.Context) (net.Conn, error) {
			return nil, errors.New("connect to " + secret + ": connection refused")
		}), no, resultUnavailable},
		{"is not what its name says", noHandler, func(s *Settings) { s.CABundle = otherCA }, no, resultUnavailable},
		{"has no token to be asked with", noHandler, func(s *Settings) {
			s.Token = func() (string, error) { return "", errors.New("read " + secret) }
		}, no, resultNoToken},
		{"has an empty token", noHandler, func(s *Settings) {
			s.Token = func() (string, error) { return "\n", nil }
		}, no, resultNoToken},
		{"has a token that cannot be sent", noHandler, func(s *Settings) {
			s.Token = func() (string, error) { return token + "\r\nX: y", nil }
		}, no, resultNoToken},
	}
}

// TestAnswers shows what a client gets, whatever the adapter does: an answer within
// the deadline, its body only if it is a metric, and otherwise our words alone.
func TestAnswers(t *testing.T) {
	for _, c := range faults() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.adapter, changes(c.change)...)
				start := time.Now()
				rec := w.get(metricPath)
				require.LessOrEqual(t, time.Since(start), deadline)
				require.Equal(t, c.code, rec.Code, rec.Body)
				require.Equal(t, "application/json", rec.Header().Get("Content-Type"))
				require.InDelta(t, 1, w.count(c.result), 0, rec.Body)
				if c.result == resultOK {
					return
				}
				var status metav1.Status
				require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &status))
				require.Equal(t, metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, status.TypeMeta)
				require.Equal(t, metav1.StatusFailure, status.Status)
				require.EqualValues(t, c.code, status.Code)
				require.Nil(t, status.Details)
				if c.result != resultNotFound {
					require.Equal(t, "forward_"+string(c.result), status.Message)
				}
			})
		})
	}
}

// TestFaultsOfTheSetUpAreLoggedOnce shows that what an administrator must put right is
// said once, and what passes is not said at all.
func TestFaultsOfTheSetUpAreLoggedOnce(t *testing.T) {
	for _, c := range faults() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.adapter, changes(c.change)...)
				for range 3 {
					w.get(metricPath)
				}
				want := 0
				if c.result == resultRefused || c.result == resultRedirected || c.result == resultNoToken {
					want = 1
				}
				require.Equal(t, want, strings.Count(w.logs.String(), `"reason":"forward_`+string(c.result)+`"`))
				require.Equal(t, want, strings.Count(w.logs.String(), "\n"))
			})
		})
	}
}

func TestBodyIsPassedOnAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != metricPath {
				http.Error(w, secret, http.StatusNotFound)
				return
			}
			jsonOf(metricBody)(w, r)
		}))
		for range 10 {
			require.Equal(t, metricBody, w.get(metricPath).Body.String())
			require.Equal(t, http.StatusNotFound, w.get(metricPath+"2").Code)
		}
		require.Equal(t, 1, w.dials, "connections are kept")
	})
}

// TestTimeoutTakesItsConnection shows that a connection that died in silence is not
// used again.
func TestTimeoutTakesItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hang atomic.Bool
		hang.Store(true)
		w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if hang.Load() {
				<-r.Context().Done()
				return
			}
			jsonOf(metricBody)(w, r)
		}))
		require.Equal(t, http.StatusServiceUnavailable, w.get(metricPath).Code)
		hang.Store(false)
		require.Equal(t, http.StatusOK, w.get(metricPath).Code)
		require.Equal(t, 2, w.dials)
	})
}

func TestClientThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		for range 10 { // and none of them speaks against the adapter
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, metricPath, http.NoBody)
			w.do(r)
			cancel()
		}
		require.InDelta(t, 10, w.count(resultCanceled), 0)
		require.InDelta(t, 0, w.count(resultOpen), 0)
	})
}

func changes(c func(*Settings)) []func(*Settings) {
	if c == nil {
		return nil
	}
	return []func(*Settings){c}
}

func dialing(dial func(context.Context) (net.Conn, error)) func(*Settings) {
	return func(s *Settings) {
		s.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
	}
}

// hijack answers with bytes that are no HTTP, or more than it.
func hijack(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, raw)
		_, _ = io.Copy(io.Discard, conn)
	}
}

// long is a metric list of 10 MiB.
var long = sync.OnceValue(func() string { return list(strings.Repeat(" ", 10<<20)) })

// bomb is a metric list in 100 KB that are 100 MiB.
var bomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, list(strings.Repeat(" ", 100<<20)))
	_ = w.Close()
	return b.Bytes()
})
