package prometheus

import (
	"encoding/json"

	"github.com/scaler-dev/scaler/internal/signals"
)

// check refuses answers that client_golang's decoder would fill up: to it a
// series without a value is one of value 0. It also knows VictoriaMetrics' mark of
// an answer from a part of the data; others send warnings.
func check(body []byte) *signals.Error {
	var answer struct {
		IsPartial bool
		Data      struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if json.Unmarshal(body, &answer) != nil {
		return notAnAnswer()
	}
	if answer.IsPartial {
		return &signals.Error{Reason: signals.Partial, Detail: "the server answered from a part of its data"}
	}
	if answer.Data.ResultType == "vector" {
		return checkVector(answer.Data.Result)
	}
	return nil
}

func checkVector(result json.RawMessage) *signals.Error {
	var series []struct {
		Value     []json.RawMessage
		Histogram json.RawMessage
	}
	if json.Unmarshal(result, &series) != nil {
		return notAnAnswer()
	}
	for _, s := range series {
		isValue := len(s.Value) == 2 && s.Value[1][0] == '"'
		if !isValue && (s.Value != nil || s.Histogram == nil) {
			return notAnAnswer()
		}
	}
	return nil
}
