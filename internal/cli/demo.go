package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/app"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/demo"
)

func newDemo(h Host) *cobra.Command {
	s := demo.Settings{Out: h.Stdout, Program: program(h.Program), Text: h.text(), Daemon: daemon(h)}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work, with no cloud and no cluster",
		Long: `Demo runs the real daemon on generated traffic: days with a flash crowd, a minute
each, feed a model of a queue whose replicas follow the external metric. It shows the
backlog, the decision and why it changes, until it is stopped. Watch the second day:
the policy has learned when the crowd comes, and has replicas ready before it.`,
		Example: `  scaler demo
  scaler demo --for 2m       # two days, then a summary
  scaler demo --seed 7       # another day`,
		Args: noArgs,
	}
	cmd.Flags().DurationVar(&s.For, "for", 0, "how long to run; 0: until stopped")
	cmd.Flags().Uint64Var(&s.Seed, "seed", 1, "seed of the traffic")
	cmd.Flags().BoolVar(&s.Text.ASCII, "ascii", false, "print ASCII only")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if s.For < 0 {
			return usage(fmt.Errorf("--for %s is negative", s.For), "write a duration, as in --for 60s")
		}
		app.LogLibraries(io.Discard)
		return demo.Run(cmd.Context(), s)
	}
	return cmd
}

// daemon is the real one, with its log put away.
func daemon(h Host) demo.Daemon {
	return func(ctx context.Context, documents []byte, onReady func(demo.Endpoints)) error {
		return app.Run(ctx, app.Options{
			Documents: []config.File{{Name: "demo.yaml", Data: documents}},
			LookupEnv: h.LookupEnv, Stdout: io.Discard, Stderr: io.Discard, Version: h.Version,
			Ready: func(r app.Running) {
				onReady(demo.Endpoints{Ops: r.Ops, ExternalMetrics: r.ExternalMetrics, CA: r.CABundle, Status: r.Status})
			},
		})
	}
}

// program is how to call this program again.
func program(called string) string {
	if called == "" || strings.Contains(called, "go-build") || strings.Contains(called, ".test") {
		return "go run ./cmd/scaler"
	}
	return called
}
