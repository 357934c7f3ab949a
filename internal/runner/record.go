package runner

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
)

// A record is JSON lines: a Header for each set of documents that ran, then the
// ticks under it, each followed by what was decided at it. Step over the ticks, from the
// state that the first header has, gives the run's decisions again.

// Header says under which documents the ticks after it ran.
type Header struct {
	Record string `json:"record"` // RecordVersion
	Hash   string `json:"hash"`   // of the documents
	// From is what the run went on from: another process's state. Absent: nothing, or,
	// after the first header, what the ticks before it left.
	From *engine.State `json:"from,omitempty"`
	// Policies are the documents that were compiled, as JSON. They hold no secret: those
	// are of providers, which a record has nothing of.
	Policies json.RawMessage `json:"policies,omitempty"`
}

// RecordVersion is the version of the record's format.
const RecordVersion = "scaler.dev/record/v1"

// Line is one line of a record: a header, a tick, or what was decided at the tick
// before it.
type Line struct {
	*Header
	Tick    *engine.Tick `json:"tick,omitempty"`
	Decided []Decided    `json:"decided,omitempty"`
}

// kinds is how many of a line's members are set.
func (l Line) kinds() int {
	n := 0
	for _, set := range []bool{l.Header != nil, l.Tick != nil, l.Decided != nil} {
		if set {
			n++
		}
	}
	return n
}

// Recorder writes a record, each line as one write, so that what a process saw is
// there however it ends. A nil Recorder writes nothing.
type Recorder struct {
	enc    *json.Encoder
	failed bool
}

// NewRecorder writes to w, which the caller closes.
func NewRecorder(w io.Writer) *Recorder { return &Recorder{enc: json.NewEncoder(w)} }

func (r *Recorder) documents(p *Pipeline, from *engine.State) error {
	return r.write(Line{Header: &Header{Record: RecordVersion, Hash: p.Hash, From: from, Policies: p.Policies}})
}

func (r *Recorder) tick(t engine.Tick) error { return r.write(Line{Tick: &t}) }

// decided writes what the tick before led to.
func (r *Recorder) decided(decisions []policy.Decision) error {
	if r == nil || r.failed || len(decisions) == 0 {
		return nil
	}
	line := Line{Decided: make([]Decided, len(decisions))}
	for i, d := range decisions {
		var err error
		if line.Decided[i], err = DecidedOf(d); err != nil {
			r.failed = true
			return err
		}
	}
	return r.write(line)
}

// write reports the first failure; after it nothing more is written.
func (r *Recorder) write(l Line) error {
	if r == nil || r.failed {
		return nil
	}
	if err := r.enc.Encode(l); err != nil {
		r.failed = true
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}

// maxLine bounds a line of a record that is read.
const maxLine = 64 << 20

// ReadRecord calls back for every line of a record, in order.
func ReadRecord(in io.Reader, each func(Line) error) error {
	scan := bufio.NewScanner(in)
	scan.Buffer(make([]byte, 0, 64<<10), maxLine)
	for n := 1; scan.Scan(); n++ {
		var l Line
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			return fmt.Errorf("read record: line %d: %w", n, err)
		}
		if l.kinds() != 1 {
			return fmt.Errorf("read record: line %d: %w", n, errNoLine)
		}
		if err := each(l); err != nil {
			return err
		}
	}
	return scan.Err()
}

var errNoLine = errors.New("not one of a header, a tick and decisions")
