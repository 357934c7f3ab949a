package cli

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/explain"
)

// checkTimeout is what a health check may take in all.
const checkTimeout = 2 * time.Second

func newHealthcheck(h Host) *cobra.Command {
	var address string
	var ready bool
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask a running daemon whether it lives, for the health check of a container",
		Long: `Healthcheck exits with 0 if /livez of the daemon's ops server answers 200 within
two seconds, and with 1 if not. An image of Scaler holds no shell and no curl: a task
definition calls this instead.`,
		Example: `  scaler healthcheck
  scaler healthcheck --ready                      # /readyz: documents loaded, every poll attempted
  scaler healthcheck --address 127.0.0.1:9090     # where spec.ops.listen is another
  "healthCheck": {"command": ["CMD", "scaler", "healthcheck"], "interval": 10, "timeout": 5}`,
		Args: noArgs,
	}
	cmd.Flags().StringVar(&address, "address", explain.DefaultAddress, "the daemon's ops server, a `URL` or host:port")
	cmd.Flags().BoolVar(&ready, "ready", false, "ask for readiness in place of liveness")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		d, err := newDaemonClient(address)
		if err != nil {
			return err
		}
		path := "/livez"
		if ready {
			path = "/readyz"
		}
		if err := d.probe(cmd.Context(), path); err != nil {
			return err
		}
		_, err = fmt.Fprintln(h.Stdout, "ok")
		return err
	}
	return cmd
}

// probe asks whether a path answers 200 in time. What the answer says besides is not
// read: a container's health is one bit.
func (d *daemonClient) probe(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", d.base, err)
	}
	defer d.client.CloseIdleConnections()
	res, err := d.client.Do(req)
	if err != nil {
		return unreachable(d.base, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return hinted(fmt.Errorf("%s answered with status %d", d.base+path, res.StatusCode), "GET /health of the same server tells what is wrong")
	}
	return nil
}
