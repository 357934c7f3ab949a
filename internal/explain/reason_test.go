package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestEveryReasonHasASentence(t *testing.T) {
	var reasons []policy.Reason
	for name, value := range constants(t, "../policy/reason.go") {
		require.True(t, strings.HasPrefix(name, "Reason"), name)
		reasons = append(reasons, policy.Reason(value))
	}
	require.GreaterOrEqual(t, len(reasons), 20, "the constants of reason.go were not found")
	for _, r := range signals.Reasons() {
		reasons = append(reasons, policy.Reason(r))
	}
	reasons = append(reasons, policy.Reason(signals.NotPolled), policy.Reason(signals.MassGuard))
	for _, s := range signals.States() {
		reasons = append(reasons, policy.Reason(strings.ToLower(string(s))))
	}
	seen := map[string]policy.Reason{}
	for _, r := range reasons {
		t.Run(string(r), func(t *testing.T) {
			text, ok := Reason(r)
			require.True(t, ok, "%s has no sentence", r)
			require.NotEmpty(t, text)
			if other, said := seen[text]; said {
				require.Equal(t, other, r, "the same sentence twice")
			}
			seen[text] = r
		})
	}
}

func TestReasonNobodyKnows(t *testing.T) {
	text, ok := Reason("made_up")
	require.False(t, ok)
	require.Equal(t, "made_up", text)
}

// constants reads a file's string constants.
func constants(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	found := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != len(spec.Names) {
			return true
		}
		for i, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				found[spec.Names[i].Name] = text
			}
		}
		return true
	})
	return found
}
