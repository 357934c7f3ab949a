package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/app"
	"github.com/scaler-dev/scaler/internal/cost"
)

// maxPrices bounds a price table.
const maxPrices = 1 << 20

func newCost(h Host) *cobra.Command {
	var prices string
	var show bool
	cmd := &cobra.Command{
		Use:   "cost -f FILE...",
		Short: "Tell what documents will cost at AWS, and which limits they come near",
		Long: `Cost counts the calls that the daemon would make for documents, a minute and a
month of 30 days, and what they cost; what sharing and batching saves; and the
limits of an account that the rates come near. It calls nobody. CloudWatch bills
GetMetricData by the metrics that are requested, not by calls; published metrics
and the two alarms of each target-tracking policy are charged for being there.
Prices come from a table with a date. The running daemon counts the calls that it
really makes: scaler_aws_calls_total.`,
		Example: `  scaler cost -f scaler.yaml
  scaler cost -f scaler.yaml -o json
  scaler cost --show-prices > prices.yaml                  # then correct them
  scaler cost -f scaler.yaml --prices prices.yaml`,
	}
	files := filesFlag(cmd)
	out := outputFlag(cmd)
	cmd.Flags().StringVar(&prices, "prices", "", "take prices and limits from a `FILE`")
	cmd.Flags().BoolVar(&show, "show-prices", false, "print the price table that is built in")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if show {
			return noArgs(cmd, args)
		}
		return needFiles(files)(cmd, args)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if show {
			_, err := h.Stdout.Write(cost.Table)
			return err
		}
		table, err := readPrices(prices)
		if err != nil {
			return hinted(err, "scaler cost --show-prices prints the table that is built in")
		}
		usage, err := app.Usage(cmd.Context(), app.Options{
			Files: *files, Stdin: h.Stdin, LookupEnv: h.LookupEnv, Stdout: io.Discard, Stderr: io.Discard, Version: h.Version,
		})
		if err != nil {
			return explained(err)
		}
		estimate := cost.New(usage, table)
		return out.print(h.Stdout, estimate, estimate.Table)
	}
	return cmd
}

func readPrices(name string) (cost.Prices, error) {
	if name == "" {
		return cost.ReadPrices(cost.Table)
	}
	f, err := os.Open(name)
	if err != nil {
		return cost.Prices{}, fmt.Errorf("read the price table: %w", err)
	}
	defer f.Close()
	table, err := io.ReadAll(io.LimitReader(f, maxPrices))
	if err != nil {
		return cost.Prices{}, fmt.Errorf("read the price table: %w", err)
	}
	return cost.ReadPrices(table)
}
