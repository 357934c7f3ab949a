package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/nearest"
)

// checker holds what one document may say of another.
type checker struct {
	providers map[string]*v1alpha1.SignalProvider
	// whole says that every document is known to be a provider of some name, or none,
	// so that what is not there does not exist.
	whole bool
	// config is the process's, if a document has it.
	config *v1alpha1.ScalerConfig
}

// checkAll finds the faults that only show between documents, and those that only
// compilers see.
func checkAll(docs []*document, whole bool) {
	c := checker{providers: map[string]*v1alpha1.SignalProvider{}, whole: whole}
	names := map[string]*document{}
	metrics := map[string]string{}
	floors := map[string]string{}
	var config *document
	for _, d := range docs {
		switch o := d.object.(type) {
		case nil:
			c.whole = false // it may have been a provider
		case *v1alpha1.SignalProvider:
			c.whole = c.whole && !d.faulty("metadata.name")
			if unique(d, names, o.Kind, o.Metadata) {
				c.providers[o.Metadata.Name] = o
			}
		case *v1alpha1.ScalingPolicy:
			unique(d, names, o.Kind, o.Metadata)
			uniqueMetric(d, metrics, o)
			uniqueFloor(d, floors, o)
		case *v1alpha1.ScalerConfig:
			if config != nil {
				d.check("kind", "a ScalerConfig is in "+config.where("kind")+" already; at most one is allowed")
			}
			config, c.config = d, o
		}
	}
	for _, d := range docs {
		if p, ok := d.object.(*v1alpha1.ScalingPolicy); ok {
			c.policy(d, p)
		}
	}
}

func (d *document) where(path string) string {
	p := d.place(path)
	return fmt.Sprintf("%s:%d:%d", d.file, p.line, p.column)
}

func unique(d *document, seen map[string]*document, kind string, m v1alpha1.ObjectMeta) bool {
	if m.Name == "" || d.faulty("metadata.namespace") {
		return m.Name != ""
	}
	id := kind + " " + m.Namespace + "/" + m.Name
	if first, ok := seen[id]; ok {
		d.check("metadata.name", fmt.Sprintf("%s %s is defined in %s already", kind, shown(m.Name), first.where("metadata.name")))
		return false
	}
	seen[id] = d
	return true
}

// uniqueMetric refuses a metric's name that another policy of the namespace has.
// Names such as policy.signal cannot collide: a metric's own name holds no dot.
func uniqueMetric(d *document, seen map[string]string, p *v1alpha1.ScalingPolicy) {
	m := p.Spec.Publish.ExternalMetric
	if m == nil || m.Name == "" || d.faulty("spec.publish") || d.faulty("metadata.namespace") {
		return
	}
	id := p.Metadata.Namespace + "/" + m.Name
	first, ok := seen[id]
	switch {
	case !ok:
		seen[id] = p.Metadata.Name
	case first != p.Metadata.Name: // else the policy itself is defined twice
		d.check("spec.publish.externalMetric.name", fmt.Sprintf("policy %s serves the metric %s of namespace %s already; names must be unique",
			first, m.Name, p.Metadata.Namespace))
	}
}

func (c checker) policy(d *document, p *v1alpha1.ScalingPolicy) {
	ns := p.Metadata.Namespace
	signals := make([]string, 0, len(p.Spec.Signals))
	for i := range p.Spec.Signals {
		s := &p.Spec.Signals[i]
		signals = append(signals, s.Name)
		c.signal(d, v1alpha1.Index("spec.signals", i), ns, s)
	}
	c.cluster(d, p.Spec.Workload)
	if w := p.Spec.Workload; w != nil && w.ECS != nil {
		if a := c.aws(d, "spec.workload.ecs", ns, w.ECS.Provider); a != nil {
			service := w.ECS.Cluster + "/" + w.ECS.Service
			d.allowed("spec.workload.ecs.service", "services", service, listOf(a.Allow, services))
		}
	}
	if s := p.Spec.Publish.CloudWatch; s != nil {
		if a := c.aws(d, "spec.publish.cloudWatch", ns, s.Provider); a != nil {
			d.allowed("spec.publish.cloudWatch.namespace", "namespaces", s.Namespace, listOf(a.Allow, namespaces))
		}
	}
	checkDemands(d, p, signals)
}

// cluster asks for the cluster that a workload is in. A file of policies alone is
// sound: the process's own document comes later.
func (c checker) cluster(d *document, w *v1alpha1.Workload) {
	if w == nil || (w.Deployment == nil && w.StatefulSet == nil) || c.config == nil || c.config.Spec.Kubernetes != nil {
		return
	}
	d.check("spec.workload", "is of a Kubernetes cluster, and the ScalerConfig names none: set its spec.kubernetes")
}

func (c checker) aws(d *document, path, ns, name string) *v1alpha1.SignalProviderSpec {
	return c.provider(d, path+".provider", ns, name, "aws")
}

// provider finds a provider that is of a kind and open to a namespace.
func (c checker) provider(d *document, path, ns, name, kind string) *v1alpha1.SignalProviderSpec {
	p, ok := c.providers[name]
	if !ok {
		if c.whole && name != "" {
			d.check(path, fmt.Sprintf("no SignalProvider is named %s; %s", shown(name), c.known(name)))
		}
		return nil
	}
	if kinds := kindsOf(p.Spec.Connection); !slices.Contains(kinds, kind) {
		if len(kinds) == 1 {
			d.check(path, fmt.Sprintf("provider %s is of kind %s and %s is needed", name, kinds[0], kind))
		}
		return nil
	}
	if open := p.Spec.AllowedNamespaces; open != nil && !slices.Contains(open, ns) && !d.faulty("metadata.namespace") {
		d.check(path, fmt.Sprintf("provider %s does not allow namespace %s (its allowedNamespaces)", name, ns))
		return nil
	}
	return &p.Spec
}

func (c checker) known(name string) string {
	if len(c.providers) == 0 {
		return "there is none"
	}
	names := slices.Sorted(maps.Keys(c.providers))
	hint := nearest.Hint(name, names)
	if len(names) > 20 {
		return hint + fmt.Sprintf("there are %d others", len(names))
	}
	return hint + "allowed are " + strings.Join(names, ", ")
}

func kindsOf(c v1alpha1.Connection) []string {
	var kinds []string
	for _, k := range []struct {
		name string
		set  bool
	}{{"aws", c.AWS != nil}, {"prometheus", c.Prometheus != nil}, {"http", c.HTTP != nil}, {"trace", c.Trace != nil}} {
		if k.set {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}
