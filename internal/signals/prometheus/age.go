package prometheus

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// ageQueryOf makes the query for the oldest instant that a query stands on: the
// least timestamp() over its selectors, and nothing where any of them selects
// nothing. It is empty for a query without selectors.
//
// A selector keeps its offset and @, and takes those of the subqueries around it,
// as the data that it reads are as old as they say. That a selector must answer
// holds for every one of them, in or, unless and absent() too.
func ageQueryOf(query string) (string, error) {
	expr, err := parse(query)
	if err != nil {
		return "", err
	}
	selectors, err := selectorsOf(expr)
	if err != nil {
		return "", err
	}
	return oldest(selectors), nil
}

// parse reads PromQL with all that servers may have switched on.
func parse(query string) (parser.Expr, error) {
	p := parser.NewParser(parser.Options{EnableExperimentalFunctions: true, EnableBinopFillModifiers: true})
	expr, err := p.ParseExpr(query)
	if err != nil {
		return nil, fmt.Errorf("parse PromQL: %w", err)
	}
	switch expr.Type() {
	case parser.ValueTypeVector, parser.ValueTypeScalar:
		return expr, nil
	case parser.ValueTypeMatrix, parser.ValueTypeString, parser.ValueTypeNone:
	}
	return nil, fmt.Errorf("gives a %s; one number is needed, as in sum(...) or sum(rate(...))", parser.DocumentedType(expr.Type()))
}

// selectorsOf lists the distinct selectors of an expression, in order.
func selectorsOf(expr parser.Expr) ([]string, error) {
	var selectors []string
	var failed error
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok || selector.BypassEmptyMatcherCheck { // the labels that info() adds are no data
			return nil
		}
		s, err := placed(*selector, path)
		if err != nil {
			failed = err
			return err
		}
		if !slices.Contains(selectors, s) {
			selectors = append(selectors, s)
		}
		return nil
	})
	return selectors, failed
}

// placed is a selector as if it stood outside of the subqueries around it.
func placed(s parser.VectorSelector, path []parser.Node) (string, error) {
	s.Anchored, s.Smoothed = false, false
	for _, node := range slices.Backward(path) {
		sub, ok := node.(*parser.SubqueryExpr)
		if !ok {
			continue
		}
		if s.Timestamp != nil || s.StartOrEnd != 0 {
			break // an @ is absolute
		}
		if sub.OriginalOffsetExpr != nil || (s.OriginalOffsetExpr != nil && sub.OriginalOffset != 0) {
			return "", errors.New("the offset of a subquery is an expression: give an ageQuery")
		}
		s.OriginalOffset += sub.OriginalOffset
		s.Timestamp, s.StartOrEnd = sub.Timestamp, sub.StartOrEnd
	}
	return s.String(), nil
}

// oldest is min(timestamp(selector)), and for several the least of them, filtered
// by the presence of each.
func oldest(selectors []string) string {
	switch len(selectors) {
	case 0:
		return ""
	case 1:
		return leastTimestamp(selectors[0])
	}
	var union, all strings.Builder
	for i, s := range selectors {
		if i > 0 {
			union.WriteString(" or ")
		}
		// A label keeps "or" from taking one for another.
		union.WriteString(`label_replace(` + leastTimestamp(s) + `, "selector", "` + strconv.Itoa(i) + `", "", "")`)
		all.WriteString(" and " + leastTimestamp(s))
	}
	return "min(" + union.String() + ")" + all.String()
}

func leastTimestamp(selector string) string { return "min(timestamp(" + selector + "))" }
