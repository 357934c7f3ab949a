package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/explain"
)

// output is how a result is printed.
type output string

// The kinds of output.
const (
	outputTable output = "table"
	outputJSON  output = "json"
	outputYAML  output = "yaml"
)

func (o *output) String() string { return string(*o) }
func (o *output) Type() string   { return "table|json|yaml" }

func (o *output) Set(s string) error {
	switch v := output(s); v {
	case outputTable, outputJSON, outputYAML:
		*o = v
		return nil
	default:
		return fmt.Errorf("%q is none of table, json, yaml", s)
	}
}

// outputFlag adds -o to a command.
func outputFlag(cmd *cobra.Command) *output {
	o := outputTable
	cmd.Flags().VarP(&o, "output", "o", "how to print")
	if err := cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json", "yaml"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		cobra.CompErrorln(err.Error())
	}
	return &o
}

// print writes a value as JSON or YAML, and as a table the text that is given.
func (o *output) print(w io.Writer, v any, table func() string) error {
	if *o == outputTable {
		_, err := io.WriteString(w, table())
		return err
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	if *o == outputYAML {
		if b, err = yaml.JSONToYAML(b); err != nil {
			return fmt.Errorf("encode the result: %w", err)
		}
	}
	_, err = fmt.Fprintln(w, strings.TrimRight(string(b), "\n"))
	return err
}

// text is how lines look on the host: in colour on a terminal only, and never
// against the user's wish.
func (h Host) text() explain.Options {
	set := func(name string) bool {
		v, ok := h.LookupEnv(name)
		return ok && v != ""
	}
	term, _ := h.LookupEnv("TERM")
	return explain.Options{Colour: terminal(h.Stdout) && !set("NO_COLOR") && term != "dumb"}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
