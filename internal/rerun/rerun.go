// Package rerun steps the engine through the record of a run, and holds what it
// decides to what the run decided: a live run and a replay are the same.
package rerun

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
)

// Report is what was found.
type Report struct {
	Ticks int `json:"ticks"`
	// Span is from the first tick to the last.
	Span v1alpha1.Duration `json:"span"`
	// Documents is how many sets of documents ran, one after another.
	Documents int `json:"documents"`
	// Decisions that were compared, and Unknown, how many of them were no number.
	Decisions int `json:"decisions"`
	Unknown   int `json:"unknown"`
	// Failures are the outcomes of fetches that failed.
	Failures int `json:"failures"`
	// First is the first decision that differs; nil: none does. What follows it was not
	// compared.
	First *Difference `json:"firstDifference,omitempty"`
}

// Difference is a decision that a run made and a rerun does not.
type Difference struct {
	Tick     int             `json:"tick"` // from 1
	At       time.Time       `json:"at"`
	Policy   policy.ID       `json:"policy"`
	Recorded policy.Desired  `json:"recorded"`
	Now      policy.Decision `json:"now"`
}

// String tells what differs.
func (d Difference) String() string {
	return fmt.Sprintf("tick %d, %s: %s: recorded %s, now %s",
		d.Tick, d.At.UTC().Format(time.RFC3339), d.Policy, number(d.Recorded), number(d.Now.Desired)+d.same())
}

// same says that the numbers are equal, where they are.
func (d Difference) same() string {
	if d.Recorded == d.Now.Desired {
		return ", with another trail"
	}
	return ""
}

func number(d policy.Desired) string {
	if n, known := d.Replicas(); known {
		return strconv.Itoa(int(n))
	}
	return "unknown (" + string(d.Reason()) + ")"
}

// ErrOtherDocuments says that documents are not those of the record.
var ErrOtherDocuments = errors.New("these documents are not those that ran: what was read then was made by the replicas that they ordered, and says nothing of what another policy would have met")

// ErrNoPolicies says that a record does not hold the policies that ran.
var ErrNoPolicies = errors.New("the record does not hold the policies that ran")

// ErrNothingToCompare says that a record holds no decisions.
var ErrNothingToCompare = errors.New("the record holds no decisions to compare with")

// Run reads a record. Documents may be nil, and must else be of the record: with its
// hash. They stand in for policies that the record does not hold.
func Run(record io.Reader, docs *config.Documents) (Report, error) {
	r := rerun{docs: docs}
	err := runner.ReadRecord(record, func(l runner.Line) error {
		switch {
		case l.Header != nil:
			return r.header(*l.Header)
		case r.engine == nil:
			return errors.New("the record does not begin with its header")
		case l.Tick != nil:
			r.tick(*l.Tick)
			return nil
		default:
			return r.compare(l.Decided)
		}
	})
	switch {
	case errors.Is(err, errDiffers):
		return r.report, nil
	case err != nil:
		return r.report, err
	case docs != nil && !r.known:
		return r.report, ErrOtherDocuments
	case r.report.Decisions == 0:
		return r.report, ErrNothingToCompare
	}
	return r.report, nil
}

// errDiffers ends the reading.
var errDiffers = errors.New("differs")

// rerun is a record in the reading.
type rerun struct {
	docs   *config.Documents
	known  bool // the documents ran
	engine *engine.Engine
	report Report
	first  time.Duration // the first tick's instant
	last   []policy.Decision
}

// header goes on under other documents, from what was remembered.
func (r *rerun) header(h runner.Header) error {
	if h.Record != runner.RecordVersion {
		return fmt.Errorf("a record of version %q is not known", h.Record)
	}
	spec, err := r.spec(h)
	if err != nil {
		return err
	}
	var from engine.State
	switch {
	case h.From != nil:
		from = *h.From
	case r.engine != nil:
		from = r.engine.State()
	}
	r.engine = engine.New(spec, from)
	r.report.Documents++
	return nil
}

func (r *rerun) spec(h runner.Header) (engine.Spec, error) {
	var policies []*v1alpha1.ScalingPolicy
	switch same := r.docs != nil && r.docs.Hash == h.Hash; {
	case same:
		r.known, policies = true, r.docs.Policies
	case h.Policies != nil:
		if err := json.Unmarshal(h.Policies, &policies); err != nil {
			return engine.Spec{}, fmt.Errorf("read the record's policies: %w", err)
		}
	case r.docs != nil:
		return engine.Spec{}, ErrOtherDocuments
	default:
		return engine.Spec{}, ErrNoPolicies
	}
	program, err := compile.Compile(policies)
	if err != nil {
		return engine.Spec{}, err
	}
	return program.Spec, nil
}

func (r *rerun) tick(t engine.Tick) {
	if r.report.Ticks == 0 {
		r.first = t.Now.Mono
	}
	r.report.Ticks++
	r.report.Span.Duration = (t.Now.Mono - r.first).Round(time.Second)
	for _, o := range t.Outcomes {
		if o.Err != nil {
			r.report.Failures++
		}
	}
	r.last = r.engine.Step(t)
}

// compare holds the latest decisions to those of the run.
func (r *rerun) compare(want []runner.Decided) error {
	if len(want) != len(r.last) {
		return fmt.Errorf("tick %d: the record has %d decisions, and its documents %d policies", r.report.Ticks, len(want), len(r.last))
	}
	for i, d := range r.last {
		got, err := runner.DecidedOf(d)
		if err != nil {
			return err
		}
		if got != want[i] {
			r.report.First = &Difference{Tick: r.report.Ticks, At: d.At.Wall, Policy: want[i].Policy, Recorded: want[i].Desired, Now: d}
			return errDiffers
		}
		r.report.Decisions++
		if _, known := d.Desired.Replicas(); !known {
			r.report.Unknown++
		}
	}
	return nil
}
