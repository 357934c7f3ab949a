package cli

import (
	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/attach"
)

func newECSDetach(h Host) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "detach NAMESPACE/NAME -f FILE...",
		Short: "End that a service of Amazon ECS follows a policy",
		Long: `Detach removes what attach and the daemon made for a policy, and nothing else: the
target-tracking policy scaler/NAMESPACE/NAME, and the capacity floor's scheduled
action, after the minimum that it would restore. It deregisters the scalable target
only if attach registered it, which a tag tells, and nothing of somebody else is on it,
since that would go with it. The service keeps the tasks that it has.

It needs, with the credentials of this process:
  ecs:DescribeServices, ecs:UpdateService,
  application-autoscaling:DescribeScalableTargets, DescribeScalingPolicies,
  DescribeScheduledActions, ListTagsForResource, DeleteScalingPolicy,
  DeleteScheduledAction, RegisterScalableTarget (for a floor that is raised),
  DeregisterScalableTarget, and cloudwatch:DeleteAlarms.
--dry-run needs those that begin with Describe and List.`,
		Example: `  scaler ecs detach shop/orders-worker -f scaler.yaml --dry-run
  scaler ecs detach shop/orders-worker -f scaler.yaml`,
	}
	files := filesFlag(cmd)
	out := outputFlag(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print what would be done, and change nothing")
	cmd.Args = needPolicy(files)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := findECSPolicy(h, *files, args[0])
		if err != nil {
			return err
		}
		c, end, err := p.connect(cmd.Context())
		if err != nil {
			return err
		}
		defer end()
		have, err := c.Read(cmd.Context())
		if err != nil {
			return unattached(err)
		}
		return carryOut(cmd.Context(), h, c, attach.Detach(p.place, have), attach.Want{Place: p.place}, out, dry, "nothing to remove: it is not attached")
	}
	return cmd
}
