package v1alpha1

import "regexp"

var (
	labelRE     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	regionRE    = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+$`)
	roleARNRE   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\x21-\x7e]{1,500}$`)
	queueRE     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$`)
	ecsNameRE   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	namespaceRE = regexp.MustCompile(`^[A-Za-z0-9._/#:-]{1,255}$`)
	metricRE    = regexp.MustCompile(`^[\x20-\x7e]{1,255}$`)
	accountRE   = regexp.MustCompile(`^[0-9]{12}$`)
	metricIDRE  = regexp.MustCompile(`^[a-z][A-Za-z0-9_]{0,254}$`)
	albRE       = regexp.MustCompile(`^app/[A-Za-z0-9-]{1,32}/[0-9a-f]{8,32}$`)
	groupRE     = regexp.MustCompile(`^targetgroup/[A-Za-z0-9-]{1,32}/[0-9a-f]{8,32}$`)
	headerRE    = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$")
	globRE      = regexp.MustCompile(`^[\x21-\x7e]{1,512}$`)
	objectRE    = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)
	serviceRE   = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
)

const objectWant = "the name of a Kubernetes object: lower-case letters, digits, dashes and dots, at most 253"

const labelWant = "a DNS label: lower-case letters, digits and dashes, at most 63, with a letter or digit at both ends"

// label reports a name that is not a DNS label.
func (s scope) label(name string) { s.match(name, labelRE, labelWant) }

// served reports a name that cannot be part of a metric's name.
func (s scope) served(name string) {
	if name == "status" || name == "finalize" {
		s.addf("%q is not allowed: the Kubernetes API reads it as a subresource; choose another name", name)
		return
	}
	s.label(name)
}

// validateMeta checks the name of a document. Clustered documents have no
// namespace.
func validateMeta(s scope, m ObjectMeta, clustered bool) {
	if clustered {
		s.at("name").label(m.Name)
		if m.Namespace != "" {
			s.at("namespace").add("is not allowed: only a ScalingPolicy has a namespace; remove it")
		}
		return
	}
	s.at("name").served(m.Name)
	s.at("namespace").label(m.Namespace)
}

// validateType checks the apiVersion and the kind of a document.
func validateType(s scope, m TypeMeta, kind string) {
	oneOf(s.at("apiVersion"), m.APIVersion, GroupVersion)
	oneOf(s.at("kind"), m.Kind, kind)
}

// distinct reports names that were seen before. It forgets nothing between calls.
type distinct map[string]string

func (d distinct) add(s scope, name string) {
	if first, ok := d[name]; ok && name != "" {
		s.addf("%q is in %s already; each may be given once", name, first)
		return
	}
	d[name] = s.path
}
