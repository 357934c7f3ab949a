package trial

import (
	"math"
	"time"
)

// Report is a result as JSON: scores, not series.
type Report struct {
	Trace   string      `json:"trace"`
	Steps   int         `json:"steps"`
	Step    string      `json:"step"`
	Late    string      `json:"lateAfter"`
	Repairs []string    `json:"repairs,omitempty"`
	Oracle  OracleText  `json:"oracle"`
	Runs    []RunReport `json:"runs"`
}

// OracleText is what knowing the traffic would have cost.
type OracleText struct {
	Budget    float64 `json:"budget"`
	Hours     float64 `json:"replicaHours"`
	Reachable bool    `json:"reachable"`
}

// RunReport is a run's scores.
type RunReport struct {
	Name   string  `json:"name"`
	Factor float64 `json:"factor"`
	Scores
	OverOracle *float64 `json:"overOracle,omitempty"`
	WorstFrom  string   `json:"worstFrom,omitempty"`
	WorstText  string   `json:"worst,omitempty"`
}

// Report is the result as JSON has it.
func (s Settings) Report(r *Result) Report {
	out := Report{
		Trace: s.Name, Steps: s.Trace.Len(), Step: s.Trace.Step.String(), Late: s.Replay.Spec.Objective.Latency.String(), Repairs: r.Repairs,
		Oracle: OracleText{s.Budget, r.Oracle.Low, r.Oracle.Reachable},
	}
	for _, run := range r.Runs {
		one := RunReport{Name: run.Name, Factor: run.Factor, Scores: run.Scores}
		if !math.IsNaN(run.Scores.Over) {
			one.OverOracle = &run.Scores.Over
		}
		if run.Worst != nil {
			one.WorstFrom, one.WorstText = run.Worst.From.UTC().Format(time.RFC3339), run.Worst.String()
		}
		out.Runs = append(out.Runs, one)
	}
	return out
}
