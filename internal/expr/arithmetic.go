package expr

import (
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/decls"
	"github.com/google/cel-go/common/env"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/stdlib"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
)

// newEnv is an environment with one variable, the standard library with mixed
// arithmetic, and the math extension.
func newEnv(variable string, t *cel.Type) (*cel.Env, error) {
	subset := &env.LibrarySubset{}
	for name := range arithmetic() {
		subset.ExcludeFunctions = append(subset.ExcludeFunctions, &env.Function{Name: name})
	}
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset)),
		ext.Math(),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(100),
		cel.Variable(variable, t),
	}
	for _, f := range stdlib.Functions() {
		if op, ok := arithmetic()[f.Name()]; ok {
			opts = append(opts, mixed(f.Name(), op, f.OverloadDecls()))
		}
	}
	e, err := cel.NewCustomEnv(opts...)
	if err != nil {
		return nil, fmt.Errorf("make the environment of expressions: %w", err)
	}
	return e, nil
}

type operation struct {
	id    string // as in the names of CEL's own overloads
	trait int
	apply func(l, r ref.Val) ref.Val
}

// arithmetic lists the operators that take an int and a double together.
func arithmetic() map[string]operation {
	return map[string]operation{
		operators.Add:      {"add", traits.AdderType, func(l, r ref.Val) ref.Val { return as(l, func(l traits.Adder) ref.Val { return l.Add(r) }) }},
		operators.Subtract: {"subtract", traits.SubtractorType, func(l, r ref.Val) ref.Val { return as(l, func(l traits.Subtractor) ref.Val { return l.Subtract(r) }) }},
		operators.Multiply: {"multiply", traits.MultiplierType, func(l, r ref.Val) ref.Val { return as(l, func(l traits.Multiplier) ref.Val { return l.Multiply(r) }) }},
		operators.Divide:   {"divide", traits.DividerType, func(l, r ref.Val) ref.Val { return as(l, func(l traits.Divider) ref.Val { return l.Divide(r) }) }},
	}
}

// as calls f with a value that has a trait.
func as[T any](v ref.Val, f func(T) ref.Val) ref.Val {
	t, ok := v.(T)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	return f(t)
}

// mixed declares an operator with its own overloads and those of int and double.
func mixed(name string, op operation, own []*decls.OverloadDecl) cel.EnvOption {
	opts := []cel.FunctionOpt{
		cel.Overload(op.id+"_double_int64", []*cel.Type{cel.DoubleType, cel.IntType}, cel.DoubleType),
		cel.Overload(op.id+"_int64_double", []*cel.Type{cel.IntType, cel.DoubleType}, cel.DoubleType),
		cel.SingletonBinaryBinding(func(l, r ref.Val) ref.Val { return op.apply(promote(l, r)) }, op.trait),
	}
	for _, o := range own {
		opts = append(opts, cel.Overload(o.ID(), o.ArgTypes(), o.ResultType()))
	}
	return cel.Function(name, opts...)
}

// promote makes an int a double beside a double.
func promote(l, r ref.Val) (ref.Val, ref.Val) {
	if i, ok := l.(types.Int); ok && r.Type() == types.DoubleType {
		return types.Double(i), r
	}
	if i, ok := r.(types.Int); ok && l.Type() == types.DoubleType {
		return l, types.Double(i)
	}
	return l, r
}
