package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
)

func newExplain(h Host) *cobra.Command {
	var address string
	text := h.text()
	cmd := &cobra.Command{
		Use:   "explain [NAMESPACE/NAME]",
		Short: "Ask a running daemon why it decided what it decided",
		Long: `Explain prints the latest decision of a policy with its whole trail: what was
read, what was proposed, and what each step made of it. Without a name it lists
the decisions of all policies.`,
		Example: `  scaler explain shop/orders-worker
  scaler explain                                           # all policies, in a table
  scaler explain shop/orders-worker -o json
  scaler explain shop/orders-worker --address http://10.0.0.7:8080`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(fmt.Errorf("one policy at a time, got %d", len(args)), "scaler explain lists all policies")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&address, "address", explain.DefaultAddress, "the daemon's ops server, a `URL` or host:port")
	cmd.Flags().BoolVar(&text.ASCII, "ascii", false, "print ASCII only")
	out := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := newDaemonClient(address)
		if err != nil {
			return err
		}
		text.Address = d.base
		if len(args) == 0 {
			return explainAll(cmd.Context(), h, d, out, text)
		}
		return explainOne(cmd.Context(), h, d, args[0], out, text)
	}
	return cmd
}

func explainOne(ctx context.Context, h Host, d *daemonClient, name string, out *output, text explain.Options) error {
	id, err := parseID(name)
	if err != nil {
		return err
	}
	var decision policy.Decision
	if err := d.get(ctx, "/api/v1/decisions/"+id.Namespace+"/"+id.Name, &decision); err != nil {
		return err
	}
	if decision.Policy != id {
		return d.isAnother()
	}
	return out.print(h.Stdout, decision, func() string { return explain.Tree(decision, text) })
}

// decisions is the answer of /api/v1/decisions.
type decisions struct {
	Decisions []policy.Decision `json:"decisions"`
	Total     int               `json:"total"`
	Omitted   int               `json:"omitted,omitempty"`
}

func explainAll(ctx context.Context, h Host, d *daemonClient, out *output, text explain.Options) error {
	var all decisions
	if err := d.get(ctx, "/api/v1/decisions", &all); err != nil {
		return err
	}
	if all.Decisions == nil {
		return d.isAnother()
	}
	if all.Omitted > 0 {
		fmt.Fprintf(h.Stderr, "%d more of %d are left out; name one to see it\n", all.Omitted, all.Total)
	}
	return out.print(h.Stdout, all, func() string { return explain.Table(all.Decisions, text) })
}

// parseID reads NAMESPACE/NAME. What is in it goes into a URL's path.
func parseID(s string) (policy.ID, error) {
	namespace, name, ok := strings.Cut(s, "/")
	if !ok || !isLabel(namespace) || !isLabel(name) {
		return policy.ID{}, usage(fmt.Errorf("%q is not the name of a policy", s), "write NAMESPACE/NAME, as in shop/orders-worker; scaler explain lists them")
	}
	return policy.ID{Namespace: namespace, Name: name}, nil
}

func isLabel(s string) bool {
	return s != "" && len(s) <= 63 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		!strings.HasPrefix(s, "-") && !strings.HasSuffix(s, "-")
}
