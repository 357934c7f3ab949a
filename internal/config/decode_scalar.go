package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

func (d decoder) text(path string, n ast.Node, u encoding.TextUnmarshaler, size int) {
	s, ok := d.read(path, n, size)
	if !ok {
		return
	}
	if _, secret := u.(*v1alpha1.Secret); secret && !s.isString {
		d.mismatch(path, n, "a string")
		return
	}
	if err := u.UnmarshalText([]byte(s.text)); err != nil {
		d.doc.fault(path, err.Error())
		d.doc.settled[path] = true
	}
}

func (d decoder) scalar(path string, n ast.Node, v reflect.Value, size int) {
	s, ok := d.read(path, n, size)
	if !ok {
		return
	}
	switch v.Kind() {
	case reflect.String:
		if !s.isString {
			d.mismatch(path, n, "a string")
			return
		}
		v.SetString(s.text)
	case reflect.Bool:
		b, err := strconv.ParseBool(s.text)
		if err != nil || (s.isString && !d.doc.expanded[path]) {
			d.mismatch(path, n, "true or false")
			return
		}
		v.SetBool(b)
	case reflect.Int32:
		d.integer(path, n, s, v)
	default:
		d.doc.settle(start(n), path, "is of a type that documents cannot hold")
	}
}

func (d decoder) integer(path string, n ast.Node, s scalar, v reflect.Value) {
	if s.isString && !d.doc.expanded[path] {
		d.mismatch(path, n, "a whole number")
		return
	}
	i, err := strconv.ParseInt(s.text, 10, 64)
	switch {
	case err != nil:
		d.doc.fault(path, shown(s.text)+" is not a whole number, as in 10")
	case i < math.MinInt32 || i > math.MaxInt32:
		d.doc.fault(path, shown(s.text)+" is out of range")
	default:
		v.SetInt(i)
		return
	}
	d.doc.settled[path] = true
}

type scalar struct {
	text     string
	isString bool
}

// read is the text of a scalar, with references expanded.
func (d decoder) read(path string, n ast.Node, size int) (scalar, bool) {
	s := scalar{isString: true}
	switch n := n.(type) {
	case *ast.StringNode:
		s.text = n.Value
	case *ast.LiteralNode:
		s.text = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		s = scalar{text: n.GetToken().Value}
	default:
		d.mismatch(path, n, "a single value")
		return s, false
	}
	if len(s.text) > size {
		d.doc.settle(start(n), path, fmt.Sprintf("has %d bytes; at most %d are allowed", len(s.text), size))
		return s, false
	}
	if !s.isString || !strings.Contains(s.text, "${") {
		return s, true
	}
	return d.expanded(path, n, s, size)
}

func (d decoder) expanded(path string, n ast.Node, s scalar, size int) (scalar, bool) {
	if d.lookup == nil {
		if refused(s.text) {
			d.doc.settle(start(n), path, "holds ${env:…}, which is allowed in SignalProvider and ScalerConfig only")
			return s, false
		}
		return s, true
	}
	text, used, err := expand(s.text, d.lookup)
	switch {
	case err != nil:
		d.doc.settle(start(n), path, err.Error())
	case len(text) > size:
		d.doc.settle(start(n), path, fmt.Sprintf("is too long with its environment variables; at most %d bytes are allowed", size))
	default:
		d.doc.expanded[path] = used
		return scalar{text: text, isString: true}, true
	}
	return s, false
}
