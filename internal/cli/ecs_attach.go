package cli

import (
	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/attach"
)

func newECSAttach(h Host) *cobra.Command {
	var dry, math, updateRange bool
	cmd := &cobra.Command{
		Use:   "attach NAMESPACE/NAME -f FILE...",
		Short: "Let a service of Amazon ECS follow a policy",
		Long: `Attach registers the policy's service as a scalable target, with the policy's range,
and puts a target-tracking policy scaler/NAMESPACE/NAME that follows the metric
Utilization at 100, with cooldowns from scaleOut and scaleIn. It reads first, and
changes only what differs: to attach twice changes nothing. Policies and scheduled
actions of somebody else are told and left alone.

A scalable target that is there already is used as it is. To register it, or to change
its range, makes AWS move the service inside that range at once: attach refuses where
that would move it, and where somebody else registered the range, unless
--update-range says so.

With --math AWS divides DesiredReplicas by DesiredTaskCount of Container Insights.

It needs, with the credentials of this process:
  ecs:DescribeServices, ecs:DescribeClusters (--math), ecs:UpdateService,
  application-autoscaling:DescribeScalableTargets, DescribeScalingPolicies,
  DescribeScheduledActions, ListTagsForResource, RegisterScalableTarget, TagResource,
  PutScalingPolicy, cloudwatch:PutMetricAlarm, DescribeAlarms, DeleteAlarms, and for
  the first target of an account iam:CreateServiceLinkedRole.
--dry-run needs those that begin with Describe and List.`,
		Example: `  scaler ecs attach shop/orders-worker -f scaler.yaml --dry-run
  scaler ecs attach shop/orders-worker -f scaler.yaml
  scaler ecs attach shop/orders-worker -f scaler.yaml --math`,
	}
	files := filesFlag(cmd)
	out := outputFlag(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print what would be done, and change nothing")
	cmd.Flags().BoolVar(&math, "math", false, "let AWS divide by its own count of tasks; needs Container Insights")
	cmd.Flags().BoolVar(&updateRange, "update-range", false, "change the range of a scalable target that somebody else registered")
	cmd.Args = needPolicy(files)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := findECSPolicy(h, *files, args[0])
		if err != nil {
			return err
		}
		w, err := p.want()
		if err != nil {
			return err
		}
		w.Math = math
		c, end, err := p.connect(cmd.Context())
		if err != nil {
			return err
		}
		defer end()
		have, err := c.Read(cmd.Context())
		if err == nil && math && have.Service != nil {
			err = c.Divides(cmd.Context())
		}
		if err != nil {
			return unattached(err)
		}
		plan, err := attach.Attach(w, have, updateRange)
		if err != nil {
			return unattached(err)
		}
		return carryOut(cmd.Context(), h, c, plan, w, out, dry, "nothing to change: it is attached already")
	}
	return cmd
}
