package awsx_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// queueURL makes a call of SQS and gives its failure.
func queueURL(ctx context.Context, p *awsx.Provider) *signals.Error {
	name := "orders"
	_, err := p.SQS().GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err == nil {
		return nil
	}
	return p.Failure(err)
}

func TestFailureByCode(t *testing.T) {
	for code, want := range map[string]signals.Reason{
		"Throttling":                              signals.Throttled,
		"ThrottlingException":                     signals.Throttled,
		"RequestThrottled":                        signals.Throttled,
		"RequestLimitExceeded":                    signals.Throttled,
		"TooManyRequestsException":                signals.Throttled,
		"SlowDown":                                signals.Throttled,
		"AccessDenied":                            signals.Auth,
		"AccessDeniedException":                   signals.Auth,
		"ExpiredToken":                            signals.Auth,
		"ExpiredTokenException":                   signals.Auth,
		"InvalidClientTokenId":                    signals.Auth,
		"UnrecognizedClientException":             signals.Auth,
		"SignatureDoesNotMatch":                   signals.Auth,
		"QueueDoesNotExist":                       signals.Missing,
		"AWS.SimpleQueueService.NonExistentQueue": signals.Missing,
		"ServiceNotFoundException":                signals.Missing,
		"ClusterNotFoundException":                signals.Missing,
		"ValidationError":                         signals.Invalid,
		"SomethingNew":                            signals.Unavailable,
	} {
		t.Run(code, func(t *testing.T) {
			s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) { testaws.Fault(w, http.StatusBadRequest, code) })
			failure := queueURL(t.Context(), testaws.NewProvider(t, s.Provider("")))
			require.Equal(t, want, failure.Reason)
			requireSilent(t, failure)
			require.Equal(t, 1, s.Total(), "a poll makes one attempt")
		})
	}
}

// requireSilent holds a failure to our own words.
func requireSilent(t *testing.T, failure *signals.Error) {
	t.Helper()
	for _, secret := range []string{"127.0.0.1", "http", "123456789012", "testing", "SECRETKEY", "EXTERNALID", "secret", "com.amazonaws"} {
		require.NotContains(t, failure.Error(), secret)
	}
}

func TestFailureByAnswer(t *testing.T) {
	html := "<html>account 123456789012, secret</html>"
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    signals.Reason
	}{
		"garbage":            {answer(200, "garbage secret"), signals.Parse},
		"html with 200":      {answer(200, html), signals.Parse},
		"html with 503":      {answer(503, html), signals.Unavailable},
		"html with 429":      {answer(429, html), signals.Throttled},
		"html with 403":      {answer(403, html), signals.Auth},
		"json without code":  {answer(500, "{}"), signals.Unavailable},
		"half a JSON":        {answer(200, `{"QueueUrl":"http://secr`), signals.Parse},
		"another type":       {answer(200, `{"QueueUrl":{"a":[1]}}`), signals.Parse},
		"a redirect":         {redirect, signals.Unavailable},
		"broken off":         {brokenOff, signals.Parse},
		"connection dropped": {drop, signals.Unavailable},
		"a gzip bomb":        {bomb(t), signals.Parse},
		"too long":           {answer(200, strings.Repeat(" ", 2<<20)), signals.Parse},
	} {
		t.Run(name, func(t *testing.T) {
			s := testaws.Serve(t, tt.handler)
			failure := queueURL(t.Context(), testaws.NewProvider(t, s.Provider("")))
			require.NotNil(t, failure)
			require.Equal(t, tt.want, failure.Reason, failure.Error())
			if name == "too long" || name == "a gzip bomb" {
				require.Equal(t, "the answer is too large", failure.Detail)
			}
			require.NotContains(t, failure.Detail, "protocol", "SQS speaks JSON anyway")
			requireSilent(t, failure)
			require.Equal(t, 1, s.Total())
		})
	}
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/elsewhere/secret", http.StatusFound)
}

func brokenOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"QueueUrl":`)
}

func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// bomb is a small answer that unpacks to eight times what is read.
func bomb(t *testing.T) http.HandlerFunc {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(t, err)
	for range 8 {
		_, err := z.Write(make([]byte, 1<<20))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b.Bytes())
	}
}

func TestFailureInTime(t *testing.T) {
	t.Run("silence", func(t *testing.T) {
		s := testaws.Serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		failure := queueURL(ctx, testaws.NewProvider(t, s.Provider("")))
		require.Equal(t, signals.Timeout, failure.Reason)
		requireSilent(t, failure)
	})
	t.Run("a body that does not end", func(t *testing.T) {
		s := testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"QueueUrl":`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		require.Equal(t, signals.Timeout, queueURL(ctx, testaws.NewProvider(t, s.Provider(""))).Reason)
	})
	t.Run("nobody listens", func(t *testing.T) {
		testaws.Env(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		failure := queueURL(t.Context(), testaws.NewProvider(t, v1alpha1.AWSProvider{Region: "eu-west-1", EndpointURL: "http://" + l.Addr().String()}))
		require.Equal(t, signals.Unavailable, failure.Reason)
		requireSilent(t, failure)
	})
	t.Run("no such host", func(t *testing.T) {
		testaws.Env(t)
		failure := queueURL(t.Context(), testaws.NewProvider(t, v1alpha1.AWSProvider{Region: "eu-west-1", EndpointURL: "http://nowhere.invalid"}))
		require.Equal(t, signals.DNS, failure.Reason)
	})
	t.Run("a metadata service", func(t *testing.T) {
		testaws.Env(t)
		failure := queueURL(t.Context(), testaws.NewProvider(t, v1alpha1.AWSProvider{Region: "eu-west-1", EndpointURL: "http://169.254.169.254"}))
		require.Equal(t, signals.Unavailable, failure.Reason)
		require.Contains(t, failure.Detail, "link-local")
	})
}

// TestFailureHint: an emulator without CBOR answers 404 in HTML.
func TestFailureHint(t *testing.T) {
	s := testaws.Serve(t, answer(404, "<html>not found</html>"))
	t.Run("cbor", func(t *testing.T) {
		for _, protocol := range []v1alpha1.AWSProtocol{"", v1alpha1.ProtocolCBOR} {
			p := testaws.NewProvider(t, s.Provider(protocol))
			_, err := p.CloudWatch().GetMetricData(t.Context(), metricInput("q"))
			failure := p.Failure(err)
			require.Equal(t, signals.Parse, failure.Reason)
			require.Contains(t, failure.Detail, "protocol: json")
		}
	})
	t.Run("json", func(t *testing.T) {
		p := testaws.NewProvider(t, s.Provider(v1alpha1.ProtocolJSON))
		_, err := p.CloudWatch().GetMetricData(t.Context(), metricInput("q"))
		require.NotContains(t, p.Failure(err).Detail, "protocol: json")
	})
}
