package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

// document is one document of a file, with the places of its fields and its
// faults.
type document struct {
	file   string
	object object
	places map[string]position
	faults Faults

	// settled paths have a fault of decoding: nothing more is said of them, and of
	// what lies below. Misspelt ones have a field that does not exist.
	settled, misspelt map[string]bool
	// said paths have a fault, whichever.
	said map[string]bool
	// expanded paths hold a value from the environment.
	expanded map[string]bool
}

// object is a kind of document.
type object interface {
	Default()
	Validate() []v1alpha1.Fault
}

var quotedRE = regexp.MustCompile(`^"(?:[^"\\]|\\.)*"…?`)

// fault adds what is wrong at a path, unless that path has a fault already. The
// place is that of the nearest part of the path that is in the file.
func (d *document) fault(path, message string) {
	place, parent := d.place(path), path
	for parent != "" {
		if d.settled[parent] {
			return
		}
		parent = above(parent)
	}
	if d.expanded[path] {
		message = quotedRE.ReplaceAllString(message, "the value from the environment")
	}
	d.add(place, path, message)
}

// check adds what only compilers and other documents show, unless the path has
// any fault already.
func (d *document) check(path, message string) {
	if !d.said[path] {
		d.fault(path, message)
	}
}

// faulty says whether what is at a path has a fault, or is missing perhaps only
// because its name is misspelt, so that nothing can be said of what rests on it.
func (d *document) faulty(path string) bool {
	if d.said[path] {
		return true
	}
	for p := path; p != ""; p = above(p) {
		if d.settled[p] {
			return true
		}
	}
	_, given := d.places[path]
	return !given && d.misspelt[above(path)]
}

// invalid adds a fault of validation, unless it rests on what has a fault already.
// A union is not said to be empty if a member of it could not be decoded.
func (d *document) invalid(f v1alpha1.Fault) {
	if slices.ContainsFunc(f.RestsOn, d.faulty) {
		return
	}
	for _, m := range f.NoneOf {
		if d.misspelt[f.Path] || d.settled[v1alpha1.Field(f.Path, m)] {
			return
		}
	}
	d.fault(f.Path, f.Message)
}

// settle adds a fault that decoding found, after which nothing more is said of
// the path.
func (d *document) settle(at position, path, message string) {
	if !d.settled[path] {
		d.add(at, path, message)
	}
	d.settled[path] = true
}

func (d *document) add(at position, path, message string) {
	d.said[path] = true
	d.faults = append(d.faults, Fault{File: d.file, Line: at.line, Column: at.column, Path: path, Message: message})
}

func (d *document) place(path string) position {
	for {
		if p, ok := d.places[path]; ok || path == "" {
			return p
		}
		path = above(path)
	}
}

// above is the path without its last part. Of a key that holds dots or brackets
// it first gives pieces, which no document has.
func above(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

// newDocument decodes, defaults and validates one document.
func newDocument(file string, body ast.Node, lookup func(string) (string, bool)) *document {
	d := &document{
		file:   file,
		places: map[string]position{"": start(body)}, settled: map[string]bool{},
		misspelt: map[string]bool{}, said: map[string]bool{}, expanded: map[string]bool{},
	}
	object := d.kindOf(body)
	if object == nil {
		return d
	}
	if _, ok := object.(*v1alpha1.ScalingPolicy); ok {
		lookup = nil
	}
	decode(d, body, object, lookup)
	d.object = object
	object.Default()
	for _, f := range object.Validate() {
		d.invalid(f)
	}
	return d
}

// kindOf makes an empty object of the kind that the document says it is.
func (d *document) kindOf(body ast.Node) object {
	m, ok := body.(ast.MapNode)
	if !ok {
		d.add(start(body), "", "the document is "+describe(body)+"; a mapping of apiVersion, kind, metadata and spec is expected")
		return nil
	}
	const allowed = "allowed are SignalProvider, ScalingPolicy, ScalerConfig, Replay"
	for it := m.MapRange(); it.Next(); {
		if keyText(it.Key()) != "kind" {
			continue
		}
		kind, ok := it.Value().(*ast.StringNode)
		if !ok {
			break
		}
		switch kind.Value {
		case v1alpha1.KindSignalProvider:
			return &v1alpha1.SignalProvider{}
		case v1alpha1.KindScalingPolicy:
			return &v1alpha1.ScalingPolicy{}
		case v1alpha1.KindScalerConfig:
			return &v1alpha1.ScalerConfig{}
		case v1alpha1.KindReplay:
			return &v1alpha1.Replay{}
		}
		d.add(start(kind), "kind", shown(kind.Value)+" is not a kind of document; "+allowed)
		return nil
	}
	d.add(start(body), "kind", "is required; "+allowed)
	return nil
}
