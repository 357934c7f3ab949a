package testaws

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
)

// Recorder stands in front of a moto_server and keeps what it is asked for. It answers
// by itself what moto cannot: the tags of scalable targets, which moto ignores, and
// DescribeScalingActivities, which moto answers with 500.
type Recorder struct {
	*Server

	mu         sync.Mutex
	requests   []Request         // guarded by mu
	tags       map[string]string // guarded by mu; by ARN, as JSON
	activities string            // guarded by mu
}

// Request is one that came: its operation, and its JSON with sorted keys.
type Request struct{ Operation, Body string }

// Record starts a recorder and ends it with the test.
func Record(t testing.TB, m *Moto) *Recorder {
	t.Helper()
	r := &Recorder{tags: map[string]string{}, activities: "[]"}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r.Server = Serve(t, func(w http.ResponseWriter, in *http.Request) {
		body, _ := io.ReadAll(in.Body)
		r.keep(Operation(in), body)
		if answer := r.answer(Operation(in), body); answer != "" {
			_, _ = io.WriteString(w, answer)
			return
		}
		status, answer := forward(in, client, m.URL, body)
		r.learn(Operation(in), body, answer)
		w.WriteHeader(status)
		_, _ = w.Write(answer)
	})
	return r
}

// Requests are those that came since the last call.
func (r *Recorder) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.requests
	r.requests = nil
	return out
}

// SetActivities is what DescribeScalingActivities answers: a JSON list.
func (r *Recorder) SetActivities(list string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.activities = list
}

func (r *Recorder) keep(operation string, body []byte) {
	var v any
	_ = json.Unmarshal(body, &v)
	sorted, _ := json.Marshal(v)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, Request{operation, string(sorted)})
}

// answer is empty for what moto is to answer.
func (r *Recorder) answer(operation string, body []byte) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch operation {
	case "DescribeScalingActivities":
		return `{"ScalingActivities": ` + r.activities + `}`
	case "ListTagsForResource":
		var in struct{ ResourceARN string }
		_ = json.Unmarshal(body, &in)
		if tags := r.tags[in.ResourceARN]; tags != "" {
			return `{"Tags": ` + tags + `}`
		}
		return `{"Tags": {}}`
	default:
		return ""
	}
}

// learn keeps the tags of a registration.
func (r *Recorder) learn(operation string, body, answer []byte) {
	var in struct{ Tags json.RawMessage }
	var out struct{ ScalableTargetARN string }
	if operation != "RegisterScalableTarget" || json.Unmarshal(body, &in) != nil || json.Unmarshal(answer, &out) != nil || in.Tags == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tags[out.ScalableTargetARN] = string(in.Tags)
}

func forward(in *http.Request, client *http.Client, url string, body []byte) (status int, answer []byte) {
	req, err := http.NewRequestWithContext(in.Context(), in.Method, url+in.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return http.StatusBadGateway, nil
	}
	req.Header = in.Header.Clone()
	res, err := client.Do(req)
	if err != nil {
		return http.StatusBadGateway, nil
	}
	defer res.Body.Close()
	answer, _ = io.ReadAll(res.Body)
	return res.StatusCode, answer
}
