package deploy_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// stringOrList is a string, or a list of them.
type stringOrList []string

func (s *stringOrList) UnmarshalJSON(b []byte) error {
	var one string
	if err := json.Unmarshal(b, &one); err == nil {
		*s = stringOrList{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(s))
}

type statement struct {
	Sid       string
	Effect    string
	Action    stringOrList
	Resource  stringOrList
	Condition map[string]map[string]string
}

type document struct {
	Version   string
	Statement []statement
}

func policyOf(t *testing.T, text []byte) document {
	t.Helper()
	var d document
	require.NoError(t, json.Unmarshal(text, &d))
	require.Equal(t, "2012-10-17", d.Version)
	require.NotEmpty(t, d.Statement)
	return d
}

func (d document) actions() []string {
	var out []string
	for _, s := range d.Statement {
		out = append(out, s.Action...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func iam(t *testing.T, name string) document {
	t.Helper()
	return policyOf(t, read(t, "iam/"+name+".json"))
}

// TestPolicies holds every policy to what is asked of all, and to the emulator.
func TestPolicies(t *testing.T) {
	moto := testaws.StartOwn(t)
	for _, name := range []string{"reader", "publisher", "floor", "operator", "execution"} {
		t.Run(name, func(t *testing.T) {
			d := iam(t, name)
			sids := map[string]bool{}
			for _, s := range d.Statement {
				require.Equal(t, "Allow", s.Effect)
				require.NotEmpty(t, s.Sid, "it says what it is for")
				require.False(t, sids[s.Sid])
				sids[s.Sid] = true
				for _, a := range s.Action {
					require.NotContains(t, a, "*")
				}
				if slices.Contains(s.Resource, "*") && s.Condition == nil {
					require.Subset(t, knowNoResources, s.Action, "%s could be narrowed", s.Sid)
				}
			}
			moto.CLI(t, "iam", "create-policy", "--policy-name", name, "--policy-document", string(read(t, "iam/"+name+".json")))
		})
	}
	moto.CLI(t, "iam", "create-role", "--role-name", "task", "--assume-role-policy-document", string(read(t, "iam/trust.json")))
	for _, s := range iam(t, "publisher").Statement {
		require.Equal(t, "Scaler", s.Condition["StringEquals"]["cloudwatch:namespace"])
	}
}

// knowNoResources are actions that IAM lets narrow by no resource, and those that
// Application Auto Scaling takes in the operator's name on services and alarms of any
// name.
var knowNoResources = []string{
	"cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms", "ecr:GetAuthorizationToken",
	"application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScheduledActions",
	"application-autoscaling:DescribeScalingPolicies", "application-autoscaling:DescribeScalingActivities",
	"application-autoscaling:ListTagsForResource", "ecs:UpdateService", "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms",
}

// services are the SDK's packages and their names in IAM.
var services = map[string]string{
	"sqs": "sqs", "cloudwatch": "cloudwatch", "ecs": "ecs", "applicationautoscaling": "application-autoscaling", "sts": "sts",
}

// notByScaler is allowed because AWS acts on it, in the operator's name; a target is
// tagged by registering it.
var notByScaler = []string{"application-autoscaling:TagResource", "ecs:UpdateService", "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "iam:CreateServiceLinkedRole"}

// byTrust is granted by the trust policy of a role of another account, and by a
// statement of one's own; docs/ecs-deploy.md tells.
const byTrust = "sts:AssumeRole"

// TestWhatIsCalledIsAllowedAndNothingElse compares the policies with the inputs of
// the SDK's operations that the code makes.
func TestWhatIsCalledIsAllowedAndNothingElse(t *testing.T) {
	called := calledActions(t)
	require.Contains(t, called, "sqs:GetQueueAttributes")
	var allowed []string
	for _, name := range []string{"reader", "publisher", "floor", "operator"} {
		allowed = append(allowed, iam(t, name).actions()...)
	}
	for _, action := range called {
		require.True(t, action == byTrust || slices.Contains(allowed, action), "the code calls %s, and no policy allows it", action)
	}
	for _, action := range allowed {
		ok := slices.Contains(called, action) || slices.Contains(notByScaler, action)
		require.True(t, ok, "%s is allowed, and no code calls it", action)
	}
	// A task never holds the operator's rights, and a reader publishes nothing.
	reader := iam(t, "reader").actions()
	require.Equal(t, []string{"cloudwatch:GetMetricData", "ecs:DescribeServices", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"}, reader)
	require.Equal(t, []string{"cloudwatch:PutMetricData"}, iam(t, "publisher").actions())
	for _, action := range iam(t, "floor").actions() {
		require.True(t, strings.HasPrefix(action, "application-autoscaling:"), action)
		require.NotContains(t, action, "Policy")
	}
}

// calledActions are the actions of every SDK input that non-test code writes: there
// is no call without one.
func calledActions(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, root := range []string{"../../internal", "../../cmd"} {
		require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && strings.HasPrefix(d.Name(), "test") { // helpers of tests
				return filepath.SkipDir
			}
			if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
				out = append(out, actionsOf(t, name)...)
			}
			return nil
		}))
	}
	out = append(out, byTrust) // of stscreds, which writes its input itself
	slices.Sort(out)
	return slices.Compact(out)
}

func actionsOf(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	require.NoError(t, err)
	imported := map[string]string{}
	for _, i := range file.Imports {
		at, _ := strconv.Unquote(i.Path.Value)
		if !strings.HasPrefix(at, "github.com/aws/aws-sdk-go-v2/service/") {
			continue
		}
		as := path.Base(at)
		if i.Name != nil {
			as = i.Name.Name
		}
		imported[as] = services[path.Base(at)]
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if s, ok := literal.Type.(*ast.SelectorExpr); ok {
			of, ok := s.X.(*ast.Ident)
			operation, isInput := strings.CutSuffix(s.Sel.Name, "Input")
			if service := imported[of.Name]; ok && isInput && service != "" {
				out = append(out, service+":"+operation)
			}
		}
		return true
	})
	return out
}
