package generate

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// Grant is something that Scaler's service account has to be allowed, and why.
type Grant struct {
	Why string
	// Namespace in which; empty: in all of the cluster.
	Namespace string
	Group     string
	Resource  string
	Names     []string // empty: all objects
	Verbs     []string
	// By is a role that grants it: of Kubernetes itself, or of this package's reader.
	// Empty: a role is to be made.
	By string
}

// ErrNoCluster is a configuration that asks nothing of a cluster.
var ErrNoCluster = errors.New("no ScalerConfig names a Kubernetes cluster, so Scaler asks nothing of one")

const (
	// APIServiceName is the cluster's one entry of who serves external metrics.
	APIServiceName = "v1beta1." + metricsGroup

	metricsGroup  = "external.metrics.k8s.io"
	apiGroup      = "apiregistration.k8s.io"
	kubeSystem    = "kube-system"
	authReader    = "extension-apiserver-authentication-reader"
	authConfig    = "extension-apiserver-authentication"
	authDelegator = "system:auth-delegator"
	// savedParts is how many ConfigMaps the saved state of a shard may take.
	savedParts = 32
)

// Grants are all that Scaler needs for a configuration and its policies, and no
// more.
func Grants(c *v1alpha1.ScalerConfig, policies []*v1alpha1.ScalingPolicy) ([]Grant, error) {
	if c.Spec.Kubernetes == nil {
		return nil, ErrNoCluster
	}
	own := c.Spec.Kubernetes.Namespace
	out := workloadGrants(policies)
	if e := c.Spec.ExternalMetrics; e != nil {
		out = append(out, serveGrants(e, own, c.Metadata.Name)...)
	}
	if h := c.Spec.HighAvailability; h != nil {
		out = append(out, shareGrants(h, own)...)
	}
	return out, nil
}

func workloadGrants(policies []*v1alpha1.ScalingPolicy) []Grant {
	asked := func(is func(*v1alpha1.Workload) bool) bool {
		return slices.ContainsFunc(policies, func(p *v1alpha1.ScalingPolicy) bool {
			return p.Spec.Workload != nil && is(p.Spec.Workload)
		})
	}
	var resources []string
	if asked(func(w *v1alpha1.Workload) bool { return w.Deployment != nil }) {
		resources = append(resources, "deployments")
	}
	if asked(func(w *v1alpha1.Workload) bool { return w.StatefulSet != nil }) {
		resources = append(resources, "statefulsets")
	}
	var out []Grant
	for _, r := range resources {
		out = append(out, Grant{
			Why: "looks at the replicas of workloads", Group: "apps", Resource: r, Verbs: []string{"get", "list", "watch"},
		})
	}
	return out
}

func serveGrants(e *v1alpha1.ExternalMetricsServer, own, name string) []Grant {
	var out []Grant
	if e.Authentication == v1alpha1.AuthenticationCluster {
		out = append(out,
			Grant{Why: "asks who a client is", Group: "authentication.k8s.io", Resource: "tokenreviews", Verbs: []string{"create"}, By: authDelegator},
			Grant{Why: "asks whether it may read a metric", Group: "authorization.k8s.io", Resource: "subjectaccessreviews", Verbs: []string{"create"}, By: authDelegator},
			Grant{
				Why: "knows the API server by its front proxy's certificate", Namespace: kubeSystem, Resource: "configmaps", Names: []string{authConfig},
				Verbs: []string{"get", "list", "watch"}, By: authReader,
			},
			apiServiceGrant(e))
		if e.APIService != nil && e.APIService.Force {
			out = append(out, Grant{
				Why: "takes the APIService over only when a replica is ready behind its Service", Namespace: own, Group: "discovery.k8s.io",
				Resource: "endpointslices", Verbs: []string{"list"},
			})
		}
	}
	if c := e.Certificate; c != nil && c.SelfManaged != nil {
		out = append(out, keptSecret("keeps the serving certificate", own, c.SelfManaged.Secret)...)
	} else if c != nil && c.Secret != nil {
		out = append(out, Grant{Why: "reads the serving certificate", Namespace: own, Resource: "secrets", Names: []string{c.Secret.Name}, Verbs: []string{"get"}})
	}
	if e.Forward != nil {
		out = append(out, Grant{
			Why: "reads the metrics of the adapter that it passes requests on to", Group: metricsGroup, Resource: "*", Verbs: []string{"get", "list"}, By: readerName(name),
		})
	}
	return out
}

// apiServiceGrant: who may write an APIService may take over a part of the API, so
// only this one, and only where Scaler is to write it.
func apiServiceGrant(e *v1alpha1.ExternalMetricsServer) Grant {
	g := Grant{Why: "looks who serves external metrics", Group: apiGroup, Resource: "apiservices", Names: []string{APIServiceName}, Verbs: []string{"get"}}
	if e.APIService != nil && e.APIService.Force || e.Certificate != nil && e.Certificate.SelfManaged != nil {
		g.Why, g.Verbs = "keeps the APIService's caBundle", []string{"get", "patch"}
	}
	return g
}

// keptSecret is a Secret that Scaler makes.
func keptSecret(why, namespace, name string) []Grant {
	return []Grant{
		{Why: why, Namespace: namespace, Resource: "secrets", Names: []string{name}, Verbs: []string{"get", "update"}},
		{Why: made("that Secret"), Namespace: namespace, Resource: "secrets", Verbs: []string{"create"}},
	}
}

// made is why something may be created.
func made(what string) string { return "makes " + what + "; RBAC cannot limit create to a name" }

func shareGrants(h *v1alpha1.HighAvailability, own string) []Grant {
	var leases, state []string
	for i := range int(h.Shards) {
		lease := h.Lease
		if h.Shards > 1 {
			lease += "-" + strconv.Itoa(i)
		}
		leases = append(leases, lease)
		for part := range savedParts {
			state = append(state, fmt.Sprintf("%s-%d-%d", h.SavedState, i, part))
		}
	}
	return append(keptSecret("keeps the certificate that replicas know each other by", own, h.Secret),
		Grant{Why: "holds the Lease of who leads", Namespace: own, Group: "coordination.k8s.io", Resource: "leases", Names: leases, Verbs: []string{"get", "update"}},
		Grant{Why: made("that Lease"), Namespace: own, Group: "coordination.k8s.io", Resource: "leases", Verbs: []string{"create"}},
		Grant{Why: "saves what a restart of all replicas goes on from", Namespace: own, Resource: "configmaps", Names: state, Verbs: []string{"get", "update"}},
		Grant{Why: made("those ConfigMaps"), Namespace: own, Resource: "configmaps", Verbs: []string{"create"}})
}
