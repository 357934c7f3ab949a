// Package cli is the command line: one command a file, each thin.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitCheckFailed = 3
	exitInterrupted = 130
)

// Host is the process that a command runs in.
type Host struct {
	Args   []string // without the program's name
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// LookupEnv finds environment variables, as os.LookupEnv does.
	LookupEnv func(string) (string, bool)
	// Program is how the process was called; Version, what it was built as, devel
	// if empty.
	Program, Version string
}

// Main runs the command that the host's arguments name, until it is done or the
// context ends, and gives the exit code.
func Main(ctx context.Context, h Host) int {
	h.Version = cmp.Or(h.Version, "devel")
	root := newRoot(h) //nolint:contextcheck // commands are given it by ExecuteContext
	root.SetArgs(h.Args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	report(h.Stderr, err)
	return codeOf(err)
}

func newRoot(h Host) *cobra.Command {
	root := &cobra.Command{
		Use:   "scaler",
		Short: "Turn demand signals into the number of replicas that an autoscaler can trust",
		Long: `Scaler reads demand signals (queues, load balancers, metrics), decides how many
replicas each workload needs, and tells an autoscaler: through the Kubernetes
external metrics API, or through CloudWatch for Amazon ECS.`,
		Example: `  scaler demo                               # see it work, with no cloud and no cluster
  scaler validate -f scaler.yaml            # check documents
  scaler run -f scaler.yaml                 # run the daemon
  scaler explain shop/orders-worker         # ask it why`,
		Args:              noCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(h.Stdin)
	root.SetOut(h.Stdout)
	root.SetErr(h.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRun(h), newDemo(h), newValidate(h), newReplay(h), newRecord(h), newExplain(h), newHealthcheck(h), newGenerate(h), newECS(h), newDoctor(h), newCost(h), newAdvise(h),
		newSchema(h), newVersion(h), newCompletion(h),
	)
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Example = "  scaler help run"
		}
	}
	return root
}

// noCommand refuses an argument that names no command, and guesses what was meant.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "run 'scaler --help' for the commands there are"
	cmd.SuggestionsMinimumDistance = 2
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		hint = fmt.Sprintf("did you mean %q?", "scaler "+strings.Join(s, "\" or \"scaler "))
	}
	return usage(fmt.Errorf("there is no command %q", args[0]), hint)
}

func flagError(cmd *cobra.Command, err error) error {
	return usage(err, fmt.Sprintf("run '%s --help' for the flags there are", cmd.CommandPath()))
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes no arguments, got %q", cmd.CommandPath(), args[0]), "run '"+cmd.CommandPath()+" --help'")
	}
	return nil
}
