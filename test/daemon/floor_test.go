package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// floorDocument is a policy of 10 messages a task, whose floor follows at once.
func floorDocument(url string) string {
	return fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: us-east-1, endpointURL: %q, protocol: json}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders, namespace: shop}
spec:
  workload: {ecs: {provider: aws, cluster: prod, service: orders}}
  replicas: {min: 1, max: 15}
  signals: [{name: backlog, provider: aws, sqs: {queue: orders}, interval: 2s, freshFor: 10s}]
  demand: [{name: drain, perReplica: {signal: backlog, amount: 10}}]
  scaleOut: {limits: [{percent: 1000, period: 1s}]}
  scaleIn: {stabilization: 0s, limits: [{percent: 100, period: 1s}]}
  publish: {externalMetric: {}, ecs: {floor: {ttl: 5m, cooldown: 5s}}}
`, url)
}

// service makes a service of two tasks, which is a scalable target of 2 to 20 if it is
// to be one.
func service(t *testing.T, scalable bool) *testaws.Moto {
	t.Helper()
	m := testaws.StartOwn(t, "MOTO_ECS_SERVICE_RUNNING=2")
	m.CLI(t, "ecs", "create-cluster", "--cluster-name", "prod")
	m.CLI(t, "ecs", "register-task-definition", "--family", "orders", "--container-definitions", `[{"name":"a","image":"b","memory":128}]`)
	m.CLI(t, "ecs", "create-service", "--cluster", "prod", "--service-name", "orders", "--task-definition", "orders", "--desired-count", "2")
	if scalable {
		scaling(t, m, "register-scalable-target", "--min-capacity", "2", "--max-capacity", "20")
	}
	return m
}

func scaling(t *testing.T, m *testaws.Moto, command string, more ...string) {
	t.Helper()
	args := []string{"application-autoscaling", command, "--service-namespace", "ecs", "--scalable-dimension", "ecs:service:DesiredCount", "--resource-id", "service/prod/orders"}
	m.CLI(t, append(args, more...)...)
}

// describe asks Application Auto Scaling without the aws command, which takes long to
// start.
func describe(t *testing.T, m *testaws.Moto, operation string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.URL, strings.NewReader(`{"ServiceNamespace":"ecs"}`))
	require.NoError(t, err)
	req.Header.Set("X-Amz-Target", "AnyScaleFrontendService."+operation)
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/application-autoscaling/aws4_request")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
}

// minimum is the target's, -1 without one.
func minimum(t *testing.T, m *testaws.Moto) int {
	t.Helper()
	var got struct {
		ScalableTargets []struct{ MinCapacity, MaxCapacity int }
	}
	describe(t, m, "DescribeScalableTargets", &got)
	if len(got.ScalableTargets) == 0 {
		return -1
	}
	require.Equal(t, 20, got.ScalableTargets[0].MaxCapacity, "nobody changed the maximum")
	return got.ScalableTargets[0].MinCapacity
}

// restores are the minimum that our scheduled action would set, and when; zero and
// zero without one.
func restores(t *testing.T, m *testaws.Moto) (int, time.Time) {
	t.Helper()
	var got struct {
		ScheduledActions []struct {
			ScheduledActionName, Schedule string
			ScalableTargetAction          map[string]int
		}
	}
	describe(t, m, "DescribeScheduledActions", &got)
	if len(got.ScheduledActions) == 0 {
		return 0, time.Time{}
	}
	a := got.ScheduledActions[0]
	require.Equal(t, "scaler.shop.orders", a.ScheduledActionName)
	require.Len(t, a.ScalableTargetAction, 1, "the minimum alone")
	at, err := time.Parse("at(2006-01-02T15:04:05)", a.Schedule)
	require.NoError(t, err)
	return a.ScalableTargetAction["MinCapacity"], at
}

// desired is the service's count, which nothing here may change: moto does not scale.
func desired(t *testing.T, m *testaws.Moto) int {
	t.Helper()
	var got struct{ Services []struct{ DesiredCount int } }
	require.NoError(t, json.Unmarshal([]byte(m.CLI(t, "ecs", "describe-services", "--cluster", "prod", "--services", "orders")), &got))
	require.Len(t, got.Services, 1)
	return got.Services[0].DesiredCount
}

var opsURL = regexp.MustCompile(`"ops":"([^"]+)"`)

// TestAFloorSurvivesSIGKILL: the program is killed while the floor is up. What is left
// is a scheduled action that restores the base in time; the next life knows the base by
// it.
func TestAFloorSurvivesSIGKILL(t *testing.T) {
	t.Parallel()
	program, err := build()
	require.NoError(t, err)
	m := service(t, true)
	queue(t, m, "orders", 90)
	file := filepath.Join(t.TempDir(), "scaler.yaml")
	require.NoError(t, os.WriteFile(file, []byte(processDocument+floorDocument(m.URL)), 0o600))
	run := func() (*exec.Cmd, *daemon) {
		log := &output{}
		cmd := exec.Command(program, "run", "-f", file)
		cmd.Stdout, cmd.Stderr = log, log
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		require.Eventually(t, func() bool { return opsURL.MatchString(log.String()) }, patience, 50*time.Millisecond, "serves: %s", log)
		d := &daemon{t: t}
		d.urls.Ops = opsURL.FindStringSubmatch(log.String())[1]
		return cmd, d
	}

	first, d := run()
	require.Eventually(t, func() bool { return minimum(t, m) == 9 }, patience, time.Second, "the floor is raised")
	require.Eventually(t, func() bool {
		_, metrics := d.get("/metrics")
		return strings.Contains(metrics, `scaler_ecs_floor_raised{namespace="shop",policy="orders"} 1`) &&
			strings.Contains(metrics, `scaler_ecs_floor_base{namespace="shop",policy="orders"} 2`)
	}, patience, 100*time.Millisecond, "it is counted once AWS has answered")
	killed := time.Now()
	require.NoError(t, first.Process.Kill())
	_ = first.Wait()

	base, at := restores(t, m)
	require.Equal(t, 2, base)
	require.True(t, at.After(killed), "it is yet to run")
	require.False(t, at.After(killed.Add(5*time.Minute)), "within the time to live")
	require.Equal(t, 9, minimum(t, m), "and until then the floor stays")
	require.Equal(t, 2, desired(t, m))

	_, d = run()
	shows := func(text string) func() bool {
		return func() bool { _, body := d.get("/metrics"); return strings.Contains(body, text) }
	}
	require.Eventually(t, shows(`scaler_ecs_floor_base{namespace="shop",policy="orders"} 2`), patience, time.Second, "the base is known by the switch")
	m.CLI(t, "sqs", "purge-queue", "--queue-url", m.URL+"/123456789012/orders")
	require.Eventually(t, func() bool { return minimum(t, m) == 2 }, patience, time.Second, "the floor follows down")
	require.Eventually(t, func() bool { base, _ := restores(t, m); return base == 0 }, patience, time.Second, "and its switch goes")
	require.Equal(t, 2, desired(t, m), "nothing was scaled in")
}

// TestAFloorThatCannotBe: what stands against it is told, and nothing changes.
func TestAFloorThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		scalable bool
		change   func(w http.ResponseWriter, r *http.Request) bool
		want     string
	}{
		"no scalable target": {false, nil, "floor of shop/orders: the service is no scalable target: scaler ecs attach registers it"},
		"a clock ten minutes off": {true, func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
			return false
		}, "floor of shop/orders: AWS's clock is too far off ours"},
		"a target that may not be touched": {true, func(w http.ResponseWriter, r *http.Request) bool {
			if testaws.Operation(r) != "PutScheduledAction" {
				return false
			}
			testaws.Fault(w, http.StatusBadRequest, "AccessDeniedException")
			return true
		}, "keep the floor of shop/orders: put the scheduled action: auth: AWS refuses the credentials or denies access"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := service(t, tt.scalable)
			queue(t, m, "orders", 90)
			var raises atomic.Int64
			d := start(t, floorDocument(between(t, m.URL, &raises, tt.change)))
			d.becomes("orders", "9")
			require.Eventually(t, func() bool { _, body := d.get("/health"); return strings.Contains(body, tt.want) }, patience, 200*time.Millisecond,
				"/health says: %s", tt.want)
			time.Sleep(20 * time.Second) // beyond the time that a start takes to know the base
			require.Zero(t, raises.Load())
			require.Equal(t, map[bool]int{true: 2, false: -1}[tt.scalable], minimum(t, m))
			require.Equal(t, 2, desired(t, m))
		})
	}
}

// between is a way to a server that may change an answer, or give one itself.
func between(t *testing.T, to string, raises *atomic.Int64, change func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	u, err := url.Parse(to)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Del("Date") // ours is there
		return nil
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if testaws.Operation(r) == "RegisterScalableTarget" {
			raises.Add(1)
		}
		if change == nil || !change(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}
