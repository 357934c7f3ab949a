package runner

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/scaler-dev/scaler/internal/engine"
)

// A record is JSON lines: a Header for each set of documents that ran, then the
// ticks under it. Step over them, from the state that the first header has, gives
// the run's decisions again.

// Header says under which documents the ticks after it ran.
type Header struct {
	Record string `json:"record"` // RecordVersion
	Hash   string `json:"hash"`   // of the documents
	// From is what the run went on from: another process's state. Absent: nothing, or,
	// after the first header, what the ticks before it left.
	From *engine.State `json:"from,omitempty"`
}

// RecordVersion is the version of the record's format.
const RecordVersion = "scaler.dev/record/v1"

// Line is one line of a record: a header or a tick.
type Line struct {
	*Header
	Tick *engine.Tick `json:"tick,omitempty"`
}

// Recorder writes a record, each line as one write, so that what a process saw is
// there however it ends. A nil Recorder writes nothing.
type Recorder struct {
	enc    *json.Encoder
	failed bool
}

// NewRecorder writes to w, which the caller closes.
func NewRecorder(w io.Writer) *Recorder { return &Recorder{enc: json.NewEncoder(w)} }

func (r *Recorder) documents(hash string, from *engine.State) error {
	return r.write(Line{Header: &Header{Record: RecordVersion, Hash: hash, From: from}})
}

func (r *Recorder) tick(t engine.Tick) error { return r.write(Line{Tick: &t}) }

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
		if (l.Header == nil) == (l.Tick == nil) {
			return fmt.Errorf("read record: line %d: %w", n, errNoLine)
		}
		if err := each(l); err != nil {
			return err
		}
	}
	return scan.Err()
}

var errNoLine = errors.New("neither a header nor a tick")
