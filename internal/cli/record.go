package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/history"
)

// recording are the flags of record.
type recording struct {
	files    *[]string
	policy   string
	traffic  string
	replicas string
	from, to string
	last     string
	step     time.Duration
	out      string
}

func newRecord(h Host) *cobra.Command {
	r := &recording{}
	cmd := &cobra.Command{
		Use:   "record -f FILE... --last 14d -o traffic.csv",
		Short: "Fetch past traffic from the real providers, to replay policies on it",
		Long: `Record fetches, for a policy, what arrived from outside in a window of the past: the
messages sent to its queue, the requests to its target group, or a rate in Prometheus,
and writes the CSV that 'scaler replay --trace' reads. It only reads, with the
providers and permissions of the documents (cloudwatch:GetMetricData), and publishes
nothing. CloudWatch bills what is fetched, by the metric and call.

What depends on the replicas that ran then (backlog, latency, the replicas themselves)
goes to a second file, traffic.seen.csv, for people: another policy would have met
another backlog, so replay refuses it.

Where nothing is known there is no row: a gap, not zero. CloudWatch leaves out periods
without messages or requests; they are zero only where it had the queue's backlog, or
counted healthy targets, in the same period. CloudWatch keeps minutes for 15 days, 5
minutes for 63 days, and hours for 455 days: the step is the shortest that there is.`,
		Example: `  scaler record -f policy.yaml --last 14d -o traffic.csv
  scaler record -f policy.yaml --policy shop/orders-worker --from 2026-11-01T00:00Z --to 2026-11-08T00:00Z -o traffic.csv
  scaler record -f policy.yaml --traffic requests --replicas replicas --last 2d --step 15s -o traffic.csv
  scaler replay -f policy.yaml -f replay.yaml --trace traffic.csv   # then try policies on it`,
	}
	r.files = filesFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&r.policy, "policy", "", "the `NAMESPACE/NAME` of the policy, where there are several")
	f.StringVar(&r.traffic, "traffic", "", "the `SIGNAL` that tells what arrives, where that is not plain")
	f.StringVar(&r.replicas, "replicas", "", "the `SIGNAL` that tells how many replicas there were")
	f.StringVar(&r.from, "from", "", "the begin, an RFC 3339 `INSTANT` or a day")
	f.StringVar(&r.to, "to", "", "the end, an RFC 3339 `INSTANT` or a day; by default five minutes ago")
	f.StringVar(&r.last, "last", "", "in place of --from: how long before the end to begin, as in 14d or 12h")
	f.DurationVar(&r.step, "step", 0, "of the trace; by default a minute, or the shortest that CloudWatch still has")
	f.StringVarP(&r.out, "out", "o", "", "the CSV `FILE` to write")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := needFiles(r.files)(cmd, args); err != nil {
			return err
		}
		if r.out == "" {
			return usage(errors.New("no file is named to write to"), "add -o traffic.csv")
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context(), h) }
	return cmd
}

func (r *recording) run(ctx context.Context, h Host) error {
	docs, err := readDocuments(h, *r.files)
	if err != nil {
		return err
	}
	p, doc, err := r.documents(docs)
	if err != nil {
		return err
	}
	plan, err := history.NewPlan(p, doc, r.traffic, r.replicas)
	if err != nil {
		return usage(err, "")
	}
	w, err := r.window(plan)
	if err != nil {
		return err
	}
	bar := newProgress(h.Stderr, "record")
	past, err := history.Fetch(ctx, history.Settings{Providers: docs.Providers, Progress: bar.show, Pause: pause}, plan, w)
	bar.end()
	if err != nil {
		return hinted(err, "'scaler doctor' tells whether the provider can be read")
	}
	return r.write(h.Stdout, plan, past, w)
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// documents are the policy that is meant, and the Replay document of it, if there is one.
func (r *recording) documents(docs *config.Documents) (*v1alpha1.ScalingPolicy, *v1alpha1.Replay, error) {
	var p *v1alpha1.ScalingPolicy
	switch {
	case r.policy != "":
		var err error
		if p, err = findPolicy(docs, r.policy); err != nil {
			return nil, nil, err
		}
	case len(docs.Policies) == 1:
		p = docs.Policies[0]
	case len(docs.Policies) == 0:
		return nil, nil, usage(errors.New("the files hold no ScalingPolicy"), "add the policy's file with -f")
	default:
		var names []string
		for _, p := range docs.Policies {
			names = append(names, p.Metadata.Namespace+"/"+p.Metadata.Name)
		}
		return nil, nil, usage(errors.New("the files hold several policies"), "name one with --policy: "+someOf(names))
	}
	name := p.Metadata.Namespace + "/" + p.Metadata.Name
	for _, d := range docs.Replays {
		if d.Spec.Policy == name || d.Spec.Policy == "" && len(docs.Policies) == 1 {
			return p, d, nil
		}
	}
	return p, nil, nil
}

// window is the time that the flags mean.
func (r *recording) window(p history.Plan) (history.Window, error) {
	now := time.Now()
	to, err := instant("--to", r.to, now.Add(-history.Settled))
	if err != nil {
		return history.Window{}, err
	}
	var from time.Time
	switch {
	case (r.from == "") == (r.last == ""):
		return history.Window{}, usage(errors.New("one of --from and --last is needed"), "write, for example: --last 14d")
	case r.last != "":
		d, err := days(r.last)
		if err != nil {
			return history.Window{}, usage(fmt.Errorf("--last: %w", err), "write, for example: --last 14d or --last 12h")
		}
		from = to.Add(-d)
	default:
		if from, err = instant("--from", r.from, now); err != nil {
			return history.Window{}, err
		}
	}
	w, err := history.NewWindow(p, from, to, now, r.step)
	if err != nil {
		return w, usage(err, "")
	}
	return w, nil
}

func instant(flag, text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usage(fmt.Errorf("%s: %q is not an instant", flag, text), "write, for example: "+flag+" 2026-11-01T00:00Z")
}

// days reads a duration, in days too.
func days(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if n, found := strings.CutSuffix(text, "d"); found {
		var many uint64
		many, err = strconv.ParseUint(n, 10, 16)
		d = time.Duration(many) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a duration", text)
	}
	return d, nil
}

// write writes both files, and tells what is in them.
func (r *recording) write(out io.Writer, p history.Plan, past *history.Past, w history.Window) error {
	csv := past.TrafficCSV(w)
	told, err := summary(csv, w)
	if err != nil {
		return fmt.Errorf("the traffic cannot be replayed: %w", err)
	}
	if err := os.WriteFile(r.out, csv, 0o644); err != nil { //nolint:gosec // numbers, for others to read
		return fmt.Errorf("write the traffic: %w", err)
	}
	fmt.Fprintf(out, "%s: %s, from %s to %s\n%s", r.out, p.Traffic.What, w.From.Format(time.RFC3339), w.To.Format(time.RFC3339), told)
	if len(p.Seen) > 0 {
		name := seenName(r.out)
		if err := os.WriteFile(name, past.SeenCSV(p.Seen, w), 0o644); err != nil { //nolint:gosec // numbers, for others to read
			return fmt.Errorf("write what was seen: %w", err)
		}
		var names []string
		for _, c := range p.Seen {
			names = append(names, c.Name)
		}
		fmt.Fprintf(out, "%s: %s, as the replicas of then made it: to look at, not to replay\n", name, strings.Join(names, ", "))
	}
	for _, note := range append(p.Skipped, past.Faults...) {
		fmt.Fprintf(out, "  note: %s\n", note)
	}
	return nil
}

// summary tells of a trace what a replay will make of it.
func summary(csv []byte, w history.Window) (string, error) {
	t, err := trace.Read(bytes.NewReader(csv), w.Step)
	if err != nil {
		return "", err
	}
	var sum, most float64
	known := 0
	for i := range t.Len() {
		if v, ok := t.At(i); ok {
			sum, most, known = sum+v, max(most, v), known+1
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  %d steps of %s, on average %.4g a second, at most %.4g\n", known, v1alpha1.Duration{Duration: w.Step}, sum/float64(max(1, known)), most)
	if steps := int(w.To.Sub(w.From) / w.Step); known < steps {
		fmt.Fprintf(&b, "  %d steps of %d are not known: gaps, not zero\n", steps-known, steps)
	}
	return b.String(), nil
}

// seenName is the file beside one of traffic, for what was seen.
func seenName(traffic string) string {
	ext := filepath.Ext(traffic)
	return strings.TrimSuffix(traffic, ext) + ".seen" + cmp.Or(ext, ".csv")
}

// isSeen tells such a file by its header, and leaves the file at its begin.
func isSeen(f io.ReaderAt) bool {
	begin := "timestamp," + history.SeenPrefix
	head := make([]byte, len(begin))
	n, _ := f.ReadAt(head, 0)
	return string(head[:n]) == begin
}
