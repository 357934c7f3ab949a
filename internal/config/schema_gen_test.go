package config_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/require"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

const (
	apiPackage = "github.com/scaler-dev/scaler/api/v1alpha1"
	apiFolder  = "api/v1alpha1"
)

// kinds are the documents, in the order in which the schema lists them.
func kinds() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[v1alpha1.SignalProvider](),
		reflect.TypeFor[v1alpha1.ScalingPolicy](),
		reflect.TypeFor[v1alpha1.ScalerConfig](),
		reflect.TypeFor[v1alpha1.Replay](),
	}
}

// generateSchema makes the schema of the Go types, their comments and their
// constants. It runs in the module's root.
func generateSchema(t *testing.T) []byte {
	t.Helper()
	enums := constants(t)
	r := &jsonschema.Reflector{Anonymous: true, Mapper: func(typ reflect.Type) *jsonschema.Schema { return mapped(typ, enums) }}
	require.NoError(t, r.AddGoComments("github.com/scaler-dev/scaler", "./"+apiFolder, jsonschema.WithFullComment()))
	for name, text := range r.CommentMap {
		r.CommentMap[name] = strings.Join(strings.Fields(text), " ")
	}
	root := &jsonschema.Schema{
		Version: jsonschema.Version, Title: "Scaler documents",
		Definitions: jsonschema.Definitions{},
	}
	for _, kind := range kinds() {
		s := r.ReflectFromType(kind)
		maps.Copy(root.Definitions, s.Definitions)
		def := root.Definitions[kind.Name()]
		constant(t, def, "kind", kind.Name())
		constant(t, def, "apiVersion", v1alpha1.GroupVersion)
		root.OneOf = append(root.OneOf, &jsonschema.Schema{Ref: "#/$defs/" + kind.Name()})
		unions(root.Definitions, kind, map[reflect.Type]bool{})
	}
	decidesOrRelays(root.Definitions["ScalingPolicySpec"])
	out, err := json.MarshalIndent(root, "", "  ")
	require.NoError(t, err)
	return append(out, '\n')
}

// decidesOrRelays makes a policy have replicas and demand, or neither and say what it
// publishes.
func decidesOrRelays(spec *jsonschema.Schema) {
	either := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Required: []string{"replicas"}}, {Required: []string{"demand"}}}}
	spec.AnyOf = []*jsonschema.Schema{{Required: []string{"replicas", "demand"}}, {Required: []string{"publish"}, Not: either}}
}

func constant(t *testing.T, def *jsonschema.Schema, name, value string) {
	t.Helper()
	p, ok := def.Properties.Get(name)
	require.True(t, ok, name)
	p.Const = value
}

const durationPattern = `([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+`

// mapped is the schema of a type that is written as a scalar.
func mapped(typ reflect.Type, enums map[string][]any) *jsonschema.Schema {
	switch typ {
	case reflect.TypeFor[v1alpha1.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: "^" + durationPattern + "$"}
	case reflect.TypeFor[v1alpha1.Number]():
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "number"},
			{Type: "string", Pattern: `^(` + durationPattern + `|-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|\$\{env:.+\})$`},
		}}
	case reflect.TypeFor[v1alpha1.Percent]():
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+(\.[0-9]+)?%$`}
	case reflect.TypeFor[v1alpha1.Secret]():
		one := uint64(1)
		return &jsonschema.Schema{Type: "string", MinLength: &one}
	}
	if typ.PkgPath() == apiPackage && typ.Kind() == reflect.String {
		return &jsonschema.Schema{Type: "string", Enum: enums[typ.Name()]}
	}
	return nil
}

// unions makes exactly one member required wherever a field says `union:"one of …"`.
func unions(defs jsonschema.Definitions, typ reflect.Type, seen map[reflect.Type]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	for f := range typ.Fields() {
		if members, ok := strings.CutPrefix(f.Tag.Get("union"), "one of "); ok {
			holder := typ.Name()
			if !f.Anonymous {
				holder = elem(f.Type).Name()
			}
			defs[holder].OneOf = nil
			for m := range strings.SplitSeq(members, ", ") {
				defs[holder].OneOf = append(defs[holder].OneOf, &jsonschema.Schema{Required: []string{m}})
			}
		}
		unions(defs, f.Type, seen)
	}
}

func elem(typ reflect.Type) reflect.Type {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	return typ
}

// constants are the values of the API's string constants, by type.
func constants(t *testing.T) map[string][]any {
	t.Helper()
	out := map[string][]any{}
	files, err := filepath.Glob(apiFolder + "/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files, fs.ErrNotExist)
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			typ, named := spec.Type.(*ast.Ident)
			lit, literal := spec.Values[0].(*ast.BasicLit)
			if named && literal && lit.Kind == token.STRING {
				v, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				out[typ.Name] = append(out[typ.Name], v)
			}
			return true
		})
	}
	return out
}
