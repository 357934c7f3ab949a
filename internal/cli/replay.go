package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	pages "github.com/scaler-dev/scaler/bench/report"
	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/bench/trial"
	"github.com/scaler-dev/scaler/internal/config"
)

// replaying are the flags of replay.
type replaying struct {
	files   *[]string
	out     *output
	name    string
	traces  []string
	against []string
	slo     string
	budget  string
	html    string
	asserts []string
	sweep   bool
	record  string
}

func newReplay(h Host) *cobra.Command {
	r := &replaying{}
	cmd := &cobra.Command{
		Use:   "replay -f FILE... [--trace FILE] | --run RECORD",
		Short: "Try a policy on recorded traffic, beside the autoscalers that people run today",
		Long: `Replay runs a policy on recorded traffic: the same documents and the same decisions
as in production, where only the clock, the sources and the replicas are a model's. A
Replay document says what a replica can do, how long it takes to start, and what each
signal reads. Beside it run the autoscalers that are named with --against, each with
its defaults, and an oracle that knows the traffic and pays the least.

What is a model is a model: target tracking's arithmetic is not published, and
arrivals are a fluid. Traffic is a CSV of timestamp,value: the mean arrivals a second
from each RFC 3339 timestamp on. What no row covers is a gap, not zero.

With --assert the exit code is 3 where an assertion about the policy does not hold, so
that a pipeline can gate on it: late (a share), hours (of replicas), over (the oracle,
a share), wait (the longest), run (of late steps), starts (a day).

With --run it repeats what 'scaler run --record' wrote down: it steps through every
tick that the daemon saw, and tells whether each decision is the one that was made
then, with its whole trail. The exit code is 3 where one is not. A run cannot be
replayed with another policy: its backlog was made by the replicas that ran then.`,
		Example: `  scaler replay -f examples/replay.yaml --trace traffic.csv --against hpa,keda
  scaler replay -f examples/replay.yaml --trace traffic.csv --html report.html
  scaler replay -f examples/replay.yaml --trace traffic.csv --assert 'late<=0.1%' --assert 'over<=50%'
  scaler replay --run ticks.jsonl                          # is it what the daemon decided?`,
	}
	r.files = filesFlag(cmd)
	r.out = outputFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&r.name, "replay", "", "the `NAME` of the Replay document, where there are several")
	f.StringArrayVar(&r.traces, "trace", nil, "a CSV `FILE` of traffic, in place of the document's; may be repeated")
	f.StringSliceVar(&r.against, "against", nil, "run beside it: "+strings.Join(trial.Incumbents(), ", "))
	f.StringVar(&r.slo, "slo", "", "what is late takes longer than this `DURATION`, in place of the document's")
	f.StringVar(&r.budget, "budget", "0.1%", "the `SHARE` of late arrivals that the oracle may have")
	f.StringVar(&r.html, "html", "", "write a report to a `FILE`")
	f.StringArrayVar(&r.asserts, "assert", nil, "what must hold, as in late<=0.1%; may be repeated")
	f.BoolVar(&r.sweep, "sweep", false, "run each at several targets too, for the report's frontier")
	f.StringVar(&r.record, "run", "", "repeat the `RECORD` of a run, and compare its decisions")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if r.record != "" {
			return noArgs(cmd, args)
		}
		return needFiles(r.files)(cmd, args)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if r.record != "" {
			return r.again(cmd, h)
		}
		return r.run(cmd, h)
	}
	return cmd
}

func (r *replaying) run(cmd *cobra.Command, h Host) error {
	asserts, err := r.assertions()
	if err != nil {
		return err
	}
	docs, err := readDocuments(h, *r.files)
	if err != nil {
		return err
	}
	settings, err := r.settings(docs, h.Stderr)
	if err != nil {
		return err
	}
	var all []replayed
	for _, s := range settings {
		bar := newProgress(h.Stderr, s.Name)
		s.Progress = bar.show
		result, err := trial.Try(cmd.Context(), s)
		bar.end()
		if err != nil {
			return fmt.Errorf("replay %s: %w", s.Name, err)
		}
		all = append(all, replayed{s, result})
	}
	if err := r.out.print(h.Stdout, reports(all), func() string { return tables(all) }); err != nil {
		return err
	}
	if err := r.write(all); err != nil {
		return err
	}
	return failing(all, asserts)
}

// replayed is a trial and what it found.
type replayed struct {
	settings trial.Settings
	result   *trial.Result
}

func reports(all []replayed) []trial.Report {
	out := make([]trial.Report, len(all))
	for i, a := range all {
		out[i] = a.settings.Report(a.result)
	}
	return out
}

func tables(all []replayed) string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.settings.Table(a.result)
	}
	return strings.Join(texts, "\n")
}

func (r *replaying) assertions() ([]trial.Assertion, error) {
	var out []trial.Assertion
	for _, text := range r.asserts {
		a, err := trial.ParseAssertion(text)
		if err != nil {
			return nil, usage(fmt.Errorf("--assert: %w", err), "write, for example: --assert 'late<=0.1%'")
		}
		out = append(out, a)
	}
	return out, nil
}

// settings are a trial for each trace. What takes long is shown.
func (r *replaying) settings(docs *config.Documents, progress io.Writer) ([]trial.Settings, error) {
	doc, err := r.document(docs)
	if err != nil {
		return nil, err
	}
	p := docs.Policies[0]
	if doc.Spec.Policy != "" {
		if p, err = findPolicy(docs, doc.Spec.Policy); err != nil {
			return nil, err
		}
	}
	budget, err := trial.ParseShare(r.budget)
	if err != nil {
		return nil, usage(fmt.Errorf("--budget: %w", err), "write a share, as in --budget 0.1%")
	}
	traces := r.traces
	if len(traces) == 0 && doc.Spec.Trace != nil {
		traces = []string{doc.Spec.Trace.File}
	}
	if len(traces) == 0 {
		return nil, usage(errors.New("no traffic is named"), "add --trace traffic.csv, or spec.trace.file to the Replay document")
	}
	var out []trial.Settings
	for _, name := range traces {
		s := trial.Settings{Name: filepath.Base(name), Policy: p, Replay: doc, Against: r.against, Budget: budget, Sweep: r.sweep}
		if err := trial.Check(s); err != nil {
			return nil, checkFailed(err, "")
		}
		if s.Trace, err = readTrace(name, doc, progress); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// document is the Replay that is meant, with the objective of the command line.
func (r *replaying) document(docs *config.Documents) (*v1alpha1.Replay, error) {
	var names []string
	for _, d := range docs.Replays {
		names = append(names, d.Metadata.Name)
		if d.Metadata.Name != r.name && (r.name != "" || len(docs.Replays) > 1) {
			continue
		}
		if len(docs.Policies) == 0 {
			return nil, usage(errors.New("the files hold no ScalingPolicy"), "add the policy's file with -f")
		}
		out := *d
		if r.slo != "" {
			if err := out.Spec.Objective.Latency.UnmarshalText([]byte(r.slo)); err != nil {
				return nil, usage(fmt.Errorf("--slo: %w", err), "write, for example: --slo 500ms")
			}
		}
		return &out, nil
	}
	switch {
	case len(names) == 0:
		return nil, usage(errors.New("the files hold no Replay document, which says what the policy is replayed against"),
			"see examples/replay.yaml")
	case r.name == "":
		return nil, usage(errors.New("the files hold several Replay documents"), "name one with --replay: "+someOf(names))
	default:
		return nil, usage(fmt.Errorf("no Replay document is named %s", r.name), "the files hold "+someOf(names))
	}
}

func readTrace(name string, doc *v1alpha1.Replay, progress io.Writer) (*trace.Trace, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, hinted(fmt.Errorf("open the traffic: %w", err), "traffic is a CSV of timestamp,value")
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("look at the traffic: %w", err)
	case info.IsDir():
		return nil, hinted(fmt.Errorf("%s is a directory, not traffic", name), "name its files with --trace, which may be repeated")
	}
	if isSeen(f) {
		return nil, checkFailed(fmt.Errorf("%s is what was seen, and was made by the replicas that ran then: another policy would have met another backlog", name),
			"name the file of traffic that 'scaler record' wrote beside it; signals of backlog and latency read the model, as bind says")
	}
	bar := newProgress(progress, "read "+filepath.Base(name))
	defer bar.end()
	t, err := trace.Read(bar.reader(f, info.Size()), doc.Spec.Plant.Step.Duration)
	if err != nil {
		return nil, checkFailed(fmt.Errorf("%s: %w", name, err), "traffic is a CSV with the header timestamp,value: from when on, in RFC 3339, and the mean arrivals a second; what is unknown has no row")
	}
	return t, nil
}

// write writes the reports; of several traces each to a file of its own.
func (r *replaying) write(all []replayed) error {
	for i, a := range all {
		if r.html == "" {
			return nil
		}
		name := r.html
		if len(all) > 1 {
			ext := filepath.Ext(name)
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i+1, ext)
		}
		var page bytes.Buffer
		if err := pages.Write(&page, a.settings.Page(a.result)); err != nil {
			return err
		}
		if err := os.WriteFile(name, page.Bytes(), 0o644); err != nil { //nolint:gosec // a report to look at
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

// failing tells every assertion that does not hold.
func failing(all []replayed, asserts []trial.Assertion) error {
	var bad []error
	for _, a := range all {
		for _, assert := range asserts {
			if run := a.result.Runs[0]; !assert.Holds(run.Scores) {
				bad = append(bad, fmt.Errorf("%s on %s: %s does not hold: %s", run.Name, a.settings.Name, assert.Text, assert.Found(run.Scores)))
			}
		}
	}
	if bad == nil {
		return nil
	}
	return checkFailed(errors.Join(bad...), "")
}
