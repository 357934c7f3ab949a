package v1alpha1

// KubernetesCluster is the cluster that Scaler runs in: who may read metrics, where
// workloads are looked at, and where Scaler keeps its Leases and Secrets.
type KubernetesCluster struct {
	// Kubeconfig is a file to connect with. Absent: the service account of the pod.
	Kubeconfig string `json:"kubeconfig,omitempty"`
	// Namespace is Scaler's own: of its Service, Leases, Secrets and ConfigMaps.
	Namespace string `json:"namespace"`
}

// Authentication says who may read the external metrics API.
type Authentication string

// The kinds of authentication.
const (
	// AuthenticationCluster asks the cluster's API server who a client is and whether
	// it may read the metric. The default.
	AuthenticationCluster Authentication = "Cluster"
	// AuthenticationNone lets everybody in, on a loopback address only.
	AuthenticationNone Authentication = "None"
)

// ExternalMetricsServer serves the Kubernetes external metrics API over TLS.
type ExternalMetricsServer struct {
	// Listen is host:port; 127.0.0.1:6443 by default.
	Listen string `json:"listen,omitempty"`
	// Authentication is Cluster, the default, or None, on a loopback address only.
	// Cluster needs spec.kubernetes, service and certificate.
	Authentication Authentication `json:"authentication,omitempty"`
	// Service is the name of the Service in Scaler's namespace that leads here. The
	// certificate bears its name and the APIService refers to it.
	Service string `json:"service,omitempty"`
	// ServicePort is the Service's port; 443 by default.
	ServicePort int32 `json:"servicePort,omitempty"`
	// Certificate is what the server shows. Absent: one made in memory at each start,
	// with authentication None only.
	Certificate *ServingCertificate `json:"certificate,omitempty" union:"one of selfManaged, secret"`
	// APIService is the cluster's entry of who serves external metrics.
	APIService *APIService `json:"apiService,omitempty"`
	// Forward is the adapter that answers for metrics that Scaler does not have.
	Forward *Forward `json:"forward,omitempty"`
	// DrainFor is how long requests are still answered after readiness has failed at
	// the end, so that endpoints drain; 5s with authentication Cluster, else 0s.
	DrainFor *Duration `json:"drainFor,omitzero"`
}

// ServingCertificate is where the server's key pair comes from. Exactly one member
// is set.
type ServingCertificate struct {
	// SelfManaged is made, rotated and made known to the APIService by Scaler.
	SelfManaged *SelfManagedCertificate `json:"selfManaged,omitempty"`
	// Secret is kept by somebody else, cert-manager for example, who also keeps the
	// APIService's caBundle.
	Secret *SecretReference `json:"secret,omitempty"`
}

// SelfManagedCertificate is made and rotated by Scaler.
type SelfManagedCertificate struct {
	// Secret is the name of the Secret in Scaler's namespace that holds it.
	Secret string `json:"secret"`
	// ValidFor is how long a certificate lasts; 2160h (90 days) by default. It is
	// replaced when a third of that is left.
	ValidFor Duration `json:"validFor,omitzero"`
}

// SecretReference names a Secret of type kubernetes.io/tls in Scaler's namespace.
type SecretReference struct {
	// Name of the Secret.
	Name string `json:"name"`
}

// APIService is the cluster's one entry of who serves external metrics.
type APIService struct {
	// Force takes the entry over from the adapter that has it. Without it Scaler only
	// tells who has it.
	Force bool `json:"force,omitempty"`
}

// Forward is an adapter that serves external metrics too, and that had the
// APIService before Scaler.
type Forward struct {
	// Service is namespace/name of the adapter's Service.
	Service string `json:"service"`
	// Port of the Service; 443 by default.
	Port int32 `json:"port,omitempty"`
	// CABundle is the PEM that the adapter's certificate is checked with.
	CABundle string `json:"caBundle,omitempty"`
	// InsecureSkipTLSVerify trusts whoever answers, with the token of Scaler's own
	// service account. Not with caBundle.
	InsecureSkipTLSVerify bool `json:"insecureSkipTLSVerify,omitempty"`
}

// HighAvailability lets several replicas of Scaler share the work.
type HighAvailability struct {
	// Lease is the name of the Lease in Scaler's namespace that the leader holds;
	// scaler by default. Several shards add -0, -1 and so on.
	Lease string `json:"lease,omitempty"`
	// Shards spreads policies over so many leaders; 1 by default.
	Shards int32 `json:"shards,omitempty"`
	// Listen is host:port where the other replicas follow this one; :9443 by default.
	Listen string `json:"listen,omitempty"`
	// Advertise is the IP address under which the others reach this replica: the
	// pod's, as in ${env:POD_IP}.
	Advertise string `json:"advertise"`
	// Secret is the name of the Secret in Scaler's namespace that replicas know each
	// other by; scaler-peers by default. Scaler makes and rotates it.
	Secret string `json:"secret,omitempty"`
	// SavedState is the name that the ConfigMaps begin with in which the leader saves
	// what a restart of all replicas goes on from; scaler-state by default.
	SavedState string `json:"savedState,omitempty"`
}
