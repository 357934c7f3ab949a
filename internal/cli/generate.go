//go:build !nok8s

package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/generate"
)

func newGenerate(h Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Print the Kubernetes objects that go with documents",
		Long: `Generate prints objects for kubectl apply, made of documents alone: it calls
nobody.`,
		Example: `  scaler generate hpa shop/orders-worker -f scaler.yaml
  scaler generate rbac -f scaler.yaml`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGenerateHPA(h), newGenerateRBAC(h))
	return cmd
}

func newGenerateHPA(h Host) *cobra.Command {
	var o generate.HPAOptions
	cmd := &cobra.Command{
		Use:   "hpa NAMESPACE/NAME -f FILE...",
		Short: "Print a HorizontalPodAutoscaler that follows a policy at once",
		Long: `Hpa prints a complete HorizontalPodAutoscaler for a policy: it reads the number of
replicas that the policy decides, and leaves all waiting to the policy. Comments
explain its fields. What an older cluster cannot do is told as a note.`,
		Example: `  scaler generate hpa shop/orders-worker -f scaler.yaml | kubectl apply -f -
  scaler generate hpa shop/orders-worker -f scaler.yaml --kube-version 1.33
  scaler generate hpa shop/orders-worker -f scaler.yaml --target deployment/orders`,
	}
	files := filesFlag(cmd)
	out := objectsFlag(cmd)
	cmd.Flags().StringVar(&o.Target, "target", "", "what is scaled, where the policy does not say: deployment/`NAME` or statefulSet/NAME")
	cmd.Flags().Var((*kubeVersion)(&o.Version), "kube-version", "of the cluster, as in 1.34; none: the newest")
	cmd.Args = needPolicy(files)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		docs, err := readDocuments(h, *files)
		if err != nil {
			return err
		}
		p, err := findPolicy(docs, args[0])
		if err != nil {
			return err
		}
		sheet, err := generate.HPA(p, o)
		if err != nil {
			return unmade(args[0], err)
		}
		return out.print(h, sheet)
	}
	return cmd
}

func newGenerateRBAC(h Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rbac -f FILE...",
		Short: "Print the service account and roles that Scaler needs for documents",
		Long: `Rbac prints the service account that Scaler runs as and every right it needs for
a ScalerConfig and its policies, and no right that they do not need.`,
		Example: `  scaler generate rbac -f scaler.yaml | kubectl apply -f -
  scaler generate rbac -f scaler.yaml -f policies/ -o json`,
	}
	files := filesFlag(cmd)
	out := objectsFlag(cmd)
	cmd.Args = needFiles(files)
	cmd.RunE = func(*cobra.Command, []string) error {
		docs, err := readDocuments(h, *files)
		if err != nil {
			return err
		}
		sheet, err := generate.RBAC(docs.Config, docs.Policies)
		if err != nil {
			return hinted(err, "set spec.kubernetes.namespace of a ScalerConfig to the namespace that Scaler runs in")
		}
		return out.print(h, sheet)
	}
	return cmd
}

// unmade explains why there is no HPA for a policy.
func unmade(name string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, generate.ErrNotServed):
		hint = "add externalMetric: {} to its spec.publish"
	case errors.Is(err, generate.ErrNoTarget):
		hint = "add --target deployment/NAME, or spec.workload.deployment to the policy"
	case errors.Is(err, generate.ErrTwoTargets):
		hint = "leave --target out, or change spec.workload of the policy"
	case errors.Is(err, generate.ErrBadTarget):
		return usage(err, "write: --target deployment/orders-worker")
	}
	return hinted(fmt.Errorf("make an HPA for %s: %w", name, err), hint)
}
