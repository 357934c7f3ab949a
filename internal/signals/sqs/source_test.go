package sqs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/sqs"
	"github.com/scaler-dev/scaler/internal/testaws"
)

const (
	visible    = v1alpha1.CountVisible
	notVisible = v1alpha1.CountNotVisible
	delayed    = v1alpha1.CountDelayed
)

func queue(name string, counts ...v1alpha1.SQSCount) sqs.Queue {
	return sqs.Queue{
		Subject: signals.Subject{Provider: "aws", Query: fmt.Sprint(name, counts)},
		Spec:    v1alpha1.SQSSignal{Queue: name, Count: counts},
	}
}

func TestMoto(t *testing.T) {
	m := testaws.StartOwn(t)
	var made struct{ QueueUrl string }
	require.NoError(t, json.Unmarshal([]byte(m.CLI(t, "sqs", "create-queue", "--queue-name", "orders")), &made))
	m.CLI(t, "sqs", "send-message-batch", "--queue-url", made.QueueUrl, "--entries", "Id=1,MessageBody=x", "Id=2,MessageBody=x",
		"Id=3,MessageBody=x", "Id=4,MessageBody=x", "Id=5,MessageBody=x", "Id=6,MessageBody=x,DelaySeconds=600")
	m.CLI(t, "sqs", "receive-message", "--queue-url", made.QueueUrl, "--max-number-of-messages", "2")

	sources := sqs.New(testaws.NewProvider(t, m.Provider()), []sqs.Queue{
		queue("orders"), queue("orders", notVisible), queue("orders", delayed), queue("orders", visible, notVisible, delayed),
		queue("nowhere"), queue(made.QueueUrl, visible),
	})
	require.Len(t, sources, 3, "one for each queue as it is named")
	require.Equal(t, []float64{3, 2, 1, 6}, fetch(t, sources[0]))
	_, err := sources[1].Fetch(t.Context(), signals.Window{})
	require.Equal(t, &signals.Error{Reason: signals.Missing, Detail: "the queue does not exist"}, err)
	require.Equal(t, []float64{3}, fetch(t, sources[2]))

	m.CLI(t, "sqs", "delete-queue", "--queue-url", made.QueueUrl)
	_, err = sources[0].Fetch(t.Context(), signals.Window{})
	require.Equal(t, signals.Missing, reason(t, err))
	m.CLI(t, "sqs", "create-queue", "--queue-name", "orders")
	require.Equal(t, []float64{0, 0, 0, 0}, fetch(t, sources[0]))
}

// reason is why a whole fetch failed.
func reason(t *testing.T, err error) signals.Reason {
	t.Helper()
	var failure *signals.Error
	require.ErrorAs(t, err, &failure)
	return failure.Reason
}

// fetch gives the values of a good fetch, in the order of the subjects.
func fetch(t *testing.T, s signals.Source) []float64 {
	t.Helper()
	out, err := s.Fetch(t.Context(), signals.Window{})
	require.NoError(t, err)
	values := make([]float64, len(out))
	for i, o := range out {
		require.Equal(t, s.Subjects()[i], o.Subject)
		require.Nil(t, o.Err)
		require.Len(t, o.Samples, 1)
		require.Zero(t, o.Samples[0].At, "the end of the fetch")
		values[i] = o.Samples[0].Value
	}
	return values
}

// server answers as SQS does: the queue's URL, and attributes.
func server(t *testing.T, attributes func(w http.ResponseWriter, r *http.Request)) *testaws.Server {
	t.Helper()
	return testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if testaws.Operation(r) == "GetQueueUrl" {
			_, _ = io.WriteString(w, `{"QueueUrl":"https://queue.example/123456789012/orders"}`)
			return
		}
		attributes(w, r)
	})
}

func TestAttributes(t *testing.T) {
	const prefix = "ApproximateNumberOfMessages"
	for name, tt := range map[string]struct {
		body   string
		counts []v1alpha1.SQSCount
		want   signals.Outcome
	}{
		"sum":                       {`{"Attributes":{"` + prefix + `":"37","` + prefix + `NotVisible":"5"}}`, []v1alpha1.SQSCount{visible, notVisible}, value(42)},
		"each once":                 {`{"Attributes":{"` + prefix + `":"37"}}`, []v1alpha1.SQSCount{visible, visible}, value(37)},
		"large":                     {`{"Attributes":{"` + prefix + `":"9007199254740992"}}`, nil, value(9007199254740992)},
		"missing":                   {`{"Attributes":{"` + prefix + `Delayed":"1"}}`, nil, parse("the answer lacks a count")},
		"none":                      {`{}`, nil, parse("the answer lacks a count")},
		"empty body":                {``, nil, parse("the answer lacks a count")},
		"not a number":              {`{"Attributes":{"` + prefix + `":"many"}}`, nil, parse("a count is not a whole number")},
		"NaN":                       {`{"Attributes":{"` + prefix + `":"NaN"}}`, nil, parse("a count is not a whole number")},
		"a fraction":                {`{"Attributes":{"` + prefix + `":"4e-4"}}`, nil, parse("a count is not a whole number")},
		"too large":                 {`{"Attributes":{"` + prefix + `":"99999999999999999999"}}`, nil, parse("a count is not a whole number")},
		"negative":                  {`{"Attributes":{"` + prefix + `":"-1"}}`, nil, parse("a count is negative")},
		"vouched":                   {`{"Attributes":{"` + prefix + `":"0"}}`, []v1alpha1.SQSCount{notVisible}, absent()},
		"both vouched":              {`{"Attributes":{"` + prefix + `":"3"}}`, []v1alpha1.SQSCount{delayed, notVisible}, absent()},
		"not vouched":               {`{"Attributes":{}}`, []v1alpha1.SQSCount{notVisible}, parse("the answer lacks a count")},
		"badly vouched":             {`{"Attributes":{"` + prefix + `":"x"}}`, []v1alpha1.SQSCount{notVisible}, parse("the answer lacks a count")},
		"half of a sum":             {`{"Attributes":{"` + prefix + `":"3","` + prefix + `Delayed":"1"}}`, []v1alpha1.SQSCount{delayed, notVisible}, parse("the answer lacks a count")},
		"Visible and a lacking one": {`{"Attributes":{"` + prefix + `":"3"}}`, []v1alpha1.SQSCount{visible, notVisible}, parse("the answer lacks a count")},
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tt.body) })
			q := queue("orders", tt.counts...)
			out, err := sqs.New(testaws.NewProvider(t, s.Provider("")), []sqs.Queue{q})[0].Fetch(t.Context(), signals.Window{})
			require.NoError(t, err)
			tt.want.Subject = q.Subject
			require.Equal(t, []signals.Outcome{tt.want}, out)
		})
	}
}

func value(v float64) signals.Outcome { return signals.Outcome{Samples: []signals.Sample{{Value: v}}} }

func parse(detail string) signals.Outcome {
	return signals.Outcome{Err: &signals.Error{Reason: signals.Parse, Detail: detail}}
}

func absent() signals.Outcome {
	return signals.Outcome{
		Err:      &signals.Error{Reason: signals.Absent, Detail: "the queue tells no such count", Answered: true},
		Sentinel: &signals.Sentinel{},
	}
}

func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    signals.Reason
	}{
		"throttled": {fault(400, "RequestThrottled"), signals.Throttled},
		"auth":      {fault(403, "AccessDeniedException"), signals.Auth},
		"missing":   {fault(400, "QueueDoesNotExist"), signals.Missing},
		"html":      {body("<html>ok</html>"), signals.Parse},
		"truncated": {body(`{"Attributes":{"ApproximateNumberOfMessages":"3`), signals.Parse},
		"hanging":   {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, signals.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t, tt.handler)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			out, err := sqs.New(testaws.NewProvider(t, s.Provider("")), []sqs.Queue{queue("orders")})[0].Fetch(ctx, signals.Window{})
			require.Empty(t, out)
			require.Equal(t, tt.want, reason(t, err))
			require.NotRegexp(t, `\d{3,}|http|example|127`, err.Error())
			require.Equal(t, 1, s.Calls("GetQueueAttributes"))
		})
	}
}

func fault(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { testaws.Fault(w, status, code) }
}

func body(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// TestCalls: a poll of a queue is one call in health, and never more in an outage,
// however many subjects count it.
func TestCalls(t *testing.T) {
	var mode atomic.Pointer[string] // the fault of both operations; nil: none
	s := testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch code := mode.Load(); {
		case code != nil:
			testaws.Fault(w, 400, *code)
		case testaws.Operation(r) == "GetQueueUrl":
			_, _ = io.WriteString(w, `{"QueueUrl":"https://queue.example/orders"}`)
		default:
			_, _ = io.WriteString(w, `{"Attributes":{"ApproximateNumberOfMessages":"3","ApproximateNumberOfMessagesNotVisible":"0"}}`)
		}
	})
	source := sqs.New(testaws.NewProvider(t, s.Provider("")), []sqs.Queue{queue("orders"), queue("orders", notVisible)})[0]
	polls := func(n int) int {
		before := s.Total()
		for range n {
			_, _ = source.Fetch(t.Context(), signals.Window{})
		}
		return s.Total() - before
	}
	require.Equal(t, 2, polls(1), "the name is resolved once")
	require.Equal(t, 10, polls(10))
	for _, code := range []string{"Throttling", "QueueDoesNotExist", "AccessDenied"} {
		mode.Store(&code)
		require.Equal(t, 10, polls(10), code)
	}
	mode.Store(nil)
	require.Equal(t, 11, polls(10), "resolved again")
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"Attributes":{"ApproximateNumberOfMessages":"3"}}`))
	f.Add([]byte(`{"Attributes":{"ApproximateNumberOfMessages":-1}}`))
	f.Add([]byte(`[1,{"a":`))
	var answer atomic.Pointer[[]byte]
	s := testaws.Serve(f, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(*answer.Load()) })
	p, err := awsx.New(f.Context(), s.Provider(""))
	require.NoError(f, err)
	f.Cleanup(p.Close)
	source := sqs.New(p, []sqs.Queue{queue("https://queue.example/orders")})[0]
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer.Store(&raw)
		out, err := source.Fetch(t.Context(), signals.Window{})
		if err != nil {
			return
		}
		for _, o := range out {
			require.True(t, o.Err != nil || o.Samples[0].Value >= 0)
		}
	})
}
