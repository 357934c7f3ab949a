// Package terraform_test checks the Terraform of deploy/ecs and of the documentation
// with HashiCorp's own parser. Terraform itself is not needed, and does not run.
package terraform_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/stretchr/testify/require"
)

const (
	folder = "../../../deploy/ecs/terraform"
	docs   = "../../../docs"
)

// bodies are the module's files.
func bodies(t *testing.T) map[string]*hclsyntax.Body {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	out := map[string]*hclsyntax.Body{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		out[filepath.Base(name)] = parsed(t, filepath.Base(name), text)
	}
	return out
}

// parsed parses what must be formatted already.
func parsed(t *testing.T, name string, text []byte) *hclsyntax.Body {
	t.Helper()
	file, diagnostics := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	require.False(t, diagnostics.HasErrors(), diagnostics.Error())
	require.Equal(t, string(hclwrite.Format(text)), string(text), "%s: terraform fmt would change it", name)
	return file.Body.(*hclsyntax.Body)
}

// TestNamesLead: what is referred to is there, and every variable is of use.
func TestNamesLead(t *testing.T) {
	declared, used := map[string]bool{}, map[string]bool{}
	for _, body := range bodies(t) {
		for _, b := range body.Blocks {
			switch b.Type {
			case "variable":
				declared["var."+b.Labels[0]] = true
				require.Contains(t, b.Body.Attributes, "description", b.Labels[0])
				require.Contains(t, b.Body.Attributes, "type", b.Labels[0])
			case "resource":
				declared[strings.Join(b.Labels, ".")] = true
			case "data":
				declared["data."+strings.Join(b.Labels, ".")] = true
			case "locals":
				for name := range b.Body.Attributes {
					declared["local."+name] = true
				}
			}
		}
		_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
			if e, ok := n.(*hclsyntax.ScopeTraversalExpr); ok {
				used[target(e.Traversal)] = true
			}
			return nil
		})
	}
	for name := range used {
		if strings.Contains(name, ".") { // others are types
			require.True(t, declared[name], "%s is not declared", name)
		}
	}
	for name := range declared {
		if strings.HasPrefix(name, "var.") || strings.HasPrefix(name, "local.") {
			require.True(t, used[name], "%s is not used", name)
		}
	}
}

// target is what a reference names: var.name, or aws_iam_role.task.
func target(t hcl.Traversal) string {
	parts := []string{t.RootName()}
	n := 2
	if parts[0] == "data" {
		n = 3
	}
	for _, step := range t[1:] {
		if a, ok := step.(hcl.TraverseAttr); ok && len(parts) < n {
			parts = append(parts, a.Name)
		}
	}
	return strings.Join(parts, ".")
}

// action is an action of IAM.
var action = regexp.MustCompile(`^[a-z0-9-]+:[A-Z][A-Za-z]+$`)

// TestRightsAreThoseOfTheJSON: each policy allows what its JSON beside it does.
func TestRightsAreThoseOfTheJSON(t *testing.T) {
	got := map[string]map[string]bool{}
	collect := func(name string, in hclsyntax.Node) {
		if got[name] == nil {
			got[name] = map[string]bool{}
		}
		_ = hclsyntax.VisitAll(in, func(n hclsyntax.Node) hcl.Diagnostics {
			if l, ok := n.(*hclsyntax.LiteralValueExpr); ok && l.Val.Type().FriendlyName() == "string" {
				if s := l.Val.AsString(); action.MatchString(s) {
					got[name][s] = true
				}
			}
			return nil
		})
	}
	for _, body := range bodies(t) {
		for _, b := range body.Blocks {
			if b.Type == "resource" && b.Labels[0] == "aws_iam_role_policy" {
				collect(b.Labels[1], b.Body)
			}
			if b.Type == "locals" && b.Body.Attributes["queue_statements"] != nil {
				collect("reader", b.Body.Attributes["queue_statements"])
			}
		}
	}
	require.Len(t, got, 4)
	for name, actions := range got {
		want := allowed(t, name)
		// The documents are in the task definition here, and not in a parameter.
		want = slices.DeleteFunc(want, func(a string) bool { return a == "ssm:GetParameters" })
		delete(actions, "aws:SourceAccount")
		require.Equal(t, want, slices.Sorted(maps.Keys(actions)), name)
	}
}

func allowed(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "..", "iam", name+".json"))
	require.NoError(t, err)
	var d struct{ Statement []struct{ Action any } }
	require.NoError(t, json.Unmarshal(text, &d))
	var out []string
	for _, s := range d.Statement {
		switch a := s.Action.(type) {
		case string:
			out = append(out, a)
		case []any:
			for _, one := range a {
				out = append(out, one.(string))
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestServiceIsSingle: no deployment ever runs two tasks.
func TestServiceIsSingle(t *testing.T) {
	for _, b := range bodies(t)["main.tf"].Blocks {
		if b.Type != "resource" || b.Labels[0] != "aws_ecs_service" {
			continue
		}
		for name, want := range map[string]int64{"desired_count": 1, "deployment_minimum_healthy_percent": 0, "deployment_maximum_percent": 100} {
			v, diagnostics := b.Body.Attributes[name].Expr.Value(nil)
			require.False(t, diagnostics.HasErrors())
			n, _ := v.AsBigFloat().Int64()
			require.Equal(t, want, n, name)
		}
		return
	}
	require.Fail(t, "there is no service")
}

// fence is a block of HCL.
var fence = regexp.MustCompile("(?s)```hcl\n(.*?)```")

func TestBlocksOfTheDocumentation(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(docs, "*.md"))
	require.NoError(t, err)
	blocks := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
			blocks++
			parsed(t, filepath.Base(page), []byte(block[1]))
		}
	}
	require.Positive(t, blocks)
}
