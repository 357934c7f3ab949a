package render

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
)

// cluster is what lookup finds.
type cluster []*unstructured.Unstructured

// GetClientFor gives a client of the objects there are of a kind.
func (c cluster) GetClientFor(apiVersion, kind string) (dynamic.NamespaceableResourceInterface, bool, error) {
	group, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil, false, fmt.Errorf("look %s up: %w", kind, err)
	}
	resource, _ := meta.UnsafeGuessKindToResource(group.WithKind(kind))
	objects := make([]runtime.Object, 0, len(c))
	for _, o := range c {
		objects = append(objects, o.DeepCopy())
	}
	lists := map[schema.GroupVersionResource]string{resource: kind + "List"}
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists, objects...)
	return client.Resource(resource), kind != "APIService", nil
}
