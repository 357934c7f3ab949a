package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
)

const (
	fieldManager = "test"
	waitTimeout  = time.Minute
)

// Apply applies YAML or JSON documents on the server's side, in their order, and
// takes over fields that others own. A namespaced object without a namespace goes to
// default. An unknown field is an error. A kind that was just defined is waited for.
func (c *Cluster) Apply(ctx context.Context, documents []byte) error {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(documents), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("decode a document: %w", err)
		}
		if len(object.Object) == 0 {
			continue
		}
		if err := c.applyObject(ctx, object); err != nil {
			return fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
}

func (c *Cluster) applyObject(ctx context.Context, object *unstructured.Unstructured) error {
	var resource dynamic.ResourceInterface
	err := wait(ctx, func(context.Context) (err error) {
		resource, err = c.Resource(object.GroupVersionKind(), object.GetNamespace())
		return err
	})
	if err != nil {
		return err
	}
	_, err = resource.Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	return err
}

// Resource returns the client of a kind, for objects that have no typed one. An
// empty namespace is default where the kind is namespaced.
func (c *Cluster) Resource(kind schema.GroupVersionKind, namespace string) (dynamic.ResourceInterface, error) {
	// Only one group is asked, so that another's broken APIService is no matter.
	client, err := dynamic.NewForConfig(c.config)
	if err != nil {
		return nil, err
	}
	known, err := c.client.Discovery().ServerResourcesForGroupVersion(kind.GroupVersion().String())
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", kind.GroupVersion(), err)
	}
	for _, r := range known.APIResources {
		if r.Kind != kind.Kind || strings.Contains(r.Name, "/") {
			continue
		}
		resource := client.Resource(kind.GroupVersion().WithResource(r.Name))
		if !r.Namespaced {
			return resource, nil
		}
		if namespace == "" {
			namespace = metav1.NamespaceDefault
		}
		return resource.Namespace(namespace), nil
	}
	return nil, &meta.NoKindMatchError{GroupKind: kind.GroupKind(), SearchedVersions: []string{kind.Version}}
}

// WaitCondition waits until an object has a condition with status True.
func (c *Cluster) WaitCondition(ctx context.Context, kind schema.GroupVersionKind, namespace, name, condition string) error {
	err := wait(ctx, func(ctx context.Context) error {
		return c.checkCondition(ctx, kind, namespace, name, condition)
	})
	if err != nil {
		return fmt.Errorf("wait for %s of %s %s: %w", condition, kind.Kind, name, err)
	}
	return nil
}

func (c *Cluster) checkCondition(ctx context.Context, kind schema.GroupVersionKind, namespace, name, condition string) error {
	resource, err := c.Resource(kind, namespace)
	if err != nil {
		return err
	}
	object, err := resource.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	return conditionTrue(object, condition)
}

func conditionTrue(object *unstructured.Unstructured, name string) error {
	conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
	if err != nil {
		return err
	}
	for _, c := range conditions {
		condition, ok := c.(map[string]any)
		if !ok || condition["type"] != name {
			continue
		}
		if condition["status"] == string(metav1.ConditionTrue) {
			return nil
		}
		return fmt.Errorf("it is %v: %v: %v", condition["status"], condition["reason"], condition["message"])
	}
	return errors.New("it is not set")
}

// wait polls for as long as ctx allows, but no longer than a minute.
func wait(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, waitTimeout, fmt.Errorf("not within %s", waitTimeout))
	defer cancel()
	return poll(ctx, ask)
}
