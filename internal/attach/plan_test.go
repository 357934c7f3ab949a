package attach

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
)

var orders = Place{Policy: policy.ID{Namespace: "shop", Name: "orders"}, Cluster: "prod", Service: "orders-svc"}

func want(change ...func(w *Want)) Want {
	w := Want{Place: orders, Min: 1, Max: 50, Namespace: "Scaler", ScaleOut: 0, ScaleIn: 300}
	for _, c := range change {
		c(&w)
	}
	return w
}

// attached is what there is once attach is done.
func attached(change ...func(h *Have)) Have {
	h := Have{
		Service:  &Service{Desired: 4, Running: 4},
		Target:   &Target{Min: 1, Max: 50, Owner: "shop/orders"},
		Policies: []Policy{{Name: "scaler/shop/orders", Type: tracking, Fields: fields(configuration(want())), Alarms: []string{"high", "low"}}},
	}
	for _, c := range change {
		c(&h)
	}
	return h
}

func bare(desired int32) Have { return Have{Service: &Service{Desired: desired}} }

var (
	cpu      = Policy{Name: "cpu-70", Type: tracking, Fields: []Field{{"metric", "ECSServiceAverageCPUUtilization"}}}
	nightly  = Action{Name: "nightly", Min: new(int32(0))}
	ourFloor = Action{Name: "scaler.shop.orders", Min: new(int32(1))}
)

// verbs are a plan's steps as VERB kind, and the changes.
func verbs(p Plan) []string {
	var out []string
	for _, s := range p.Steps {
		parts := []string{string(s.Verb) + " " + string(s.Kind) + " " + s.Name}
		for _, c := range s.Changes {
			parts = append(parts, c.Field+" "+orDash(c.From)+" → "+orDash(c.To))
		}
		out = append(out, strings.Join(parts, "; "))
	}
	return out
}

func TestAttach(t *testing.T) {
	const (
		keepTarget = "keep target service/prod/orders-svc"
		keepPolicy = "keep policy scaler/shop/orders"
		putPolicy  = "put policy scaler/shop/orders; target – → 100; metric – → Scaler/Utilization{Namespace=shop,Policy=orders}; statistic – → Average; cooldown out – → 0 s; cooldown in – → 300 s; scale-in – → on"
	)
	for name, tt := range map[string]struct {
		want  Want
		have  Have
		force bool
		steps []string
		notes []string
	}{
		"nothing there":  {want(), bare(4), false, []string{"register target service/prod/orders-svc", putPolicy}, nil},
		"attached":       {want(), attached(), false, []string{keepTarget, keepPolicy}, nil},
		"at its bounds":  {want(), attached(func(h *Have) { h.Service.Desired = 50 }), false, []string{keepTarget, keepPolicy}, nil},
		"another window": {want(func(w *Want) { w.ScaleIn = 600 }), attached(), false, []string{keepTarget, "put policy scaler/shop/orders; cooldown in 300 s → 600 s"}, nil},
		"a default":      {want(), attached(func(h *Have) { h.Policies[0].Fields = fields(withoutCooldown(want())) }), false, []string{keepTarget, "put policy scaler/shop/orders; cooldown in default → 300 s"}, nil},
		"no scale-in":    {want(func(w *Want) { w.NoScaleIn = true }), attached(), false, []string{keepTarget, "put policy scaler/shop/orders; scale-in on → off"}, nil},
		"math": {want(func(w *Want) { w.Math = true }), attached(), false, []string{keepTarget, "put policy scaler/shop/orders; " +
			"math decided – → Average of Scaler/DesiredReplicas{Namespace=shop,Policy=orders}; " +
			"math ordered – → Average of ECS/ContainerInsights/DesiredTaskCount{ClusterName=prod,ServiceName=orders-svc}; " +
			"math utilization – → IF(ordered > 0, 100 * decided / ordered, 100 * decided), which is followed; " +
			"metric Scaler/Utilization{Namespace=shop,Policy=orders} → –; statistic Average → –"}, nil},
		"our range":                  {want(func(w *Want) { w.Max = 60 }), attached(), false, []string{"update target service/prod/orders-svc; max 50 → 60", keepPolicy}, nil},
		"somebody's range, the same": {want(), attached(func(h *Have) { h.Target.Owner = "" }), false, []string{keepTarget, keepPolicy}, nil},
		"somebody's range, by force": {want(func(w *Want) { w.Min, w.Max = 2, 60 }), attached(func(h *Have) { h.Target.Owner = "" }), true, []string{"update target service/prod/orders-svc; min 1 → 2; max 50 → 60", keepPolicy}, nil},
		"foreign policies": {
			want(), attached(func(h *Have) { h.Policies = append([]Policy{cpu}, h.Policies...); h.Actions = []Action{nightly} }), false,
			[]string{keepTarget, keepPolicy, "keep policy cpu-70", "keep action nightly"},
			[]string{
				"the policy cpu-70 is on the target as well: AWS scales out if any policy says so, and in only if all agree",
				"scheduled actions of somebody else move the target's range",
			},
		},
		"another policy of Scaler's": {
			want(), attached(func(h *Have) { h.Policies = append(h.Policies, Policy{Name: "scaler/shop/orders-2", Type: tracking}) }), false,
			[]string{keepTarget, keepPolicy, "keep policy scaler/shop/orders-2"},
			[]string{"the policy scaler/shop/orders-2 is on the target as well: AWS scales out if any policy says so, and in only if all agree"},
		},
		"the floor is raised": {
			want(), attached(func(h *Have) { h.Target.Min, h.Service.Desired, h.Actions = 20, 20, []Action{ourFloor} }), false,
			[]string{keepTarget, keepPolicy, "keep action scaler.shop.orders"},
			nil,
		},
		"the floor is raised, and another maximum": {
			want(func(w *Want) { w.Max = 60 }), attached(func(h *Have) { h.Target.Min, h.Service.Desired, h.Actions = 20, 20, []Action{ourFloor} }), false,
			[]string{"update target service/prod/orders-svc; max 50 → 60", keepPolicy, "keep action scaler.shop.orders"},
			nil,
		},
		"the floor is raised, and another minimum": {
			want(func(w *Want) { w.Min = 2 }), attached(func(h *Have) { h.Target.Min, h.Service.Desired, h.Actions = 20, 20, []Action{ourFloor} }), false,
			[]string{keepTarget, keepPolicy, "keep action scaler.shop.orders"},
			[]string{"the capacity floor holds the minimum up and lowers it to 1 again: attach once more then, for the policy's 2"},
		},
		"suspended": {
			want(), attached(func(h *Have) { h.Target.SuspendedIn, h.Target.SuspendedScheduled = true, true }), false,
			[]string{keepTarget, keepPolicy},
			[]string{"scale-in, scheduled scaling suspended on the target, and stays so"},
		},
		"attached elsewhere": {
			want(), attached(func(h *Have) { h.Elsewhere = []string{"service/prod/old"} }), false,
			[]string{keepTarget, keepPolicy},
			[]string{"shop/orders is attached to service/prod/old as well, which follows it, too: detach it there, with the document that named it"},
		},
		"outside the same range": {
			want(), attached(func(h *Have) { h.Service.Desired = 60 }), false,
			[]string{keepTarget, keepPolicy},
			[]string{"the service has a desired count of 60, outside its range: the next update of the target, by whomever, moves it inside"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Attach(tt.want, tt.have, tt.force)
			require.NoError(t, err)
			require.Equal(t, tt.steps, verbs(p))
			require.Equal(t, tt.notes, p.Notes)
		})
	}
}

func TestAttachRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		want       Want
		have       Have
		force      bool
		text, hint string
	}{
		"no service": {want(), Have{}, true, "the service prod/orders-svc does not exist", "check cluster and service"},
		"a daemon":   {want(), Have{Service: &Service{Daemon: true}}, true, "runs a task on each instance", "REPLICA"},
		"above the range, to register": {
			want(), bare(51), false,
			"the service prod/orders-svc has a desired count of 51, outside the policy's 1 to 50: with the range, AWS would set it to 50 at once",
			"aws ecs update-service --cluster prod --service orders-svc --desired-count 50",
		},
		"below the range, to register": {want(), bare(0), false, "AWS would set it to 1 at once", "--desired-count 1"},
		"outside the range, to update": {want(func(w *Want) { w.Max = 3 }), attached(), false, "has a desired count of 4, outside the policy's 1 to 3", "--desired-count 3"},
		"outside the range, by force":  {want(func(w *Want) { w.Max = 3 }), attached(), true, "has a desired count of 4, outside the policy's 1 to 3", "--desired-count 3"},
		"somebody's range":             {want(func(w *Want) { w.Max = 60 }), attached(func(h *Have) { h.Target.Owner = "" }), false, "has 1 to 50 tasks, and the policy 1 to 60 tasks; attach did not register it", "--update-range"},
		"another policy's range":       {want(func(w *Want) { w.Max = 60 }), attached(func(h *Have) { h.Target.Owner = "shop/other" }), false, "attach did not register it", "--update-range"},
		"a range of whom cannot be told": {
			want(func(w *Want) { w.Max = 60 }), attached(func(h *Have) { h.Target.Owner, h.Target.Unread = "", "it is denied" }), false,
			"attach did not register it, as far as can be told (it is denied)", "--update-range",
		},
		"a schedule moves the range": {want(func(w *Want) { w.Max = 60 }), attached(func(h *Have) { h.Actions = []Action{nightly} }), true, "scheduled actions of somebody else change it", "widest range"},
		"the floor is above the new maximum": {
			want(func(w *Want) { w.Max = 10 }), attached(func(h *Have) { h.Target.Min, h.Service.Desired, h.Actions = 20, 20, []Action{ourFloor} }), false,
			"the capacity floor holds the minimum up", "try again",
		},
		"our name, of another type": {want(), attached(func(h *Have) { h.Policies[0].Type = "StepScaling" }), false, "is of type StepScaling", "names that begin with scaler/"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Attach(tt.want, tt.have, tt.force)
			require.ErrorContains(t, err, tt.text)
			require.Contains(t, HintOf(err), tt.hint)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestDetach(t *testing.T) {
	const (
		deletePolicy = "delete policy scaler/shop/orders"
		deleteAction = "delete action scaler.shop.orders"
		deregister   = "deregister target service/prod/orders-svc"
		keepTarget   = "keep target service/prod/orders-svc"
	)
	for name, tt := range map[string]struct {
		have  Have
		steps []string
		why   string // of the target
	}{
		"nothing":             {bare(4), nil, ""},
		"attached":            {attached(), []string{deletePolicy, deregister}, "attach registered it"},
		"the service is gone": {attached(func(h *Have) { h.Service = nil }), []string{deletePolicy, deregister}, "attach registered it"},
		"somebody's target":   {attached(func(h *Have) { h.Target.Owner = "" }), []string{deletePolicy, keepTarget}, "somebody else registered it: its range stays 1 to 50 tasks"},
		"another's target":    {attached(func(h *Have) { h.Target.Owner = "shop/other" }), []string{deletePolicy, keepTarget}, "registered for the policy shop/other"},
		"who knows":           {attached(func(h *Have) { h.Target.Owner, h.Target.Unread = "", "denied" }), []string{deletePolicy, keepTarget}, "who registered it cannot be told: denied"},
		"somebody's policy":   {attached(func(h *Have) { h.Policies = append(h.Policies, cpu) }), []string{deletePolicy, "keep policy cpu-70", keepTarget}, "what is of somebody else would go with it"},
		"somebody's action":   {attached(func(h *Have) { h.Actions = []Action{nightly} }), []string{deletePolicy, "keep action nightly", keepTarget}, "what is of somebody else would go with it"},
		"not our policy":      {attached(func(h *Have) { h.Policies = []Policy{cpu} }), []string{"keep policy cpu-70", keepTarget}, "what is of somebody else would go with it"},
		"our name, of another type": {
			attached(func(h *Have) { h.Policies[0].Type = "StepScaling" }),
			[]string{"keep policy scaler/shop/orders", keepTarget},
			"what is kept would go with it",
		},
		"a floor": {attached(func(h *Have) { h.Actions = []Action{ourFloor} }), []string{deleteAction, deletePolicy, deregister}, "attach registered it"},
		"a floor that is raised": {
			attached(func(h *Have) { h.Target.Min, h.Target.Owner, h.Actions = 20, "", []Action{ourFloor} }),
			[]string{"update target service/prod/orders-svc; min 20 → 1", deleteAction, deletePolicy, keepTarget},
			"somebody else registered it: its range stays 1 to 50 tasks",
		},
		"a floor that is raised, and a service above the maximum": {
			attached(func(h *Have) { h.Target.Min, h.Service.Desired, h.Actions = 20, 60, []Action{ourFloor} }),
			[]string{"keep action scaler.shop.orders", deletePolicy, keepTarget},
			"what is kept would go with it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := Detach(orders, tt.have)
			require.Equal(t, tt.steps, verbs(p))
			if tt.why != "" {
				require.Equal(t, tt.why, p.Steps[len(p.Steps)-1].Detail)
			}
			require.Empty(t, verbs(Detach(orders, Have{Service: tt.have.Service})), "a second time there is nothing")
		})
	}
}
