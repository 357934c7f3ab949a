package httpjson

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	maxBody  = 64 << 10
	maxDepth = 64
)

// decode reads an answer's one JSON value. Its error is a *signals.Error.
func decode(resp *http.Response) (any, error) {
	body, err := httpx.ReadBody(resp, maxBody)
	if failed := httpx.StatusFailure(resp.StatusCode); failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, err
	}
	if !isJSON(resp.Header.Get("Content-Type")) {
		return nil, parse("the answer's content type is not JSON")
	}
	return parseBody(body)
}

func parseBody(body []byte) (any, error) {
	if depth(body) > maxDepth {
		return nil, parse("the answer is nested too deeply")
	}
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil, parse("the answer is not one JSON value")
	}
	return value, nil
}

func parse(detail string) *signals.Error {
	return &signals.Error{Reason: signals.Parse, Detail: detail}
}

// isJSON knows application/json and types that end in +json.
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// depth is how deep brackets are nested, outside of strings.
func depth(body []byte) (deepest int) {
	var level int
	var quoted, escaped bool
	for _, c := range body {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case c == '"':
			quoted = true
		case c == '[', c == '{':
			level++
			deepest = max(deepest, level)
		case c == ']', c == '}':
			level--
		}
	}
	return deepest
}
