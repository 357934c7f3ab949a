// Package expr compiles the CEL expressions of documents: numbers over named
// signals or proposals, and what is picked from a decoded JSON body.
//
// The language is CEL's standard library and its math extension, with one
// addition: an int and a double may be added, subtracted, multiplied and divided,
// and give a double. Every compiled expression may be used by many goroutines at
// once; its evaluation is bounded by a cost, not by a clock.
package expr

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
)

const (
	maxSource = 4096   // bytes of an expression
	maxCost   = 50_000 // CEL's units of cost of one evaluation
)

// ErrCost says that an evaluation was ended because it costs too much.
var ErrCost = errors.New("the expression costs too much to evaluate")

// compile parses and checks source; its errors are one line.
func compile(env *cel.Env, src string) (*cel.Ast, error) {
	if strings.TrimSpace(src) == "" {
		return nil, errors.New("the expression is empty")
	}
	if len(src) > maxSource {
		return nil, fmt.Errorf("the expression has %d bytes; at most %d are allowed", len(src), maxSource)
	}
	ast, issues := env.Compile(src)
	if issues.Err() != nil {
		return nil, oneLine(issues)
	}
	return ast, nil
}

// oneLine names the first fault and its place.
func oneLine(issues *cel.Issues) error {
	all := issues.Errors()
	if len(all) == 0 {
		return issues.Err()
	}
	first := all[0]
	msg, _, _ := strings.Cut(first.Message, "\n")
	place := fmt.Sprintf("column %d", first.Location.Column()+1)
	if line := first.Location.Line(); line > 1 {
		place = fmt.Sprintf("line %d, %s", line, place)
	}
	return fmt.Errorf("%s: %s", place, hint(msg))
}

// hint adds what to write instead, where CEL's own message does not tell.
func hint(msg string) string {
	msg = strings.TrimSuffix(msg, " (in container '')")
	for prefix, advice := range map[string]string{
		"undeclared reference to 'ceil'":  "math.ceil",
		"undeclared reference to 'floor'": "math.floor",
		"undeclared reference to 'round'": "math.round",
		"undeclared reference to 'abs'":   "math.abs",
		"undeclared reference to 'max'":   "math.greatest",
		"undeclared reference to 'min'":   "math.least",
	} {
		if strings.HasPrefix(msg, prefix) {
			return msg + "; write " + advice
		}
	}
	return msg
}

func program(env *cel.Env, ast *cel.Ast) (cel.Program, error) {
	p, err := env.Program(ast, cel.CostLimit(maxCost))
	if err != nil {
		return nil, fmt.Errorf("plan the expression: %w", err)
	}
	return p, nil
}

func tooCostly(err error) bool {
	return strings.Contains(err.Error(), "cost limit exceeded")
}
