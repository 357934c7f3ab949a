//go:build !nok8s

package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/generate"
)

// objects is how objects are printed: as YAML, which holds comments, or as JSON.
type objects output

func (o *objects) String() string { return string(*o) }
func (o *objects) Type() string   { return "yaml|json" }

func (o *objects) Set(s string) error {
	if v := output(s); v == outputYAML || v == outputJSON {
		*o = objects(v)
		return nil
	}
	return fmt.Errorf("%q is none of yaml, json", s)
}

// objectsFlag adds -o to a command that prints objects.
func objectsFlag(cmd *cobra.Command) *objects {
	o := objects(outputYAML)
	cmd.Flags().VarP(&o, "output", "o", "how to print")
	if err := cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		cobra.CompErrorln(err.Error())
	}
	return &o
}

// print writes objects, and what to know of them to standard error: what is printed
// may go into a pipe.
func (o *objects) print(h Host, s generate.Sheet) error {
	text, err := s.YAML()
	if output(*o) == outputJSON {
		text, err = s.JSON()
	}
	if err != nil {
		return err
	}
	for _, note := range s.Notes {
		fmt.Fprintf(h.Stderr, "note: %s\n", strings.ReplaceAll(strings.TrimSpace(note), "\n", "\n      "))
	}
	if _, err := h.Stdout.Write(text); err != nil {
		return fmt.Errorf("print the objects: %w", err)
	}
	return nil
}

// kubeVersion is a flag.
type kubeVersion generate.Version

func (v *kubeVersion) Type() string { return "VERSION" }

func (v *kubeVersion) String() string {
	if *v == 0 {
		return ""
	}
	return generate.Version(*v).String()
}

func (v *kubeVersion) Set(s string) error {
	parsed, err := generate.ParseVersion(s)
	if err != nil {
		return err
	}
	*v = kubeVersion(parsed)
	return nil
}
