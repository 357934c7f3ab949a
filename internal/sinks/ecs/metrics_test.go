package ecs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

func TestMetrics(t *testing.T) {
	f := serveScaling(t)
	r := newRig(t, f.Provider(""), orders).ready()
	r.wants(8, 2)
	require.NoError(t, r.run(2*time.Second))
	problems, err := testutil.CollectAndLint(r.floors)
	require.NoError(t, err)
	require.Empty(t, problems)
	shows := func(want string, names ...string) {
		t.Helper()
		require.NoError(t, testutil.CollectAndCompare(r.floors, strings.NewReader(want), names...))
	}
	shows(`
# HELP scaler_ecs_floor_actions_total Calls that change something, by action and result (ok or failed).
# TYPE scaler_ecs_floor_actions_total counter
scaler_ecs_floor_actions_total{action="delete_switch",result="failed"} 0
scaler_ecs_floor_actions_total{action="delete_switch",result="ok"} 0
scaler_ecs_floor_actions_total{action="put_switch",result="failed"} 0
scaler_ecs_floor_actions_total{action="put_switch",result="ok"} 1
scaler_ecs_floor_actions_total{action="set_minimum",result="failed"} 0
scaler_ecs_floor_actions_total{action="set_minimum",result="ok"} 1
# HELP scaler_ecs_floor_base Minimum capacity that the scheduled action restores; no sample while it is not known.
# TYPE scaler_ecs_floor_base gauge
scaler_ecs_floor_base{namespace="shop",policy="orders"} 2
# HELP scaler_ecs_floor_minimum Minimum capacity of the service as last seen or set; no sample while it is not registered.
# TYPE scaler_ecs_floor_minimum gauge
scaler_ecs_floor_minimum{namespace="shop",policy="orders"} 8
# HELP scaler_ecs_floor_raised Whether the minimum capacity is raised above its base, or may be.
# TYPE scaler_ecs_floor_raised gauge
scaler_ecs_floor_raised{namespace="shop",policy="orders"} 1
`, "scaler_ecs_floor_actions_total", "scaler_ecs_floor_base", "scaler_ecs_floor_minimum", "scaler_ecs_floor_raised")
	require.Equal(t, 1, testutil.CollectAndCount(r.floors, "scaler_ecs_floor_switch_seconds"))

	f.absent = true
	require.NoError(t, r.run(time.Minute))
	require.Zero(t, testutil.CollectAndCount(r.floors, "scaler_ecs_floor_minimum"), "a state is no number")
	require.Zero(t, testutil.CollectAndCount(r.floors, "scaler_ecs_floor_base"))

	r.mono += time.Hour
	require.Zero(t, testutil.CollectAndCount(r.floors, "scaler_ecs_floor_condition"), "nobody keeps it any more")
}
