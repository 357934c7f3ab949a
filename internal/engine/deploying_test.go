package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
)

func deployed(n int32, backlog float64) engine.Tick {
	t := look(n, backlog, 0.2)
	t.Workloads[0].Deploying, t.Workloads[0].Pending = true, 2
	return t
}

func limitOf(t *testing.T, d policy.Decision) policy.Step {
	t.Helper()
	for _, s := range d.Trail {
		if s.Stage == policy.StageLimit {
			return s
		}
	}
	require.Fail(t, "the trail has no limit")
	return policy.Step{}
}

func TestADeploymentPausesScaleInOnly(t *testing.T) {
	s := settings()
	s.PauseDeploying = true
	r := newRun(t, s, &service)
	for range 3 {
		r.tick(look(10, 100, 0.2))
	}
	r.wants(10)
	var d policy.Decision
	for range 5 {
		d = r.tick(deployed(10, 20))
	}
	r.wants(10)
	require.Equal(t, policy.Step{Stage: policy.StageLimit, Reason: policy.ReasonDeployment, Before: 2, After: 10, Bound: 10}, limitOf(t, d))
	require.Equal(t, 4*interval, d.Workload.DeployingFor)
	require.Equal(t, int32(2), d.Workload.Pending)

	r.tick(deployed(10, 150)) // scale-out goes on
	r.wants(15)
	blind := deployed(15, 20) // to see nothing is no leave to remove
	blind.Workloads = lookFails()
	for range 20 {
		d = r.tick(blind)
	}
	r.wants(15)
	require.Equal(t, policy.WorkloadStale, d.Workload.State)

	for range 3 {
		d = r.tick(look(15, 20, 0.2)) // it has ended
	}
	r.wants(2)
	require.Zero(t, d.Workload.DeployingFor)
}

func TestADeploymentPausesNothingUnasked(t *testing.T) {
	r := newRun(t, settings(), &service)
	for range 3 {
		r.tick(look(10, 100, 0.2))
	}
	for range 3 {
		r.tick(deployed(10, 20))
	}
	r.wants(2)
}

func TestHowLongADeploymentLastsOutlivesARestart(t *testing.T) {
	r := newRun(t, settings(), &service)
	r.tick(deployed(10, 100))
	saved := r.engine.State().Moved(time.Hour)
	r.engine, r.now = engine.New(specOf(settings(), &service), saved), r.now+time.Hour
	require.Equal(t, interval, r.tick(deployed(10, 100)).Workload.DeployingFor)
}
