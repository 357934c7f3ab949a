package console

import "github.com/scaler-dev/scaler/internal/runner"

// recallHealth is how the last days of a subject were read back, of which nothing was
// known when this process began to decide.
type recallHealth struct {
	Provider string `json:"provider"`
	Query    string `json:"query"`
	// State is waiting, read, empty (the provider remembers nothing), none (the source
	// only answers for now) or failed (to be tried again).
	State     runner.RecallState `json:"state"`
	Hours     float64            `json:"hours,omitempty"` // that were read
	LastError *failure           `json:"lastError,omitempty"`
}

// wrong lists failures first. They are no problem to name: a season that is cold adds
// nothing, and lowers nothing.
func (r recallHealth) wrong() (string, bool) { return "", r.State == runner.RecallFailed }

func recalls(s *runner.Status) []recallHealth {
	out := make([]recallHealth, len(s.Recalls))
	for i, r := range s.Recalls {
		out[i] = recallHealth{r.Subject.Provider, r.Subject.Query, r.State, r.Known.Hours(), failed(r.Last)}
	}
	return out
}
