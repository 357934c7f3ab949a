// Package generate writes Kubernetes objects for the documents of Scaler. It calls
// nobody: equal documents give equal text.
package generate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// Sheet is objects to apply, and what to know before.
type Sheet struct {
	Objects []Object
	// Notes are about what these objects cannot do; usually none.
	Notes []string
}

// Object is one object of Kubernetes, with a comment for people.
type Object struct {
	Comment string
	Value   any
}

// YAML writes the objects, each below its comment.
func (s Sheet) YAML() ([]byte, error) {
	var out bytes.Buffer
	for i, o := range s.Objects {
		if i > 0 {
			out.WriteString("---\n")
		}
		for line := range strings.Lines(o.Comment) {
			out.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
		}
		plain, err := o.plain()
		if err != nil {
			return nil, err
		}
		// As kubectl reads it: names such as no and 1e3 are quoted.
		text, err := yaml.Marshal(plain)
		if err != nil {
			return nil, fmt.Errorf("write an object: %w", err)
		}
		out.Write(text)
	}
	return out.Bytes(), nil
}

// JSON writes the object, or a List of several.
func (s Sheet) JSON() ([]byte, error) {
	items := make([]any, len(s.Objects))
	for i, o := range s.Objects {
		var err error
		if items[i], err = o.plain(); err != nil {
			return nil, err
		}
	}
	var whole any = map[string]any{"apiVersion": "v1", "kind": "List", "items": items}
	if len(items) == 1 {
		whole = items[0]
	}
	text, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the objects: %w", err)
	}
	return append(text, '\n'), nil
}

// plain is the object without what only the cluster says of it.
func (o Object) plain() (map[string]any, error) {
	text, err := json.Marshal(o.Value)
	if err != nil {
		return nil, fmt.Errorf("write an object: %w", err)
	}
	var out map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&out); err != nil {
		return nil, fmt.Errorf("write an object: %w", err)
	}
	delete(out, "status")
	if meta, ok := out["metadata"].(map[string]any); ok && meta["creationTimestamp"] == nil {
		delete(meta, "creationTimestamp")
	}
	return out, nil
}
