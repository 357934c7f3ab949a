package cli

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"
)

// filesFlag adds -f to a command.
func filesFlag(cmd *cobra.Command) *[]string {
	files := cmd.Flags().StringArrayP("filename", "f", nil, "a `FILE` of documents, a directory of them, env:NAME for an environment variable, or - for standard input; may be repeated")
	return files
}

// needFiles refuses a command without -f. Arguments are files that lack it.
func needFiles(files *[]string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > 0:
			return usage(errors.New(cmd.CommandPath()+" takes its files with -f"), "write: "+cmd.CommandPath()+" -f "+args[0])
		case slices.Contains(*files, ""):
			return usage(errors.New("-f names no file"), "write: "+cmd.CommandPath()+" -f scaler.yaml, or -f - for standard input")
		case len(*files) == 0:
			return usage(errors.New("no file is named"), "write: "+cmd.CommandPath()+" -f scaler.yaml, or -f - for standard input")
		default:
			return nil
		}
	}
}
