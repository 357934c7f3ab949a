package config

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxTokens    = 1_000_000 // of a file
	maxDocTokens = 10_000    // of a document; the parser's time is their square
	maxDepth     = 64        // of what is nested
)

// parse makes syntax trees of a file's documents; empty ones are left out. Of each
// document YAML tells one syntax error at most.
func parse(f File) (bodies []ast.Node, faults Faults) {
	tokens, err := tokenize(f)
	if err != nil {
		return nil, Faults{asFault(f, err)}
	}
	if len(tokens) > maxTokens {
		return nil, Faults{{File: f.Name, Message: fmt.Sprintf("has more than %d tokens; split it into several files", maxTokens)}}
	}
	for doc := range documents(tokens) {
		body, err := parseDocument(f, doc)
		switch {
		case err != nil:
			faults = append(faults, asFault(f, err))
		case body != nil:
			bodies = append(bodies, body)
		}
	}
	return bodies, faults
}

// guard turns a panic, which is the parser's own bug on bytes that are not ours,
// into a fault.
func guard(f File, err *error) {
	if recover() != nil {
		*err = Fault{File: f.Name, Message: "cannot be parsed as YAML"}
	}
}

func tokenize(f File) (tokens token.Tokens, err error) {
	defer guard(f, &err)
	return lexer.Tokenize(string(f.Data)), nil
}

// documents splits tokens at the separators of documents. The parser's own way
// drops what follows two separators in a row.
func documents(tokens token.Tokens) iter.Seq[token.Tokens] {
	return func(yield func(token.Tokens) bool) {
		from := 0
		for i, t := range tokens {
			if t.Type != token.DocumentHeaderType && t.Type != token.DocumentEndType {
				continue
			}
			if i > from && !yield(tokens[from:i]) {
				return
			}
			from = i + 1
		}
		if from < len(tokens) {
			yield(tokens[from:])
		}
	}
}

// parseDocument is the body of one document; nil if it is empty.
func parseDocument(f File, tokens token.Tokens) (body ast.Node, err error) {
	defer guard(f, &err)
	if fault := bounded(tokens); fault != nil {
		fault.File = f.Name
		return nil, *fault
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxFault(f, err)
	}
	if len(file.Docs) == 0 {
		return nil, nil //nolint:nilnil // an empty document is no document
	}
	body = file.Docs[0].Body
	if body == nil || body.Type() == ast.NullType || body.Type() == ast.CommentType || body.Type() == ast.CommentGroupType {
		return nil, nil //nolint:nilnil // as above
	}
	return body, nil
}

func syntaxFault(f File, err error) Fault {
	fault := Fault{File: f.Name, Message: "is not YAML"}
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) {
		return fault
	}
	msg, _, _ := strings.Cut(syntax.Message, "\n")
	fault.Message = "is not YAML: " + msg
	if strings.Contains(msg, "tab character") || strings.Contains(msg, "character '\t'") {
		fault.Message = "a tab; YAML is indented with spaces"
	}
	if p := positionOf(syntax.Token); p.line > 0 {
		fault.Line, fault.Column = p.line, p.column
		if strings.Contains(lineOf(f.Data, p.line), "${") {
			fault.Message += `; inside braces put "${env:NAME}" in quotes`
		}
	}
	return fault
}

// lineOf is a line of a text, from 1.
func lineOf(data []byte, n int) string {
	for line := range strings.Lines(string(data)) {
		if n--; n == 0 {
			return line
		}
	}
	return ""
}

// bounded refuses what would make the parser recurse deeply. It counts brackets,
// the openers that follow one another, and the columns at which lines begin.
func bounded(tokens token.Tokens) *Fault {
	if len(tokens) > maxDocTokens {
		p := positionOf(tokens[0])
		return &Fault{Line: p.line, Column: p.column, Message: fmt.Sprintf("the document has more than %d tokens", maxDocTokens)}
	}
	var brackets, run int
	for _, t := range tokens {
		p := positionOf(t)
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
			run++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
			run = 0
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType, token.MappingValueType:
			run++
		case token.DirectiveType:
			return &Fault{Line: p.line, Column: p.column, Message: "is a directive, which is not allowed; remove it"}
		default:
			run = 0
		}
		if brackets > maxDepth || run > maxDepth || indent(t) > 8*maxDepth {
			return &Fault{Line: p.line, Column: p.column, Message: fmt.Sprintf("is nested too deeply; at most %d levels are allowed", maxDepth)}
		}
	}
	return nil
}

func indent(t *token.Token) int {
	if t.Position == nil {
		return 0
	}
	return t.Position.IndentNum
}

// position is a place in a file, from 1.
type position struct{ line, column int }

func positionOf(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
}

// start is where a node begins. A block mapping's own token is its first colon.
func start(n ast.Node) position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return start(n.Values[0])
		}
	case *ast.MappingValueNode:
		return start(n.Key)
	case *ast.MappingKeyNode:
		if n.Value != nil {
			return positionOf(n.Start)
		}
	}
	return positionOf(n.GetToken())
}

// describe names the type of a node for people.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "a boolean"
	case *ast.NullNode:
		return "null"
	case *ast.StringNode, *ast.LiteralNode:
		return "a string"
	default:
		return "something else"
	}
}
