package expr

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"github.com/scaler-dev/scaler/internal/nearest"
)

// walk collects the names that an expression picks of its variable, and refuses
// every other use of it.
type walk struct {
	variable string
	allowed  []string
	picked   map[string]bool
	fault    error // the first one
}

func (w *walk) visit(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind:
		if e.AsIdent() == w.variable {
			w.refuse()
		}
	case ast.SelectKind:
		w.selected(e.AsSelect())
	case ast.CallKind:
		w.call(e.AsCall())
	case ast.ListKind:
		w.visitAll(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			w.visitAll([]ast.Expr{entry.AsMapEntry().Key(), entry.AsMapEntry().Value()})
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			w.visit(field.AsStructField().Value())
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		w.visitAll([]ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()})
	case ast.LiteralKind, ast.UnspecifiedExprKind:
	}
}

func (w *walk) visitAll(es []ast.Expr) {
	for _, e := range es {
		w.visit(e)
	}
}

func (w *walk) selected(s ast.SelectExpr) {
	switch {
	case !w.isVariable(s.Operand()):
		w.visit(s.Operand())
	case s.IsTestOnly():
		w.refuse()
	default:
		w.pick(s.FieldName())
	}
}

func (w *walk) call(c ast.CallExpr) {
	if c.FunctionName() == operators.Index && len(c.Args()) == 2 && w.isVariable(c.Args()[0]) {
		key := c.Args()[1]
		if key.Kind() == ast.LiteralKind {
			if name, ok := key.AsLiteral().Value().(string); ok {
				w.pick(name)
				return
			}
		}
		w.refuse()
		return
	}
	if c.IsMemberFunction() {
		w.visit(c.Target())
	}
	w.visitAll(c.Args())
}

func (w *walk) isVariable(e ast.Expr) bool {
	return e.Kind() == ast.IdentKind && e.AsIdent() == w.variable
}

func (w *walk) pick(name string) {
	if !slices.Contains(w.allowed, name) {
		w.fail(fmt.Errorf("%s[%q] does not exist; %s%s", w.variable, name, nearest.Hint(name, w.allowed), w.allowedText()))
		return
	}
	w.picked[name] = true
}

func (w *walk) refuse() {
	w.fail(fmt.Errorf("%[1]s may only be used as %[1]s[\"name\"] with a name in quotes; %[2]s",
		w.variable, w.allowedText()))
}

func (w *walk) fail(err error) { w.fault = cmp.Or(w.fault, err) }

// pickedNames walks the expression for the names that it picks of the variable.
func pickedNames(a *cel.Ast, variable string, allowed []string) ([]string, error) {
	w := &walk{variable: variable, allowed: allowed, picked: map[string]bool{}}
	w.visit(a.NativeRep().Expr())
	if w.fault != nil {
		return nil, w.fault
	}
	return slices.Sorted(maps.Keys(w.picked)), nil
}

func (w *walk) allowedText() string {
	if len(w.allowed) == 0 {
		return "there are none"
	}
	quoted := make([]string, 0, len(w.allowed))
	for _, n := range slices.Sorted(slices.Values(w.allowed)) {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	return "allowed are " + strings.Join(quoted, ", ")
}
