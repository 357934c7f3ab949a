package expr

import (
	"fmt"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// Numbers is an expression that makes one number of named numbers, as in
// signals["backlog"] / 10.
type Numbers struct {
	variable string
	names    []string
	keys     []ref.Val
	program  cel.Program
}

// CompileNumbers compiles an expression over a map variable, signals or proposals,
// from names to doubles. Each use of the variable must pick one of the names by a
// string literal, so that a wrong name fails here and never at run time.
func CompileNumbers(src, variable string, names []string) (*Numbers, error) {
	env, err := newEnv(variable, cel.MapType(cel.StringType, cel.DoubleType))
	if err != nil {
		return nil, err
	}
	ast, err := compile(env, src)
	if err != nil {
		return nil, err
	}
	if !isNumber(ast.OutputType()) {
		return nil, fmt.Errorf("the expression gives a %s; it must give a number", ast.OutputType())
	}
	used, err := pickedNames(ast, variable, names)
	if err != nil {
		return nil, err
	}
	p, err := program(env, ast)
	if err != nil {
		return nil, err
	}
	n := &Numbers{variable: variable, names: used, program: p}
	for _, name := range used {
		n.keys = append(n.keys, types.String(name))
	}
	return n, nil
}

// isNumber allows dyn too: it is what math.greatest gives of an int and a double.
func isNumber(t *cel.Type) bool {
	return t.IsExactType(cel.DoubleType) || t.IsExactType(cel.IntType) || t.IsExactType(cel.DynType)
}

// Names are the names that the expression uses, sorted.
func (n *Numbers) Names() []string { return slices.Clone(n.names) }

// Eval evaluates the expression over the values of Names, in their order. The
// result may be NaN or infinite.
func (n *Numbers) Eval(values []float64) (float64, error) {
	if len(values) != len(n.names) {
		return 0, fmt.Errorf("the expression needs %d values and was given %d", len(n.names), len(values))
	}
	m := make(map[ref.Val]ref.Val, len(values))
	for i, v := range values {
		m[n.keys[i]] = types.Double(v)
	}
	out, _, err := n.program.Eval(map[string]any{
		n.variable: types.NewRefValMap(types.DefaultTypeAdapter, m),
	})
	if err != nil {
		if tooCostly(err) {
			return 0, ErrCost
		}
		return 0, fmt.Errorf("evaluate the expression: %w", err)
	}
	return number(out)
}

// number takes a numeric value for a float64.
func number(v ref.Val) (float64, error) {
	switch v := v.(type) {
	case types.Double:
		return float64(v), nil
	case types.Int:
		return float64(v), nil
	case types.Uint:
		return float64(v), nil
	default:
		return 0, fmt.Errorf("the expression gave a %s; it must give a number", typeName(v))
	}
}

func typeName(v ref.Val) string {
	if v == nil || v.Type() == nil {
		return "null"
	}
	return v.Type().TypeName()
}
