// Package render renders the chart as Helm does, with Helm's own library, for tests:
// those of the chart, and those that apply it to a cluster.
package render

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	chartcommon "helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Options are a release. Empty ones are those of a release scaler in a namespace
// scaler on a new cluster.
type Options struct {
	Release, Namespace string
	// KubeVersion is the cluster's, as in v1.37.2.
	KubeVersion string
	// Values come on top of the chart's.
	Values map[string]any
	// Cluster holds the objects that lookup finds.
	Cluster []*unstructured.Unstructured
}

// Object is one of those that were rendered.
type Object struct {
	// Template is the file that it came from.
	Template string
	// YAML as it would be applied.
	YAML []byte
	unstructured.Unstructured
}

// Hook tells whether Helm treats it as a hook.
func (o Object) Hook() bool { return o.GetAnnotations()["helm.sh/hook"] != "" }

// Release is a rendered chart.
type Release struct {
	Objects []Object
	Notes   string
}

// Chart renders the chart in a directory.
func Chart(dir string, o Options) (Release, error) {
	c, err := loader.LoadDir(dir)
	if err != nil {
		return Release{}, fmt.Errorf("load the chart: %w", err)
	}
	values, err := o.values(c)
	if err != nil {
		return Release{}, fmt.Errorf("check the values: %w", err)
	}
	files, err := engine.RenderWithClientProvider(c, values, cluster(o.Cluster))
	if err != nil {
		return Release{}, fmt.Errorf("render the chart: %w", err)
	}
	return collect(files)
}

func (o Options) values(c *chart.Chart) (chartcommon.Values, error) {
	caps := chartcommon.DefaultCapabilities.Copy()
	version, err := chartcommon.ParseKubeVersion(or(o.KubeVersion, "v1.37.2"))
	if err != nil {
		return nil, err
	}
	caps.KubeVersion = *version
	return chartutil.ToRenderValues(c, o.Values, chartcommon.ReleaseOptions{
		Name: or(o.Release, "scaler"), Namespace: or(o.Namespace, "scaler"), Revision: 1, IsInstall: true,
	}, caps)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// collect takes what was rendered apart, in the order of the templates' names.
func collect(files map[string]string) (Release, error) {
	var r Release
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := files[name]
		switch base := filepath.Base(name); {
		case base == "NOTES.txt":
			r.Notes = text
			continue
		case strings.HasPrefix(base, "_"):
			continue
		}
		objects, err := Objects(name, text)
		if err != nil {
			return Release{}, err
		}
		r.Objects = append(r.Objects, objects...)
	}
	return r, nil
}

// Objects reads a text of several, and says where they came from.
func Objects(from, text string) ([]Object, error) {
	var all []Object
	for doc := range strings.SplitSeq("\n"+text, "\n---") {
		object, err := read(from, doc)
		if err != nil {
			return nil, err
		}
		if object != nil {
			all = append(all, *object)
		}
	}
	return all, nil
}

// read reads one document; nil if it holds comments only.
func read(name, doc string) (*Object, error) {
	o := &Object{Template: name, YAML: []byte(strings.TrimSpace(doc) + "\n")}
	if err := yaml.UnmarshalStrict(o.YAML, &o.Object); err != nil {
		return nil, fmt.Errorf("read what %s rendered: %w\n%s", name, err, doc)
	}
	if len(o.Object) == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	return o, nil
}

// Values reads a file of values.
func Values(file string) (map[string]any, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read values: %w", err)
	}
	values := map[string]any{}
	if err := yaml.UnmarshalStrict(data, &values); err != nil {
		return nil, fmt.Errorf("read values of %s: %w", file, err)
	}
	return values, nil
}
