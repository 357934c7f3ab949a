package demo

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"

	"github.com/scaler-dev/scaler/internal/policy"
)

//go:embed scaler.yaml
var documentsTemplate string

// What the documents name.
const (
	namespace = "shop"
	metric    = "orders-worker"
	minimum   = 2
	maximum   = 40
)

func policyID() policy.ID { return policy.ID{Namespace: namespace, Name: metric} }

// addresses are what the documents are filled with.
type addresses struct{ Queue, Ops, ExternalMetrics string }

func documents(a addresses) ([]byte, error) {
	t, err := template.New("scaler.yaml").Parse(documentsTemplate)
	if err != nil {
		return nil, fmt.Errorf("parse the demo's documents: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, a); err != nil {
		return nil, fmt.Errorf("fill in the demo's documents: %w", err)
	}
	return b.Bytes(), nil
}
