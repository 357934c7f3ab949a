package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/config"
)

func newSchema(h Host) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the documents, for editors",
		Example: `  scaler schema > scaler.schema.json
  # then, as the first line of a document:
  # yaml-language-server: $schema=scaler.schema.json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := h.Stdout.Write(config.Schema())
			if err != nil {
				return fmt.Errorf("print the schema: %w", err)
			}
			return nil
		},
	}
}
