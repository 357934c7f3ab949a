package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

const maxString = 4096

// decoder walks a syntax tree and a Go value side by side, and tells every fault.
type decoder struct {
	doc *document
	// lookup finds environment variables; nil: references are refused.
	lookup func(string) (string, bool)
}

func decode(doc *document, body ast.Node, into any, lookup func(string) (string, bool)) {
	d := decoder{doc: doc, lookup: lookup}
	d.value("", body, reflect.ValueOf(into).Elem(), maxString)
}

// value decodes a node. Size is the longest string allowed.
func (d decoder) value(path string, n ast.Node, v reflect.Value, size int) {
	if !d.plain(path, n) {
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		d.text(path, n, u, size)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(path, n, v)
	case reflect.Map:
		d.mapping(path, n, v)
	case reflect.Slice:
		d.list(path, n, v, size)
	default:
		d.scalar(path, n, v, size)
	}
}

// plain refuses what documents do not use of YAML.
func (d decoder) plain(path string, n ast.Node) bool {
	what := ""
	switch n.(type) {
	case *ast.AnchorNode:
		what = "an anchor, which is not allowed; write the value out"
	case *ast.AliasNode:
		what = "an alias, which is not allowed; write the value out"
	case *ast.TagNode:
		what = "tagged, which is not allowed; remove the tag"
	case *ast.NullNode:
		d.doc.settle(start(n), path, "has no value; give one, write {} or [] for an empty one, or remove it")
		return false
	default:
		return true
	}
	d.doc.settle(start(n), path, "is "+what)
	return false
}

func (d decoder) mismatch(path string, n ast.Node, want string) {
	advice := ""
	if want == "a string" && strings.Contains("a number a boolean", describe(n)) {
		advice = "; put it in quotes"
	}
	d.doc.settle(start(n), path, fmt.Sprintf("is %s; %s is expected%s", describe(n), want, advice))
}

// entries are the fields of a mapping, each key once. It tells of duplicates.
func (d decoder) entries(path string, n ast.Node) ([]*ast.MappingValueNode, bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		d.mismatch(path, n, "a mapping")
		return nil, false
	}
	var list []*ast.MappingValueNode
	seen := map[string]int{}
	for it := m.MapRange(); it.Next(); {
		key := keyText(it.Key())
		at := start(it.Key())
		switch first, again := seen[key]; {
		case it.Key().IsMergeKey():
			d.doc.add(at, path, "<< is not allowed; write the fields out")
		case !simpleKey(it.Key()):
			d.doc.add(at, path, "a key is not a plain string")
		case again:
			d.doc.add(at, v1alpha1.Field(path, key), fmt.Sprintf("is given twice; the first is in line %d", first))
		default:
			seen[key] = at.line
			list = append(list, it.KeyValue())
		}
	}
	return list, true
}

func simpleKey(n ast.Node) bool {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode, *ast.NullNode:
		return true
	default:
		return false
	}
}

func keyText(n ast.Node) string {
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value
	}
	if t := n.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

func (d decoder) structure(path string, n ast.Node, v reflect.Value) {
	entries, ok := d.entries(path, n)
	if !ok {
		return
	}
	fields := fieldsOf(v.Type(), nil)
	given, meant := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		name := keyText(e.Key)
		f, ok := fields[name]
		if !ok {
			d.doc.misspelt[path] = true
			text, guess := suggest(name, fields)
			meant[guess] = true
			d.doc.settle(start(e.Key), v1alpha1.Field(path, name), "is not a field"+text)
			continue
		}
		given[name] = true
		d.element(v1alpha1.Field(path, name), e, v.FieldByIndex(f.index), f.size)
	}
	for name, f := range fields {
		switch {
		case !f.required || given[name]:
		case meant[name]:
			d.doc.settled[v1alpha1.Field(path, name)] = true // it was told of its misspelling
		default:
			d.doc.settle(d.doc.place(path), v1alpha1.Field(path, name), "is required")
		}
	}
}

// element decodes the value of a key. Faults of a scalar point at the value, those
// of a list or mapping at the key.
func (d decoder) element(path string, e *ast.MappingValueNode, v reflect.Value, size int) {
	at := start(e.Value)
	switch e.Value.(type) {
	case ast.MapNode, *ast.SequenceNode, *ast.NullNode:
		at = start(e.Key)
	}
	d.doc.places[path] = at
	d.value(path, e.Value, v, size)
}

func (d decoder) mapping(path string, n ast.Node, v reflect.Value) {
	entries, ok := d.entries(path, n)
	if !ok {
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(entries)))
	for _, e := range entries {
		key := keyText(e.Key)
		elem := reflect.New(v.Type().Elem()).Elem()
		d.element(v1alpha1.Key(path, key), e, elem, maxString)
		v.SetMapIndex(reflect.ValueOf(key), elem)
	}
}

func (d decoder) list(path string, n ast.Node, v reflect.Value, size int) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.mismatch(path, n, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, item := range seq.Values {
		p := v1alpha1.Index(path, i)
		d.doc.places[p] = start(item)
		d.value(p, item, v.Index(i), size)
	}
}
