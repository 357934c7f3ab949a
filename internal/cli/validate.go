package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/config"
)

// verdict is what validate found.
type verdict struct {
	Valid     bool    `json:"valid"`
	Documents int     `json:"documents,omitempty"`
	Faults    []fault `json:"faults,omitempty"`
}

type fault struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

func newValidate(h Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate -f FILE...",
		Short: "Check documents, and tell every fault at once",
		Long: `Validate checks documents as run does, and asks nobody: neither AWS nor a cluster.
It exits with 0, or with 3 if there is a fault.`,
		Example: `  scaler validate -f scaler.yaml
  scaler validate -f providers.yaml -f policies/
  cat scaler.yaml | scaler validate -f -
  scaler validate -f scaler.yaml -o json`,
	}
	files := filesFlag(cmd)
	out := outputFlag(cmd)
	cmd.Args = needFiles(files)
	cmd.RunE = func(*cobra.Command, []string) error {
		read, err := config.ReadFiles(*files, h.Stdin)
		if err != nil {
			return err
		}
		v, err := judge(read, h.LookupEnv)
		if err != nil && *out == outputTable {
			return err
		}
		table := func() string { return documentsAre(v.Documents) + " valid\n" }
		return errors.Join(out.print(h.Stdout, v, table), err)
	}
	return cmd
}

// judge checks files; an error means that they have faults.
func judge(files []config.File, lookupEnv func(string) (string, bool)) (verdict, error) {
	docs, err := config.Load(files, lookupEnv)
	if err == nil {
		if _, err = compile.Compile(docs.Policies); err == nil {
			return verdict{Valid: true, Documents: docs.Count}, nil
		}
	}
	var faults config.Faults
	if !errors.As(err, &faults) {
		faults = config.Faults{{Message: err.Error()}}
	}
	var v verdict
	for _, f := range faults {
		v.Faults = append(v.Faults, fault(f))
	}
	return v, checkFailed(err, faultsFound(len(faults)))
}

func faultsFound(n int) string {
	if n == 1 {
		return "1 fault was found; 'scaler schema' prints a JSON Schema for editors"
	}
	return fmt.Sprintf("%d faults were found; 'scaler schema' prints a JSON Schema for editors", n)
}

func documentsAre(n int) string {
	if n == 1 {
		return "1 document is"
	}
	return fmt.Sprintf("%d documents are", n)
}
