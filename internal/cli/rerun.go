package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/rerun"
)

// notWithRun are flags that try other policies than the one that ran.
var notWithRun = []string{"replay", "trace", "against", "slo", "budget", "html", "assert", "sweep"} //nolint:gochecknoglobals // a constant

// again replays the record of a run, and tells whether it decides the same.
func (r *replaying) again(cmd *cobra.Command, h Host) error {
	for _, name := range notWithRun {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s does not go with --run, which only repeats what was decided", name),
				"to try another policy, record the traffic with 'scaler record' and replay that with --trace")
		}
	}
	var docs *config.Documents
	if len(*r.files) > 0 {
		var err error
		if docs, err = readDocuments(h, *r.files); err != nil {
			return err
		}
	}
	f, err := os.Open(r.record)
	if err != nil {
		return hinted(fmt.Errorf("open the record: %w", err), "'scaler run --record FILE' writes one")
	}
	defer f.Close()
	report, err := rerun.Run(f, docs)
	switch {
	case errors.Is(err, rerun.ErrOtherDocuments):
		return checkFailed(err, "leave -f out, or, to try another policy, record the traffic with 'scaler record' and replay that with --trace")
	case errors.Is(err, rerun.ErrNoPolicies):
		return hinted(err, "name the documents that ran with -f")
	case err != nil:
		return fmt.Errorf("replay %s: %w", r.record, err)
	}
	text := h.text()
	if err := r.out.print(h.Stdout, report, func() string { return rerunText(report, text) }); err != nil {
		return err
	}
	if report.First != nil {
		return checkFailed(errors.New("a decision differs: "+report.First.String()),
			"another version of Scaler may decide or explain otherwise; run the one that recorded it")
	}
	return nil
}

func rerunText(r rerun.Report, o explain.Options) string {
	if d := r.First; d != nil {
		return fmt.Sprintf("%d decisions of %d ticks are equal, and then one differs. Now:\n%s", r.Decisions, r.Ticks-1, explain.Tree(d.Now, o))
	}
	return fmt.Sprintf("%d ticks in %s under %d set(s) of documents, with %d failed fetches; %d decisions, %d of them unknown: all equal, trails included\n",
		r.Ticks, r.Span, r.Documents, r.Failures, r.Decisions, r.Unknown)
}
