package config

import (
	_ "embed" // for the schema
	"slices"
)

//go:generate go test -run TestSchemaIsCurrent -update .

//go:embed schema.json
var schemaJSON []byte

// Schema is the JSON Schema (2020-12) of the documents, for editors. It knows
// their shape; Load knows all their rules.
func Schema() []byte { return slices.Clone(schemaJSON) }
