package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/internal/attach"
	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
)

func newECSStatus(h Host) *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "status NAMESPACE/NAME -f FILE...",
		Short: "Say how a service of Amazon ECS follows a policy, and what is wrong",
		Long: `Status puts side by side what the daemon decided, if one can be asked, what the service
has, the range of its scalable target, what is suspended and the state of the alarms,
and says plainly what keeps the service from following. It changes nothing.
It exits with 0, or with 3 if the service cannot follow.

It needs, with the credentials of this process:
  ecs:DescribeServices, cloudwatch:DescribeAlarms,
  application-autoscaling:DescribeScalableTargets, DescribeScalingPolicies,
  DescribeScheduledActions, DescribeScalingActivities, ListTagsForResource.`,
		Example: `  scaler ecs status shop/orders-worker -f scaler.yaml
  scaler ecs status shop/orders-worker -f scaler.yaml -o json
  scaler ecs status shop/orders-worker -f scaler.yaml --address http://10.0.0.7:8080`,
	}
	files := filesFlag(cmd)
	out := outputFlag(cmd)
	cmd.Flags().StringVar(&address, "address", explain.DefaultAddress, "the daemon's ops server, a `URL` or host:port")
	cmd.Args = needPolicy(files)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := newDaemonClient(address)
		if err != nil {
			return err
		}
		p, err := findECSPolicy(h, *files, args[0])
		if err != nil {
			return err
		}
		w, err := p.want()
		if err != nil {
			return err
		}
		c, end, err := p.connect(cmd.Context())
		if err != nil {
			return err
		}
		defer end()
		seen, err := c.See(cmd.Context(), time.Now())
		if err != nil {
			return unattached(err)
		}
		seen.Decision = decided(cmd.Context(), d, w.Policy, cmd.Flags().Changed("address"))
		return told(h, out, attach.ReportOf(w, seen))
	}
	return cmd
}

func told(h Host, out *output, r attach.Report) error {
	if err := out.print(h.Stdout, r, r.Text); err != nil {
		return err
	}
	if !r.OK {
		return checkFailed(fmt.Errorf("%s does not follow %s", r.Resource, r.Policy), "")
	}
	return nil
}

// decided asks a daemon. That none is where nobody said there is one is no matter.
func decided(ctx context.Context, d *daemonClient, id policy.ID, named bool) attach.Decision {
	var got policy.Decision
	err := d.get(ctx, "/api/v1/decisions/"+id.Namespace+"/"+id.Name, &got)
	if err == nil && got.Policy != id {
		err = d.isAnother()
	}
	switch {
	case err != nil && named:
		return attach.Decision{Why: "the daemon was not asked: " + err.Error()}
	case err != nil:
		return attach.Decision{}
	}
	if n, known := got.Desired.Replicas(); known {
		return attach.Decision{Asked: true, Desired: &n}
	}
	return attach.Decision{Asked: true, Reason: string(got.Desired.Reason())}
}
