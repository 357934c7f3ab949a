package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	jsonschema "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

//nolint:paralleltest // changes the working directory
func TestSchemaIsCurrent(t *testing.T) {
	t.Chdir("../..")
	testgolden.Equal(t, "internal/config/schema.json", string(generateSchema(t)))
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("schema.json", doc))
	s, err := c.Compile("schema.json")
	require.NoError(t, err)
	return s
}

// asJSON are the documents of a YAML file as a validator wants them.
func asJSON(t *testing.T, data []byte) []any {
	t.Helper()
	var docs []any
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var v any
		if err := dec.Decode(&v); err != nil {
			break
		}
		if v == nil {
			continue
		}
		text, err := json.Marshal(v)
		require.NoError(t, err)
		back, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		docs = append(docs, back)
	}
	return docs
}

func TestExamplesLoadAndFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	names, err := filepath.Glob("../../examples/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(names), 8)
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(data), "# yaml-language-server: $schema=scaler.schema.json\n# (scaler schema > scaler.schema.json"))
			for _, need := range needs.FindAllStringSubmatch(string(data), -1) {
				require.Contains(t, header(string(data)), need[1]+need[2], "the header says what the example needs")
			}
			docs := asJSON(t, data)
			require.NotEmpty(t, docs)
			for _, doc := range docs {
				require.NoError(t, schema.Validate(doc))
			}
			loaded, err := config.Load([]config.File{{Name: name, Data: data}}, lookup)
			require.NoError(t, err)
			require.NotEmpty(t, loaded.Policies)
		})
	}
}

// needs are environment variables, and files beside the example.
var needs = regexp.MustCompile(`\$\{env:(\w+)\}|(?:tokenFile|caFile|file): ([\w.]+)`)

// header is the comment that a document begins with.
func header(text string) string {
	head, _, _ := strings.Cut(text, "apiVersion:")
	return head
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	for _, name := range []string{
		"unknown-fields", "unknown-union-member", "missing-required", "wrong-kind", "wrong-api-version", "union-none",
		"union-two", "provider-unions", "wrong-types", "percent",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile("testdata/bad/" + name + ".yaml")
			require.NoError(t, err)
			var faults int
			for _, doc := range asJSON(t, data) {
				if schema.Validate(doc) != nil {
					faults++
				}
			}
			require.NotZero(t, faults)
		})
	}
}
