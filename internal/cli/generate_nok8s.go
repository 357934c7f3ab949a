//go:build nok8s

package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/app"
)

// newGenerate stands for the command that this build does not have.
func newGenerate(Host) *cobra.Command {
	return &cobra.Command{
		Use:                "generate",
		Short:              "Print the Kubernetes objects that go with documents: not in this build",
		Example:            "  scaler generate --help   # of the full image",
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return hinted(errors.New(app.NoKubernetes), "it is for ECS: the image without -ecs in its name has this command")
		},
	}
}
