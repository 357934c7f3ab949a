package v1alpha1

// SignalProvider is a connection that an administrator defines: an AWS account
// and region, a Prometheus server, an HTTP host or a recorded trace.
// Cluster-scoped. ${env:NAME} expands in its values.
type SignalProvider struct {
	TypeMeta `json:",inline"`
	Metadata ObjectMeta         `json:"metadata"`
	Spec     SignalProviderSpec `json:"spec"`
}

// SignalProviderSpec is what a provider connects to, and who may use it for what.
type SignalProviderSpec struct {
	Connection `json:",inline" union:"one of aws, prometheus, http, trace"`

	// AllowedNamespaces may use this provider. Absent: all.
	AllowedNamespaces []string `json:"allowedNamespaces,omitempty"`
	// Allow narrows what may be read. Absent: whatever the provider's own
	// credentials may read.
	Allow *Allow `json:"allow,omitempty"`
}

// Connection is the kind of provider. Exactly one member is set.
type Connection struct {
	// AWS is one account and region.
	AWS *AWSProvider `json:"aws,omitempty"`
	// Prometheus is a server that speaks Prometheus' HTTP API.
	Prometheus *PrometheusProvider `json:"prometheus,omitempty"`
	// HTTP is a host that answers JSON, or serves a page of metrics.
	HTTP *HTTPProvider `json:"http,omitempty"`
	// Trace is a recorded series replayed from a file.
	Trace *TraceProvider `json:"trace,omitempty"`
}

// Allow lists what may be read, as globs in which * stands for any characters.
// An absent list allows everything of its kind, but for accounts; an empty one
// nothing.
type Allow struct {
	// Queues are names of SQS queues.
	Queues []string `json:"queues,omitempty"`
	// Namespaces are CloudWatch namespaces that may be read or published to.
	Namespaces []string `json:"namespaces,omitempty"`
	// TargetGroups are ALB target groups, as in targetgroup/orders/*.
	TargetGroups []string `json:"targetGroups,omitempty"`
	// Services are ECS services as cluster/service.
	Services []string `json:"services,omitempty"`
	// Accounts are AWS accounts whose CloudWatch metrics may be read besides the
	// provider's own, as in "123456789012". Absent: none.
	Accounts []string `json:"accounts,omitempty"`
	// Paths are paths of an HTTP provider.
	Paths []string `json:"paths,omitempty"`
}

// AWSProvider is an AWS account and region. Credentials come from the SDK's
// default chain.
type AWSProvider struct {
	// Region, as in eu-west-1.
	Region string `json:"region"`
	// RoleARN is assumed on top of the default chain's credentials.
	RoleARN string `json:"roleARN,omitempty"`
	// ExternalID goes with RoleARN.
	ExternalID Secret `json:"externalID,omitempty"`
	// EndpointURL replaces AWS's endpoints, for emulators and private endpoints.
	EndpointURL string `json:"endpointURL,omitempty"`
	// Protocol is CloudWatch's wire format: cbor (the default), json or query.
	// Emulators often need json.
	Protocol AWSProtocol `json:"protocol,omitempty"`
	// TLS is how the endpoint's certificate is checked.
	TLS *TLS `json:"tls,omitempty"`
}

// AWSProtocol is a wire format of CloudWatch.
type AWSProtocol string

// The wire formats of CloudWatch.
const (
	ProtocolCBOR  AWSProtocol = "cbor"
	ProtocolJSON  AWSProtocol = "json"
	ProtocolQuery AWSProtocol = "query"
)

// PrometheusProvider is a server that speaks Prometheus' HTTP API: Prometheus,
// Thanos, Mimir, VictoriaMetrics, Amazon Managed Prometheus.
type PrometheusProvider struct {
	// URL is the server's base, without /api/v1.
	URL string `json:"url"`
	// Auth is how Scaler identifies itself. Absent: not at all.
	Auth *Auth `json:"auth,omitempty" union:"one of bearer, basic, sigV4"`
	// TLS is how the server's certificate is checked.
	TLS *TLS `json:"tls,omitempty"`
	// Headers go with every request, as in X-Scope-OrgID for tenants.
	Headers map[string]Secret `json:"headers,omitempty"`
}

// HTTPProvider is a host that answers JSON, or serves a page of metrics.
type HTTPProvider struct {
	// URL is the scheme, host and base path that every signal's path lies under.
	URL string `json:"url"`
	// Auth is how Scaler identifies itself. Absent: not at all.
	Auth *Auth `json:"auth,omitempty" union:"one of bearer, basic, sigV4"`
	// TLS is how the server's certificate is checked.
	TLS *TLS `json:"tls,omitempty"`
	// Headers go with every request.
	Headers map[string]Secret `json:"headers,omitempty"`
}

// TraceProvider replays a CSV of timestamp,value from its first row on.
type TraceProvider struct {
	// File is the CSV, relative to the document's file.
	File string `json:"file"`
	// Speed is how many seconds of the trace pass in one second. Default 1.
	Speed Number `json:"speed,omitempty"`
	// Repeat starts again at the end. Otherwise the trace ends in silence.
	Repeat bool `json:"repeat,omitempty"`
}

// Auth is how Scaler identifies itself. Exactly one member is set.
type Auth struct {
	// Bearer sends a token.
	Bearer *BearerAuth `json:"bearer,omitempty" union:"one of token, tokenFile"`
	// Basic sends a user and a password.
	Basic *BasicAuth `json:"basic,omitempty"`
	// SigV4 signs requests as AWS does.
	SigV4 *SigV4Auth `json:"sigV4,omitempty"`
}

// BearerAuth is a token. Exactly one member is set.
type BearerAuth struct {
	// Token itself; write it as ${env:NAME}.
	Token Secret `json:"token,omitempty"`
	// TokenFile is read at every request, so that a rotated token is taken up.
	TokenFile string `json:"tokenFile,omitempty"`
}

// BasicAuth is a user and a password.
type BasicAuth struct {
	// Username of the account.
	Username string `json:"username"`
	// Password of the account; write it as ${env:NAME}.
	Password Secret `json:"password"`
}

// SigV4Auth signs requests with AWS credentials from the SDK's default chain.
type SigV4Auth struct {
	// Region, as in eu-west-1.
	Region string `json:"region"`
	// Service is the signing name: aps (the default) or execute-api.
	Service string `json:"service,omitempty"`
	// RoleARN is assumed on top of the default chain's credentials.
	RoleARN string `json:"roleARN,omitempty"`
}

// TLS is how a server's certificate is checked. Checking cannot be turned off.
type TLS struct {
	// CA is a PEM bundle, in place of the system's.
	CA string `json:"ca,omitempty" size:"262144"`
	// CAFile is a file with a PEM bundle, in place of the system's.
	CAFile string `json:"caFile,omitempty"`
	// ServerName is the name expected in the certificate, if not the URL's host.
	ServerName string `json:"serverName,omitempty"`
}
