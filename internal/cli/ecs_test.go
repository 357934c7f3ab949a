package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/console"
	"github.com/scaler-dev/scaler/internal/testaws"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

const ecsDocuments = `apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec:
  aws: {region: us-east-1, endpointURL: "%s", protocol: json%s}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: orders-worker, namespace: shop}
spec:
  workload:
    ecs: {provider: aws, cluster: prod, service: orders-worker}
  replicas: {min: 1, max: %d}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: orders}}
  demand:
    - {name: drain, perReplica: {signal: backlog, amount: 10}}
  scaleIn: {stabilization: %s}
  publish:
    cloudWatch: {provider: aws}
`

// ecsRun runs a command of scaler ecs on the documents of a file.
func ecsRun(t *testing.T, file string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	h, out, err := host(append(append([]string{"ecs"}, args...), "-f", file)...)
	code = Main(t.Context(), h)
	return code, out.String(), err.String()
}

func documentFile(t *testing.T, url, more string, most int, window string, service ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scaler.yaml")
	text := fmt.Sprintf(ecsDocuments, url, more, most, window)
	for _, s := range service {
		text = strings.ReplaceAll(text, "service: orders-worker", "service: "+s)
	}
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// session writes down what commands print and what they ask AWS for.
type session struct {
	t              *testing.T
	aws            *testaws.Recorder
	daemon, nobody string // addresses
	text           strings.Builder
}

// String is the same for every run.
func (s *session) String() string {
	text := madeUp.ReplaceAllString(s.text.String(), "…")
	return strings.NewReplacer(s.daemon, "DAEMON", s.nobody, "NOBODY").Replace(text)
}

func (s *session) run(file, title, command string, flags ...string) {
	s.t.Helper()
	s.aws.Requests()
	args := append([]string{command, "shop/orders-worker"}, flags...)
	code, stdout, stderr := ecsRun(s.t, file, args...)
	fmt.Fprintf(&s.text, "# %s\n$ scaler ecs %s\n%s%s(exit %d)\n", title, strings.Join(args, " "), stdout, stderr, code)
	for _, r := range s.aws.Requests() {
		requireOurs(s.t, r)
		requireTold(s.t, command, r.Operation)
		fmt.Fprintf(&s.text, "  %s %s\n", r.Operation, r.Body)
	}
	s.text.WriteString("\n")
}

// requireOurs: what changes something names our service, and our policy or action.
func requireOurs(t *testing.T, r testaws.Request) {
	t.Helper()
	if strings.HasPrefix(r.Operation, "Describe") || strings.HasPrefix(r.Operation, "List") {
		return
	}
	var in struct{ ResourceId, PolicyName, ScheduledActionName string }
	require.NoError(t, json.Unmarshal([]byte(r.Body), &in))
	require.Equal(t, "service/prod/orders-worker", in.ResourceId)
	switch r.Operation {
	case "RegisterScalableTarget", "DeregisterScalableTarget":
	case "PutScalingPolicy", "DeleteScalingPolicy":
		require.Equal(t, "scaler/shop/orders-worker", in.PolicyName)
	case "DeleteScheduledAction":
		require.Equal(t, "scaler.shop.orders-worker", in.ScheduledActionName)
	default:
		require.Failf(t, "asks for something else", "%s %s", r.Operation, r.Body)
	}
}

// requireTold: a command's help, and the table of the documentation, tell the right
// that a call needs.
func requireTold(t *testing.T, command, operation string) {
	t.Helper()
	h, help, _ := host("ecs", command, "--help")
	require.Equal(t, exitOK, Main(t.Context(), h))
	require.Regexp(t, `[ :]`+operation+`\b`, help.String())
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "ecs.md"))
	require.NoError(t, err)
	row := regexp.MustCompile("(?m)^\\| `[a-z-]+:" + operation + "` \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|").FindStringSubmatch(string(page))
	require.NotNil(t, row, "docs/ecs.md has no row for %s", operation)
	column := map[string]int{"attach": 1, "status": 2, "detach": 3}[command]
	require.NotEmpty(t, strings.TrimSpace(row[column]), "docs/ecs.md: %s needs %s", command, operation)
}

// made up anew by each moto_server.
var madeUp = regexp.MustCompile(`arn:aws:application-autoscaling:[^"]*|[0-9a-f]{8}-[0-9a-f-]{27}`)

// TestECS is the life of an attached service. Each request is recorded, so that the
// golden file shows that nothing of somebody else's is touched.
func TestECS(t *testing.T) {
	m := testaws.StartOwn(t, "MOTO_ECS_SERVICE_RUNNING=4")
	other := somebody{t, testaws.NewProvider(t, m.Provider()), "service/prod/orders-worker"}
	other.createServices("orders-worker", "web")
	s := &session{t: t, aws: testaws.Record(t, m), daemon: opsServer(t), nobody: closed(t)}
	first, changed := documentFile(t, s.aws.URL, "", 50, "5m"), documentFile(t, s.aws.URL, "", 60, "10m")
	narrow, nowhere := documentFile(t, s.aws.URL, "", 3, "5m"), documentFile(t, s.aws.URL, "", 50, "5m", "nowhere")

	s.run(nowhere, "A service that is not there.", "attach")
	s.run(first, "Before it is attached, and with no daemon.", "status", "--address", s.nobody)
	s.run(narrow, "It would be moved, and is not attached.", "attach")
	s.run(first, "What would be done.", "attach", "--dry-run")
	s.run(first, "Attached.", "attach")
	s.run(first, "Attached again: nothing changes.", "attach")
	s.run(changed, "A changed document.", "attach")
	s.run(changed, "And again.", "attach")
	other.setAlarms(cloudwatchtypes.StateValueInsufficientData)
	s.run(changed, "How it stands: nothing is published yet.", "status", "--address", s.daemon)
	other.setAlarms(cloudwatchtypes.StateValueOk)
	s.run(changed, "It is published; the daemon decided 9.", "status", "--address", s.daemon)
	s.run(narrow, "A range that the service stands outside of.", "attach")
	s.run(changed, "With math, which needs Container Insights; moto has it off.", "attach", "--math")

	other.turnOnInsights()
	s.run(changed, "And on.", "attach", "--math")
	s.run(changed, "With math, again.", "attach", "--math")
	s.run(changed, "How it stands.", "status", "--address", s.daemon)
	s.run(changed, "Back to our own division.", "attach")

	other.putPolicy()
	s.run(changed, "Somebody adds a policy.", "attach", "--dry-run")
	s.run(changed, "It is detached: what is of somebody else stays, and the target with it.", "detach")
	s.run(changed, "Detached again: nothing changes.", "detach")
	s.run(changed, "Attached beside somebody's policy.", "attach")
	other.deletePolicy()
	other.raiseFloor()
	s.run(changed, "The daemon has raised the floor.", "attach")
	s.run(changed, "What detach would do.", "detach", "--dry-run")
	s.run(changed, "Detached: the minimum is put back, and the target goes, since attach registered it.", "detach")
	s.run(changed, "Nothing is left.", "detach")

	other.register(2, 8)
	s.run(first, "Somebody registered the target with a range of their own.", "attach")
	s.run(first, "It is changed when that is asked for.", "attach", "--update-range")
	s.run(first, "And stays when it is detached.", "detach")
	testgolden.Equal(t, filepath.Join("testdata", "ecs.golden"), s.String())
	require.Equal(t, []string{"service/prod/orders-worker 1-50"}, other.targets())
}

// opsServer is an ops server that knows shop/orders-worker.
func opsServer(t *testing.T) string {
	t.Helper()
	ops := httptest.NewServer(console.New(console.Settings{
		Status: status, Mono: func() time.Duration { return time.Hour }, Lift: func(string) bool { return true },
	}))
	t.Cleanup(ops.Close)
	return ops.URL
}

// somebody does what is not Scaler's command, past the recorder.
type somebody struct {
	t        *testing.T
	aws      *awsx.Provider
	resource string
}

// createServices makes services of four tasks. Moto takes its time for the first call
// of each of its services, and neither a provider nor a command waits so long.
func (o somebody) createServices(names ...string) {
	o.t.Helper()
	ctx, prod := o.t.Context(), aws.String("prod")
	o.eventually(func() error {
		_, err := o.aws.ECS().CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: prod})
		return err
	})
	o.eventually(func() error {
		_, err := o.aws.AutoScaling().DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: "ecs"})
		return err
	})
	o.eventually(func() error {
		_, err := o.aws.CloudWatch().DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
		return err
	})
	_, err := o.aws.ECS().RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("f"), ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("a"), Image: aws.String("b"), Memory: aws.Int32(64)}},
	})
	require.NoError(o.t, err)
	for _, name := range names {
		_, err := o.aws.ECS().CreateService(ctx, &ecs.CreateServiceInput{Cluster: prod, ServiceName: &name, TaskDefinition: aws.String("f"), DesiredCount: aws.Int32(4)})
		require.NoError(o.t, err)
	}
}

func (o somebody) eventually(call func() error) {
	o.t.Helper()
	require.Eventually(o.t, func() bool { return call() == nil }, time.Minute, 10*time.Millisecond)
}

const ecsDimension = scalingtypes.ScalableDimensionECSServiceDesiredCount

func (o somebody) register(least, most int32) {
	o.t.Helper()
	_, err := o.aws.AutoScaling().RegisterScalableTarget(o.t.Context(), &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: "ecs", ScalableDimension: ecsDimension, ResourceId: &o.resource, MinCapacity: &least, MaxCapacity: &most,
	})
	require.NoError(o.t, err)
}

func (o somebody) putPolicy() {
	o.t.Helper()
	_, err := o.aws.AutoScaling().PutScalingPolicy(o.t.Context(), &applicationautoscaling.PutScalingPolicyInput{
		ServiceNamespace: "ecs", ScalableDimension: ecsDimension, ResourceId: &o.resource,
		PolicyName: aws.String("cpu-70"), PolicyType: scalingtypes.PolicyTypeTargetTrackingScaling,
		TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
			TargetValue:                   aws.Float64(70),
			PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{PredefinedMetricType: scalingtypes.MetricTypeECSServiceAverageCPUUtilization},
		},
	})
	require.NoError(o.t, err)
}

func (o somebody) deletePolicy() { // fails if it is gone
	o.t.Helper()
	_, err := o.aws.AutoScaling().DeleteScalingPolicy(o.t.Context(), &applicationautoscaling.DeleteScalingPolicyInput{
		ServiceNamespace: "ecs", ScalableDimension: ecsDimension, ResourceId: &o.resource, PolicyName: aws.String("cpu-70"),
	})
	require.NoError(o.t, err)
}

// raiseFloor does what a daemon with a capacity floor does.
func (o somebody) raiseFloor() {
	o.t.Helper()
	_, err := o.aws.AutoScaling().PutScheduledAction(o.t.Context(), &applicationautoscaling.PutScheduledActionInput{
		ServiceNamespace: "ecs", ScalableDimension: ecsDimension, ResourceId: &o.resource,
		ScheduledActionName: aws.String("scaler.shop.orders-worker"), Schedule: aws.String("at(2030-01-01T00:00:00)"),
		ScalableTargetAction: &scalingtypes.ScalableTargetAction{MinCapacity: aws.Int32(1)},
	})
	require.NoError(o.t, err)
	o.register(4, 60)
}

func (o somebody) turnOnInsights() {
	o.t.Helper()
	_, err := o.aws.ECS().UpdateCluster(o.t.Context(), &ecs.UpdateClusterInput{
		Cluster: aws.String("prod"), Settings: []ecstypes.ClusterSetting{{Name: ecstypes.ClusterSettingNameContainerInsights, Value: aws.String("enabled")}},
	})
	require.NoError(o.t, err)
}

func (o somebody) targets() []string {
	o.t.Helper()
	got, err := o.aws.AutoScaling().DescribeScalableTargets(o.t.Context(), &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: "ecs"})
	require.NoError(o.t, err)
	var out []string
	for _, target := range got.ScalableTargets {
		out = append(out, fmt.Sprintf("%s %d-%d", *target.ResourceId, *target.MinCapacity, *target.MaxCapacity))
	}
	return out
}

// setAlarms makes the alarms what they would be: moto does not evaluate them.
func (o somebody) setAlarms(state cloudwatchtypes.StateValue) {
	o.t.Helper()
	got, err := o.aws.CloudWatch().DescribeAlarms(o.t.Context(), &cloudwatch.DescribeAlarmsInput{})
	require.NoError(o.t, err)
	require.NotEmpty(o.t, got.MetricAlarms)
	for _, a := range got.MetricAlarms {
		_, err := o.aws.CloudWatch().SetAlarmState(o.t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: a.AlarmName, StateValue: state, StateReason: aws.String("test")})
		require.NoError(o.t, err)
	}
}

// TestECSBadInput: each is one clear line with a hint, and a code that is not zero.
func TestECSBadInput(t *testing.T) {
	missing := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		testaws.Fault(w, http.StatusBadRequest, "ClusterNotFoundException")
	})
	denied := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		testaws.Fault(w, http.StatusBadRequest, "AccessDeniedException")
	})
	role := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>secret</Message></Error></ErrorResponse>`)
	})
	for name, tt := range map[string]struct {
		file string
		args []string
		code int
		text string
	}{
		"no cluster": {
			documentFile(t, missing.URL, "", 50, "5m"),
			[]string{"attach", "shop/orders-worker"},
			exitFailure,
			"error: look at the service prod/orders-worker: the cluster does not exist\nhint: check spec.workload.ecs.cluster of the policy, and the region of its SignalProvider\n",
		},
		"no access": {
			documentFile(t, denied.URL, "", 50, "5m"),
			[]string{"status", "shop/orders-worker"},
			exitFailure,
			"error: look at the service prod/orders-worker: AWS denies access\nhint: allow ecs:DescribeServices to the credentials of the SignalProvider aws\n",
		},
		"no role": {
			documentFile(t, role.URL, `, roleARN: "arn:aws:iam::123456789012:role/scaler"`, 50, "5m"),
			[]string{"detach", "shop/orders-worker"},
			exitFailure,
			"error: look at the service prod/orders-worker: the role cannot be assumed or the credentials are refused\nhint: check the credentials of this shell, and roleARN, externalID and the role's trust policy for the SignalProvider aws\n",
		},
		"min above max":  {documentFile(t, missing.URL, "", 0, "5m"), []string{"attach", "shop/orders-worker"}, exitCheckFailed, "spec.replicas.max"},
		"no such policy": {documentFile(t, missing.URL, "", 50, "5m"), []string{"attach", "shop/orders-wroker"}, exitUsage, "hint: did you mean shop/orders-worker?\n"},
		"no name":        {documentFile(t, missing.URL, "", 50, "5m"), []string{"attach"}, exitUsage, "error: one policy is to be named, got 0 names\n"},
		"no address":     {documentFile(t, missing.URL, "", 50, "5m"), []string{"status", "shop/orders-worker", "--address", "ftp://x"}, exitUsage, "error: --address is not the address of an ops server\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := ecsRun(t, tt.file, tt.args...)
			require.Equal(t, tt.code, code, stderr)
			require.Empty(t, stdout)
			require.Contains(t, stderr, tt.text)
			require.NotContains(t, stderr, "123456789012")
			require.NotContains(t, stderr, "secret")
		})
	}
}
