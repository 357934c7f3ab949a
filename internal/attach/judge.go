package attach

import (
	"fmt"
	"strings"
	"time"
)

// State is how serious a finding is.
type State string

// The states, as doctor has them.
const (
	OK   State = "ok"
	Warn State = "warn" // it scales, or will, and there is something to know
	Fail State = "FAIL" // it does not scale
)

// Finding is something that status noticed.
type Finding struct {
	State  State  `json:"state"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

// recent is how old a reason of AWS's may be to be told.
const recent = 15 * time.Minute

// Judge says plainly what keeps a service from following its policy, what is wrong
// first. It is pure.
func Judge(w Want, s Seen) []Finding {
	j := judge{w: w, s: s}
	looks := []func(){j.attached, j.suspended, j.alarms, j.decision, j.bounds, j.reasons, j.others, j.deployment}
	if s.Target == nil {
		j.add(Fail, j.command("attach"), "no scalable target is registered: nothing scales the service")
		looks = []func(){j.decision}
	}
	for _, look := range looks {
		look()
	}
	switch {
	case len(j.found) > 0:
	case s.Decision.Asked:
		return []Finding{{State: OK, Detail: "the service follows the policy"}}
	default:
		return []Finding{{State: OK, Detail: "nothing is wrong at AWS; no daemon was asked"}}
	}
	return append(j.of(Fail), j.of(Warn)...)
}

type judge struct {
	w     Want
	s     Seen
	found []Finding
}

func (j *judge) of(state State) []Finding {
	var out []Finding
	for _, f := range j.found {
		if f.State == state {
			out = append(out, f)
		}
	}
	return out
}

func (j *judge) add(state State, hint, format string, args ...any) {
	j.found = append(j.found, Finding{state, fmt.Sprintf(format, args...), hint})
}

func (j *judge) command(name string) string {
	return "scaler ecs " + name + " " + j.w.Policy.String() + " -f FILE"
}

// attached: is there a policy of ours, and is it as the document has it?
func (j *judge) attached() {
	ours := j.s.ours(j.w.Place)
	if ours == nil {
		j.add(Fail, j.command("attach"), "no scaling policy of Scaler's is on the target: nothing follows the decision")
		return
	}
	want := j.w
	want.Math = ours.divides()
	if changes := diff(ours.Fields, fields(configuration(want))); len(changes) > 0 {
		j.add(Warn, j.command("attach")+" --dry-run", "the scaling policy is not what the document says: %s is %s and not %s", changes[0].Field, orDash(changes[0].From), orDash(changes[0].To))
	}
}

func (j *judge) suspended() {
	if j.s.Target.SuspendedOut {
		j.add(Fail, j.resume("DynamicScalingOut"), "scale-out is suspended on the target")
	}
	if j.s.Target.SuspendedIn {
		j.add(Warn, j.resume("DynamicScalingIn"), "scale-in is suspended on the target")
	}
	if j.s.Target.SuspendedScheduled && len(j.s.ourActions(j.w.Place)) > 0 {
		j.add(Fail, j.resume("ScheduledScaling"), "scheduled scaling is suspended on the target, so that a raised floor would not be lowered if Scaler died")
	}
}

func (j *judge) resume(what string) string {
	return "if that is over: aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension " + string(dimension) +
		" --resource-id " + j.w.Resource() + " --suspended-state " + what + "Suspended=false"
}

// alarms: does AWS see what is published?
func (j *judge) alarms() {
	if j.s.ours(j.w.Place) == nil {
		return
	}
	if len(j.s.Alarms) == 0 {
		j.add(Fail, "wait a minute after attach; else "+j.command("detach")+", and attach again", "the scaling policy has no alarms, which AWS makes by itself")
		return
	}
	var blind []string
	for _, a := range j.s.Alarms {
		if a.State == stateUnknown {
			blind = append(blind, string(a.Direction))
		}
	}
	if len(blind) == 0 {
		return
	}
	j.add(Fail, j.published(), "AWS sees no data for scaling %s, and does not scale on what it does not see", strings.Join(blind, " and "))
}

// published is what may keep data from arriving.
func (j *judge) published() string {
	const normal = "in the first minutes after attach that is normal; else "
	switch d := j.s.Decision; {
	case d.Asked && d.Desired == nil:
		return "nothing is published while the decision is unknown: scaler explain " + j.w.Policy.String()
	case d.Asked:
		return normal + "look at scaler_sink_publish_total, and whether the daemon may cloudwatch:PutMetricData in " + j.w.Namespace
	default:
		return normal + "see that 'scaler run' runs with this document; --address says where its ops server is"
	}
}

// decision: what follows from what the daemon says?
func (j *judge) decision() {
	d := j.s.Decision
	switch {
	case d.Why != "":
		j.add(Warn, "--address says where the daemon's ops server is", "%s", d.Why)
	case !d.Asked || j.s.ours(j.w.Place) == nil:
	case d.Desired == nil:
		j.add(Warn, "scaler explain "+j.w.Policy.String(), "the decision is unknown (%s): nothing is published, and AWS keeps what is there", short(d.Reason))
	case *d.Desired > j.s.Service.Desired:
		j.add(Warn, "", "%d tasks are decided and %d ordered: target tracking needs about three minutes to scale out", *d.Desired, j.s.Service.Desired)
	case *d.Desired < j.s.Service.Desired:
		j.add(Warn, "", "%d tasks are decided and %d ordered: target tracking needs about fifteen minutes to scale in, and leaves a difference of up to about a tenth", *d.Desired, j.s.Service.Desired)
	}
}

// bounds: is there room?
func (j *judge) bounds() {
	t, service := j.s.Target, j.s.Service
	if d := j.s.Decision.Desired; d != nil && (*d > t.Max || *d < t.Min) && !floor(j.w, j.s.Have) {
		j.add(Fail, "make the target's range and spec.replicas the same: "+j.command("attach"), "%d tasks are decided, outside the target's %d to %d", *d, t.Min, t.Max)
	} else if !floor(j.w, j.s.Have) && (t.Min != j.w.Min || t.Max != j.w.Max) {
		j.add(Warn, j.command("attach")+" --dry-run", "the target has %s, and the policy %s", tasks(t.Min, t.Max), tasks(j.w.Min, j.w.Max))
	}
	if floor(j.w, j.s.Have) {
		j.add(Warn, "", "the capacity floor holds the minimum at %d at the moment, above the policy's %d", t.Min, j.w.Min)
	}
	switch {
	case service.Desired > t.Max || service.Desired < t.Min:
		j.add(Warn, "", "the service has a desired count of %d, outside the target's %d to %d: somebody else set it", service.Desired, t.Min, t.Max)
	case service.Desired == t.Max && j.alarming(Out):
		j.add(Warn, "raise spec.replicas.max and attach again, if there may be more", "more is wanted, and the service is at its maximum of %d", t.Max)
	}
	if service.Running < service.Desired {
		j.add(Warn, "if it stays so, look at the service's events: aws ecs describe-services --cluster "+j.w.Cluster+" --services "+j.w.Service,
			"%d of %d tasks run", service.Running, service.Desired)
	}
}

func (j *judge) alarming(d Direction) bool {
	for _, a := range j.s.Alarms {
		if a.Direction == d && a.State == stateAlarm {
			return true
		}
	}
	return false
}

// reasons are AWS's own, the newest of each.
func (j *judge) reasons() {
	if j.s.Unread != nil {
		j.add(Warn, HintOf(j.s.Unread), "AWS's own reasons are missing here: %s", j.s.Unread)
	}
	told := map[string]bool{}
	for _, n := range j.s.NotScaled {
		if told[n.Code] || j.s.Now.Sub(n.At) > recent {
			continue
		}
		told[n.Code] = true
		if n.Failed {
			j.add(Fail, "aws application-autoscaling describe-scaling-activities --service-namespace ecs --resource-id "+j.w.Resource()+" tells why",
				"Application Auto Scaling tried to scale %s, and it ended as %s", ago(j.s.Now, n.At), n.Code)
			continue
		}
		j.add(Warn, "", "Application Auto Scaling did not scale %s: %s", ago(j.s.Now, n.At), meaning(n.Code))
	}
}

func meaning(code string) string {
	switch code {
	case "AutoScalingAnticipatedFlapping":
		return "it expects to have to undo it (" + code + ")"
	case "TargetServicePutResourceAsUnscalable":
		return "ECS does not let it (" + code + "): the service is being deleted, or is not active"
	case "AlreadyAtMaxCapacity":
		return "the service is at its maximum (" + code + ")"
	case "AlreadyAtMinCapacity":
		return "the service is at its minimum (" + code + ")"
	case "AlreadyAtDesiredCapacity":
		return "the service has what is wanted already (" + code + ")"
	default:
		return code
	}
}

// others hold a scale-in, and may scale out.
func (j *judge) others() {
	policies, actions := j.s.foreign(j.w.Place)
	for _, p := range policies {
		j.add(Warn, "remove it where it is kept, if the decision alone is to count", "the policy %s, of somebody else, is on the target as well: AWS scales in only if both agree, and out if either says so", short(p.Name))
	}
	if len(actions) > 0 {
		j.add(Warn, "", "scheduled actions of somebody else move the target's range: %s", short(actions[0].Name))
	}
	for _, e := range j.s.Elsewhere {
		j.add(Warn, "detach it there, with the document that named it", "%s follows the policy as well", short(e))
	}
}

func (j *judge) deployment() {
	if j.s.Service.Deploying {
		j.add(Warn, "", "a deployment is under way: AWS does not scale in until it ends")
	}
}
