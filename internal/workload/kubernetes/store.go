package kubernetes

import (
	"fmt"

	"k8s.io/client-go/tools/cache"
)

// store takes what a watch brings: numbers are kept, objects are not.
type store struct{ kind *kind }

var (
	_ cache.ReflectorStore         = store{}
	_ cache.ReflectorBookmarkStore = store{}
)

// Replace takes a whole list.
func (s store) Replace(objects []any, _ string) error {
	counts := make(map[string]count, len(objects))
	for _, o := range objects {
		key, c, err := entry(o)
		if err != nil {
			return err
		}
		counts[key] = c
	}
	s.kind.change(nil, func() { s.kind.counts = counts })
	return nil
}

// Add takes a new object.
func (s store) Add(object any) error {
	key, c, err := entry(object)
	if err != nil {
		return err
	}
	s.kind.change(nil, func() { s.kind.counts[key] = c })
	return nil
}

// Update takes a changed object.
func (s store) Update(object any) error { return s.Add(object) }

// Delete drops an object.
func (s store) Delete(object any) error {
	key, _, err := entry(object)
	if err != nil {
		return err
	}
	s.kind.change(nil, func() { delete(s.kind.counts, key) })
	return nil
}

// Bookmark says that nothing has changed.
func (s store) Bookmark(string) error {
	s.kind.alive()
	return nil
}

// Resync has nothing to do.
func (s store) Resync() error { return nil }

func entry(object any) (string, count, error) {
	key, err := cache.MetaNamespaceKeyFunc(object)
	if err != nil {
		return "", count{}, fmt.Errorf("read a watched object: %w", err)
	}
	c, ok := countOf(object)
	if !ok {
		return "", count{}, fmt.Errorf("read a watched object: it is of type %T", object)
	}
	return key, c, nil
}
