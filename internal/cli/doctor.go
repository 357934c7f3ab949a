package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/app"
	"github.com/scaler-dev/scaler/internal/doctor"
)

// patience is how long doctor says nothing.
const patience = 2 * time.Second

// diagnosis is what doctor found.
type diagnosis struct {
	OK       bool             `json:"ok"` // no check failed
	Failed   int              `json:"failed"`
	Warnings int              `json:"warnings"`
	Findings []doctor.Finding `json:"findings"`
}

func newDoctor(h Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor -f FILE...",
		Short: "Check all that documents depend on, and tell what to do",
		Long: `Doctor asks everybody that the documents name once: each provider for each
signal, and the cluster for workloads, rights, the certificate, the APIService and
the HPAs that read decisions. It changes nothing and publishes nothing.
It exits with 0, or with 3 if a check failed.`,
		Example: `  scaler doctor -f scaler.yaml
  scaler doctor -f scaler.yaml -o json
  kubectl exec deploy/scaler -- scaler doctor -f /etc/scaler   # as Scaler itself`,
	}
	files := filesFlag(cmd)
	out := outputFlag(cmd)
	cmd.Args = needFiles(files)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		app.LogLibraries(io.Discard) // what they would log is in the findings
		checks, end, err := app.Doctor(cmd.Context(), app.Options{
			Files: *files, Stdin: h.Stdin, LookupEnv: h.LookupEnv, Stdout: io.Discard, Stderr: io.Discard, DryRun: true, Version: h.Version,
		})
		if err != nil {
			return explained(err)
		}
		defer end()
		found := examine(cmd.Context(), h, checks)
		if err := cmd.Context().Err(); err != nil {
			return err
		}
		return diagnose(h, out, found)
	}
	return cmd
}

func diagnose(h Host, out *output, found []doctor.Finding) error {
	d := diagnosis{Failed: doctor.Count(found, doctor.Fail), Warnings: doctor.Count(found, doctor.Warn), Findings: found}
	d.OK = d.Failed == 0
	if d.Findings == nil {
		d.Findings = []doctor.Finding{}
	}
	if err := out.print(h.Stdout, d, func() string { return doctor.Table(found) }); err != nil {
		return err
	}
	if !d.OK {
		return checkFailed(fmt.Errorf("%d of %d checks failed", d.Failed, len(found)), "")
	}
	return nil
}

// examine runs checks. On a terminal, what takes long is told on standard error.
func examine(ctx context.Context, h Host, checks []doctor.Check) []doctor.Finding {
	s := doctor.Settings{}
	if terminal(h.Stderr) {
		line := &waiting{w: h.Stderr, from: time.Now().Add(patience)}
		defer line.clear()
		s.Progress = line.tell
		timer := time.AfterFunc(patience, func() { line.again() })
		defer timer.Stop()
		line.tell(0, len(checks), namesOf(checks))
	}
	return doctor.Examine(ctx, checks, s)
}

func namesOf(checks []doctor.Check) []string {
	out := make([]string, len(checks))
	for i, c := range checks {
		out[i] = c.Name
	}
	return out
}

// waiting is a line on a terminal that says what is waited for.
type waiting struct {
	w    io.Writer
	from time.Time // before that nothing is said

	mu   sync.Mutex // guards all below
	text string
	long int // of the line that stands there
	over bool
}

func (l *waiting) tell(done, total int, left []string) {
	const most = 3
	if n := len(left); n > most {
		left = append(left[:most:most], "…")
	}
	l.mu.Lock()
	l.text = fmt.Sprintf("%d of %d checks done, waiting for %s", done, total, strings.Join(left, ", "))
	l.mu.Unlock()
	l.again()
}

// again shows the line, if it is time.
func (l *waiting) again() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || time.Now().Before(l.from) {
		return
	}
	l.show(l.text)
}

func (l *waiting) show(text string) {
	fmt.Fprintf(l.w, "\r%s%s\r", text, strings.Repeat(" ", max(0, l.long-len([]rune(text)))))
	l.long = len([]rune(text))
}

// clear takes the line away for good.
func (l *waiting) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over = true; l.long > 0 {
		l.show("")
	}
}
