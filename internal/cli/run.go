package cli

import (
	"errors"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/app"
	"github.com/scaler-dev/scaler/internal/config"
)

func newRun(h Host) *cobra.Command {
	var dryRun bool
	var record string
	cmd := &cobra.Command{
		Use:   "run -f FILE...",
		Short: "Run the daemon",
		Long: `Run reads the signals that the documents name, decides, and publishes, until it
is stopped. It takes up changed documents by itself; while they have faults the
ones before them go on. The log is JSON on standard error.`,
		Example: `  scaler run -f scaler.yaml
  scaler run -f /etc/scaler                        # every document in a directory
  scaler run -f env:SCALER_DOCUMENTS               # where there is no file, as on Fargate
  scaler run -f scaler.yaml --dry-run              # decide and print, publish nothing
  scaler run -f scaler.yaml --record ticks.jsonl   # write down what it saw`,
	}
	files := filesFlag(cmd)
	cmd.Args = needFiles(files)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "decide and publish nothing; decisions go to standard output")
	cmd.Flags().StringVar(&record, "record", "", "write every tick to a `FILE`, as JSON lines")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		app.LogLibraries(h.Stderr)
		return explained(app.Run(cmd.Context(), app.Options{
			Files: *files, Stdin: h.Stdin, LookupEnv: h.LookupEnv, Stdout: h.Stdout, Stderr: h.Stderr,
			DryRun: dryRun, Record: record, Version: h.Version,
		}))
	}
	return cmd
}

// explained marks faults of documents as a check that failed, and gives a hint
// where an address is taken.
func explained(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return hinted(err, "another process listens there; set spec.ops.listen or spec.externalMetrics.listen of the ScalerConfig")
	}
	if errors.Is(err, app.ErrRecordExists) {
		return hinted(err, "name another file with --record, or remove this one")
	}
	if faults := config.Faults(nil); errors.As(err, &faults) {
		return checkFailed(faults, "")
	}
	return err
}
