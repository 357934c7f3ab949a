package deploy_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// stack makes a stack in the emulator, and gives its resources by logical id.
func stack(t *testing.T, moto *testaws.Moto, name, floors string) map[string]string {
	t.Helper()
	parameters, err := json.Marshal([]map[string]string{
		{"ParameterKey": "Cluster", "ParameterValue": "prod"},
		{"ParameterKey": "Subnets", "ParameterValue": "subnet-1,subnet-2"},
		{"ParameterKey": "SecurityGroups", "ParameterValue": "sg-1"},
		{"ParameterKey": "Documents", "ParameterValue": string(read(t, "scaler.yaml"))},
		{"ParameterKey": "Queues", "ParameterValue": "arn:aws:sqs:us-east-1:111122223333:orders*"},
		{"ParameterKey": "Services", "ParameterValue": "arn:aws:ecs:us-east-1:111122223333:service/prod/*"},
		{"ParameterKey": "RaiseFloors", "ParameterValue": floors},
	})
	require.NoError(t, err)
	moto.CLI(t, "cloudformation", "create-stack", "--stack-name", name, "--capabilities", "CAPABILITY_IAM",
		"--template-body", string(read(t, "cloudformation.yaml")), "--parameters", string(parameters))
	var got struct {
		StackResources []struct{ LogicalResourceId, PhysicalResourceId, ResourceStatus string }
	}
	require.NoError(t, json.Unmarshal([]byte(moto.CLI(t, "cloudformation", "describe-stack-resources", "--stack-name", name)), &got))
	out := map[string]string{}
	for _, r := range got.StackResources {
		if r.LogicalResourceId == "" {
			continue // the emulator's word for what a condition leaves out
		}
		require.Equal(t, "CREATE_COMPLETE", r.ResourceStatus, r.LogicalResourceId)
		out[r.LogicalResourceId] = r.PhysicalResourceId
	}
	return out
}

func TestStack(t *testing.T) {
	moto := testaws.StartOwn(t)
	moto.CLI(t, "ecs", "create-cluster", "--cluster-name", "prod")
	plain := []string{"ExecutionRole", "LogGroup", "Publisher", "Reader", "Service", "TaskDefinition", "TaskRole"}
	require.ElementsMatch(t, plain, slices.Collect(maps.Keys(stack(t, moto, "plain", "false"))))
	made := stack(t, moto, "scaler", "true")
	require.ElementsMatch(t, append(plain, "Floor"), slices.Collect(maps.Keys(made)))
	t.Run("the task", func(t *testing.T) { requireTask(t, moto, made["TaskDefinition"]) })
	t.Run("the service", func(t *testing.T) { requireSingle(t, moto) })
	for id, file := range map[string]string{"Reader": "reader", "Publisher": "publisher", "Floor": "floor"} {
		t.Run(id, func(t *testing.T) { requireSamePolicy(t, moto, made[id], file) })
	}
}

func requireTask(t *testing.T, moto *testaws.Moto, arn string) {
	t.Helper()
	var got struct {
		TaskDefinition struct{ ContainerDefinitions []container }
	}
	require.NoError(t, json.Unmarshal([]byte(moto.CLI(t, "ecs", "describe-task-definition", "--task-definition", arn)), &got))
	requireHardened(t, got.TaskDefinition.ContainerDefinitions)
	for _, e := range got.TaskDefinition.ContainerDefinitions[0].Environment {
		if e.Name == "SCALER_DOCUMENTS" {
			require.Equal(t, string(read(t, "scaler.yaml")), e.Value, "byte for byte")
		}
	}
	// The emulator keeps these of no stack.
	template := string(read(t, "cloudformation.yaml"))
	require.Contains(t, template, "RequiresCompatibilities: [FARGATE]\n")
	require.Contains(t, template, "NetworkMode: awsvpc\n")
}

// requireSingle says that no deployment ever runs two tasks.
func requireSingle(t *testing.T, moto *testaws.Moto) {
	t.Helper()
	out := moto.CLI(t, "ecs", "describe-services", "--cluster", "prod", "--services", "scaler")
	require.Regexp(t, `"desiredCount": 1,`, out)
	template := string(read(t, "cloudformation.yaml"))
	require.Regexp(t, `MinimumHealthyPercent: 0\n\s+MaximumPercent: 100\n`, template)
	require.Regexp(t, `DesiredCount: 1\n`, template)
}

// requireSamePolicy compares a policy as the stack made it with its JSON beside it.
func requireSamePolicy(t *testing.T, moto *testaws.Moto, arn, file string) {
	t.Helper()
	var got struct {
		PolicyVersion struct{ Document document }
	}
	out := moto.CLI(t, "iam", "get-policy-version", "--policy-arn", arn, "--version-id", "v1")
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	want := iam(t, file)
	made := got.PolicyVersion.Document.Statement
	require.Len(t, made, len(want.Statement))
	for i, s := range want.Statement {
		require.Equal(t, s.Sid, made[i].Sid)
		require.ElementsMatch(t, s.Action, made[i].Action)
		require.Equal(t, s.Condition, made[i].Condition)
		require.Len(t, made[i].Resource, len(s.Resource))
		for j := range s.Resource {
			require.Equal(t, pattern(s.Resource[j]), pattern(made[i].Resource[j]))
		}
	}
}

// place is a region and an account in an ARN.
var place = regexp.MustCompile(`:[a-z]{2}-[a-z]+-[0-9]:[0-9]{12}:`)

func pattern(arn string) string { return place.ReplaceAllString(arn, ":REGION:ACCOUNT:") }

// TestTemplateIsPlain: CloudFormation knows no anchors and aliases.
func TestTemplateIsPlain(t *testing.T) {
	require.NotRegexp(t, `(?m):\s+[&*][a-zA-Z]`, string(read(t, "cloudformation.yaml")))
}
