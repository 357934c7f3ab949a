// Package audit tells which external metrics a cluster's autoscaler read, when, and
// what it got: from the API server's audit log, so as the autoscaler saw it.
package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// policy logs what the HPA controller reads, and nothing else.
const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    users: ["system:serviceaccount:kube-system:horizontal-pod-autoscaler"]
    resources: [{group: external.metrics.k8s.io}]
  - level: None
`

// Log is an audit log that is read while it grows. It is for one goroutine.
type Log struct {
	policy, file string
	read         int64
}

// New prepares a log in a directory.
func New(dir string) (*Log, error) {
	l := &Log{policy: filepath.Join(dir, "audit-policy.yaml"), file: filepath.Join(dir, "audit.log")}
	if err := os.WriteFile(l.policy, []byte(policy), 0o600); err != nil {
		return nil, fmt.Errorf("write the audit policy: %w", err)
	}
	return l, nil
}

// Flags let the API server write the log.
func (l *Log) Flags() []string {
	return []string{"--audit-policy-file=" + l.policy, "--audit-log-path=" + l.file, "--audit-log-maxsize=1000"}
}

// Get is one read of an external metric.
type Get struct {
	Namespace, Metric string
	Code              int
	At                time.Time // when the API server received the request
	Took              time.Duration
}

// Next returns the reads that ended since the last call, in the order in which they
// ended. There are none before the first request of the cluster.
func (l *Log) Next() ([]Get, error) {
	f, err := os.Open(l.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the audit log: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(l.read, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	gets, err := parse(content)
	if err != nil {
		return nil, err
	}
	l.read += int64(len(content))
	return gets, nil
}

// event is what is read of an entry.
type event struct {
	Stage                    string
	ObjectRef                struct{ Namespace, Resource string }
	ResponseStatus           struct{ Code int }
	RequestReceivedTimestamp time.Time
	StageTimestamp           time.Time
}

// parse reads whole lines.
func parse(content []byte) ([]Get, error) {
	var gets []Get
	for line := range bytes.Lines(content) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("parse the audit log: %w", err)
		}
		if e.Stage != "ResponseComplete" && e.Stage != "Panic" {
			continue
		}
		gets = append(gets, Get{
			Namespace: e.ObjectRef.Namespace, Metric: e.ObjectRef.Resource, Code: e.ResponseStatus.Code,
			At: e.RequestReceivedTimestamp, Took: e.StageTimestamp.Sub(e.RequestReceivedTimestamp),
		})
	}
	return gets, nil
}
