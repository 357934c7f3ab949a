package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/attach"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/config"
)

func newECS(h Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ecs",
		Short: "Let a service of Amazon ECS follow a policy",
		Long: `Ecs connects a policy with Application Auto Scaling, which scales services of
Amazon ECS: attach lets a service follow what Scaler publishes to CloudWatch, status
says how that goes, detach ends it.`,
		Example: `  scaler ecs attach shop/orders-worker -f scaler.yaml --dry-run
  scaler ecs status shop/orders-worker -f scaler.yaml
  scaler ecs detach shop/orders-worker -f scaler.yaml`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newECSAttach(h), newECSStatus(h), newECSDetach(h))
	return cmd
}

// ecsPolicy is a policy of an ECS service, with the documents that it is of.
type ecsPolicy struct {
	*v1alpha1.ScalingPolicy
	docs  *config.Documents
	place attach.Place
}

func findECSPolicy(h Host, files []string, name string) (ecsPolicy, error) {
	docs, err := readDocuments(h, files)
	if err != nil {
		return ecsPolicy{}, err
	}
	p, err := findPolicy(docs, name)
	if err != nil {
		return ecsPolicy{}, err
	}
	place, err := attach.PlaceOf(p)
	return ecsPolicy{p, docs, place}, unattached(err)
}

// want is what the policy wants of Application Auto Scaling.
func (p ecsPolicy) want() (attach.Want, error) {
	w, err := attach.WantOf(p.ScalingPolicy, p.docs.Providers)
	return w, unattached(err)
}

// connect makes a client with the credentials of this process. The caller closes it.
func (p ecsPolicy) connect(ctx context.Context) (*attach.Client, func(), error) {
	name := p.Spec.Workload.ECS.Provider
	aws, err := awsx.New(ctx, *p.docs.Providers[name].Spec.AWS)
	if err != nil {
		return nil, nil, hinted(err, "correct the SignalProvider "+name)
	}
	return attach.New(aws, name, p.place), aws.Close, nil
}

// unattached gives an error the hint that it holds.
func unattached(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return hinted(err, attach.HintOf(err))
}

// planned is a plan for programs.
type planned struct {
	Policy   string `json:"policy"`
	Resource string `json:"resource"`
	// Changed: the steps were taken. Without, there was nothing to do, or --dry-run.
	Changed bool `json:"changed"`
	DryRun  bool `json:"dryRun,omitempty"`
	attach.Plan
}

// carryOut takes a plan's steps and prints them, and says at the end what became of
// it: what was done, or words of the command's own where nothing was to do.
func carryOut(ctx context.Context, h Host, c *attach.Client, p attach.Plan, w attach.Want, out *output, dry bool, nothing string) error {
	done := planned{Policy: w.Policy.String(), Resource: w.Resource(), DryRun: dry, Plan: p}
	end := nothing
	switch {
	case !done.Changes():
	case dry:
		end = "nothing was changed: --dry-run"
	default:
		if err := c.Do(ctx, &done.Plan, w); err != nil {
			return unattached(err)
		}
		done.Changed, end = true, "done"
	}
	return out.print(h.Stdout, done, func() string { return done.Text() + end + "\n" })
}
