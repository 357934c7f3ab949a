package generate

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// hpaController is who reads external metrics for every HPA.
const hpaController = "horizontal-pod-autoscaler"

// account is whom roles are bound to.
type account struct{ name, namespace string }

// RBAC makes the service account that Scaler runs as, named as the ScalerConfig,
// and every role it needs; where it serves external metrics to the cluster, also the
// role of those who read them.
func RBAC(c *v1alpha1.ScalerConfig, policies []*v1alpha1.ScalingPolicy) (Sheet, error) {
	grants, err := Grants(c, policies)
	if err != nil {
		return Sheet{}, err
	}
	a := account{c.Metadata.Name, c.Spec.Kubernetes.Namespace}
	out := []Object{{
		fmt.Sprintf("What Scaler needs for these documents, and no more: make it again when they change.\n"+
			"Set serviceAccountName: %s in its pods.\n", a.name),
		&corev1.ServiceAccount{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
			ObjectMeta: metav1.ObjectMeta{Name: a.name, Namespace: a.namespace},
		},
	}}
	out = append(out, a.own("", grants)...)
	out = append(out, a.own(a.namespace, grants)...)
	out = append(out, a.borrowed(grants)...)
	if e := c.Spec.ExternalMetrics; e != nil && e.Authentication == v1alpha1.AuthenticationCluster {
		out = append(out, a.reader()...)
	}
	return Sheet{Objects: out}, nil
}

// own are the role of what no other role grants in a namespace, or in the cluster,
// and its binding.
func (a account) own(namespace string, grants []Grant) []Object {
	var rules []rbacv1.PolicyRule
	var why strings.Builder
	for _, g := range grants {
		if g.Namespace != namespace || g.By != "" {
			continue
		}
		rules = append(rules, rbacv1.PolicyRule{APIGroups: []string{g.Group}, Resources: []string{g.Resource}, ResourceNames: g.Names, Verbs: g.Verbs})
		why.WriteString(g.text())
	}
	if rules == nil {
		return nil
	}
	meta := metav1.ObjectMeta{Name: a.name, Namespace: namespace}
	if namespace == "" {
		return []Object{
			{why.String(), &rbacv1.ClusterRole{TypeMeta: typeOf("ClusterRole"), ObjectMeta: meta, Rules: rules}},
			{"", a.clusterBinding(a.name, a.name)},
		}
	}
	return []Object{
		{why.String(), &rbacv1.Role{TypeMeta: typeOf("Role"), ObjectMeta: meta, Rules: rules}},
		{"", a.binding(a.name, namespace, a.name)},
	}
}

// borrowed are bindings to roles that are there.
func (a account) borrowed(grants []Grant) []Object {
	var out []Object
	var seen []string
	for _, g := range grants {
		if g.By == "" || slices.Contains(seen, g.By) {
			continue
		}
		seen = append(seen, g.By)
		var why strings.Builder
		for _, same := range grants {
			if same.By == g.By {
				why.WriteString(same.text())
			}
		}
		name := a.name + "-" + g.By[strings.LastIndex(g.By, ":")+1:]
		if g.By == readerName(a.name) {
			name = a.name + "-forward"
		}
		if g.Namespace == "" {
			out = append(out, Object{why.String(), a.clusterBinding(name, g.By)})
		} else {
			out = append(out, Object{why.String(), a.binding(name, g.Namespace, g.By)})
		}
	}
	return out
}

func readerName(name string) string { return name + "-external-metrics-reader" }

// reader are the role of who reads metrics, and those who have it.
func (a account) reader() []Object {
	name := readerName(a.name)
	hpa := a.clusterBinding(name, name)
	hpa.Subjects = []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: hpaController, Namespace: kubeSystem}}
	return []Object{
		{
			"Who may view a namespace may read its metrics.\n",
			&rbacv1.ClusterRole{
				TypeMeta:   typeOf("ClusterRole"),
				ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
				Rules:      []rbacv1.PolicyRule{{APIGroups: []string{metricsGroup}, Resources: []string{"*"}, Verbs: []string{"get", "list"}}},
			},
		},
		{"The controller of all HPAs reads them everywhere.\n", hpa},
	}
}

func (a account) subjects() []rbacv1.Subject {
	return []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: a.name, Namespace: a.namespace}}
}

func (a account) clusterBinding(name, role string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		TypeMeta: typeOf("ClusterRoleBinding"), ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: a.subjects(),
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
	}
}

func (a account) binding(name, namespace, role string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		TypeMeta: typeOf("RoleBinding"), ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Subjects: a.subjects(),
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role},
	}
}

func typeOf(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kind}
}

// text tells a grant, for people.
func (g Grant) text() string {
	of := g.Resource
	if g.Group != "" {
		of += "." + g.Group
	}
	switch n := len(g.Names); {
	case n == 1:
		of += " " + g.Names[0]
	case n > 1:
		of += " " + g.Names[0] + " to " + g.Names[n-1]
	}
	return fmt.Sprintf("%s %s: %s\n", strings.Join(g.Verbs, ", "), of, g.Why)
}
