package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/app"
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
		Long: `Validate checks documents and calls nobody: neither AWS nor a cluster. Files that
documents name (CA, token, trace) are not opened.
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
			return explained(err)
		}
		v, faults := judge(read, h.LookupEnv)
		if faults != nil && *out == outputTable {
			return checkFailed(faults, faultsHint(faults))
		}
		if err := out.print(h.Stdout, v, func() string { return documentsAre(v.Documents) + " valid\n" }); err != nil {
			return err
		}
		if faults != nil {
			return checkFailed(errors.New(faultsFound(len(faults))), "") // each is in the result
		}
		return nil
	}
	return cmd
}

// judge checks files, and gives the faults they have as well.
func judge(files []config.File, lookupEnv func(string) (string, bool)) (verdict, config.Faults) {
	docs, err := config.Load(files, lookupEnv)
	if err == nil {
		err = app.Unsupported(docs)
	}
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
	return v, faults
}

// faultsHint counts, and tells of the schema where that would have helped.
func faultsHint(faults config.Faults) string {
	count := faultsFound(len(faults))
	if slices.ContainsFunc(faults, ofSchema) {
		return count + "; 'scaler schema' prints a JSON Schema for editors"
	}
	return count
}

// ofSchema tells whether an editor that knows the schema shows a fault: a field that
// is not there, or a value of another type.
func ofSchema(f config.Fault) bool {
	return strings.HasPrefix(f.Message, "is not a field") ||
		strings.Contains(f.Message, " is expected") || strings.Contains(f.Message, "is not a whole number")
}

func faultsFound(n int) string {
	if n == 1 {
		return "1 fault was found"
	}
	return fmt.Sprintf("%d faults were found", n)
}

func documentsAre(n int) string {
	if n == 1 {
		return "1 document is"
	}
	return fmt.Sprintf("%d documents are", n)
}
