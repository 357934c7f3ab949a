package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/nearest"
	"github.com/scaler-dev/scaler/internal/policy"
)

// needPolicy refuses a command without the name of one policy, or without -f.
func needPolicy(files *[]string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(fmt.Errorf("one policy is to be named, got %d names", len(args)), "write: "+cmd.CommandPath()+" shop/orders-worker -f scaler.yaml")
		}
		if _, err := parseID(args[0]); err != nil {
			return usage(err, "write NAMESPACE/NAME, as in shop/orders-worker")
		}
		return needFiles(files)(cmd, nil)
	}
}

// readDocuments reads documents that have no fault.
func readDocuments(h Host, names []string) (*config.Documents, error) {
	files, err := config.ReadFiles(names, h.Stdin)
	if err != nil {
		return nil, explained(err)
	}
	docs, err := config.Load(files, h.LookupEnv)
	return docs, explained(err)
}

func findPolicy(docs *config.Documents, name string) (*v1alpha1.ScalingPolicy, error) {
	id, err := parseID(name)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range docs.Policies {
		have := policy.ID{Namespace: p.Metadata.Namespace, Name: p.Metadata.Name}
		if have == id {
			return p, nil
		}
		names = append(names, have.String())
	}
	hint := nearest.Hint(name, names)
	switch {
	case len(names) == 0:
		hint = "the files hold no ScalingPolicy"
	case hint == "":
		hint = "the files hold " + someOf(names)
	}
	return nil, usage(fmt.Errorf("there is no policy %s in the files", name), strings.TrimSpace(hint))
}

// someOf lists names, not all of many.
func someOf(names []string) string {
	const most = 8
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}
