// Package deploy_test checks what deploy/ecs offers to copy: against schemas, against
// the emulator, and against the calls that the code makes.
package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/testaws"
)

const folder = "../../deploy/ecs"

func TestMain(m *testing.M) {
	testaws.SetEnv()
	os.Exit(m.Run())
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(t, err)
	return b
}

// container is what is asked of Scaler's own container, wherever it is defined.
type container struct {
	Name      string
	Image     string
	Command   []string
	User      string
	StopAfter int `json:"stopTimeout"`

	ReadonlyRootFilesystem bool
	LinuxParameters        struct{ Capabilities struct{ Drop []string } }
	HealthCheck            struct{ Command []string }
	LogConfiguration       struct{ Options map[string]string }
	Environment            []struct{ Name, Value string }
	Secrets                []struct{ Name string }
}

// requireHardened holds a container to what the documentation promises.
func requireHardened(t *testing.T, all []container) {
	t.Helper()
	for _, c := range all {
		if c.Name != "scaler" {
			continue
		}
		require.Equal(t, []string{"run", "-f", "env:SCALER_DOCUMENTS"}, c.Command)
		require.Equal(t, "65532:65532", c.User, "as the image's own user, by number")
		require.True(t, c.ReadonlyRootFilesystem)
		require.Equal(t, []string{"ALL"}, c.LinuxParameters.Capabilities.Drop)
		require.Equal(t, []string{"CMD", "scaler", "healthcheck"}, c.HealthCheck.Command[:3])
		require.GreaterOrEqual(t, c.StopAfter, 20, "the process takes up to ten seconds, and its last requests")
		require.NotContains(t, c.Image, ":latest")
		require.Regexp(t, `[:@][^/]+$`, c.Image, "a version")
		require.Equal(t, "non-blocking", c.LogConfiguration.Options["mode"], "a log that hangs must not stop the loop")
		var given []string
		for _, e := range c.Environment {
			given = append(given, e.Name)
		}
		for _, s := range c.Secrets {
			given = append(given, s.Name)
		}
		require.ElementsMatch(t, []string{"AWS_REGION", "GOMEMLIMIT", "SCALER_DOCUMENTS"}, given)
		return
	}
	require.Fail(t, "no container is Scaler's")
}

func TestTaskDefinitions(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/task-definition.schema.json")
	require.NoError(t, err)
	moto := testaws.StartOwn(t)
	for _, name := range []string{"task-definition.json", "task-definition-sidecar.json"} {
		t.Run(name, func(t *testing.T) {
			text := read(t, name)
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
			require.NoError(t, err)
			require.NoError(t, schema.Validate(value))
			var d struct{ ContainerDefinitions []container }
			require.NoError(t, json.Unmarshal(text, &d))
			requireHardened(t, d.ContainerDefinitions)
			// The command line refuses fields that the API does not have.
			out := moto.CLI(t, "ecs", "register-task-definition", "--cli-input-json", string(text))
			require.Contains(t, out, `"status": "ACTIVE"`)
		})
	}
}

func TestSidecarDoesNotTakeTheApplicationDown(t *testing.T) {
	var d struct {
		ContainerDefinitions []struct {
			Name      string
			Essential bool
			Memory    int
		}
	}
	require.NoError(t, json.Unmarshal(read(t, "task-definition-sidecar.json"), &d))
	require.Equal(t, "app", d.ContainerDefinitions[0].Name)
	require.True(t, d.ContainerDefinitions[0].Essential)
	require.False(t, d.ContainerDefinitions[1].Essential)
	require.LessOrEqual(t, d.ContainerDefinitions[1].Memory, 64)
}

func TestDocuments(t *testing.T) {
	lookup := func(name string) (string, bool) { return "eu-west-1", name == "AWS_REGION" }
	docs, err := config.Load([]config.File{{Name: "scaler.yaml", Data: read(t, "scaler.yaml")}}, lookup)
	require.NoError(t, err)
	require.Len(t, docs.Policies, 1)
	require.Less(t, len(read(t, "scaler.yaml")), 4096, "it fits a parameter of a stack, and of SSM")
}
