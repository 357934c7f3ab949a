package v1alpha1

import (
	"crypto/x509"
	"net"
	"strings"
	"time"
)

const needsCluster = "needs spec.kubernetes, which says which namespace Scaler runs in"

func (e *ExternalMetricsServer) validate(s scope, cluster bool) {
	listens := validateListen(s.at("listen"), e.Listen)
	t := s.at("authentication")
	switch e.Authentication {
	case AuthenticationCluster:
		e.validateCluster(s, cluster)
	case AuthenticationNone:
		if listens && !loopback(e.Listen) {
			t.add("None is allowed on a loopback address only; listen on 127.0.0.1")
		}
	default:
		oneOf(t, e.Authentication, AuthenticationCluster, AuthenticationNone)
	}
	if e.Service != "" {
		s.at("service").label(e.Service)
	}
	s.at("servicePort").count(e.ServicePort, 1, 65535)
	s.at("drainFor").span(*e.DrainFor, 0, 30*time.Second)
	if e.Certificate != nil {
		e.Certificate.validate(s.at("certificate"), cluster, e.Service)
	}
	if e.Forward != nil {
		e.Forward.validate(s.at("forward"), e.Authentication)
	}
}

func (e *ExternalMetricsServer) validateCluster(s scope, cluster bool) {
	if !cluster {
		s.at("authentication").add("Cluster " + needsCluster + "; or set None, on a loopback address")
	}
	if e.Certificate == nil {
		s.at("certificate").add("is required with authentication Cluster: set selfManaged, or secret where cert-manager or somebody else keeps one")
	}
	if e.Service == "" {
		s.at("service").add("is required with authentication Cluster: the name of the Service that leads here")
	}
}

func (c *ServingCertificate) validate(s scope, cluster bool, service string) {
	s.exactlyOne(member{"selfManaged", c.SelfManaged != nil}, member{"secret", c.Secret != nil})
	if !cluster {
		s.add(needsCluster)
	}
	if m := c.SelfManaged; m != nil {
		s.at("selfManaged").at("secret").label(m.Secret)
		s.at("selfManaged").at("validFor").span(m.ValidFor, time.Hour, 10*365*24*time.Hour)
		if service == "" {
			s.at("selfManaged").add("needs spec.externalMetrics.service: the certificate bears its name")
		}
	}
	if c.Secret != nil {
		s.at("secret").at("name").label(c.Secret.Name)
	}
}

func (f *Forward) validate(s scope, a Authentication) {
	namespace, name, ok := strings.Cut(f.Service, "/")
	if t := s.at("service"); !ok {
		if t.required(f.Service) {
			t.addf("%s is not namespace/name", quote(f.Service))
		}
	} else {
		t.label(namespace)
		t.label(name)
	}
	s.at("port").count(f.Port, 1, 65535)
	switch {
	case a == AuthenticationNone:
		s.add("needs authentication Cluster: what is passed on is asked in Scaler's own name")
	case f.InsecureSkipTLSVerify && f.CABundle != "":
		s.at("insecureSkipTLSVerify").add("is not allowed with caBundle; remove one of them")
	case !f.InsecureSkipTLSVerify && f.CABundle == "":
		s.at("caBundle").add("is required: the PEM of the adapter's certificate authority (its APIService's caBundle, decoded)")
	case f.CABundle != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(f.CABundle)):
		s.at("caBundle").add("holds no certificate; it must be PEM")
	}
}

func (h *HighAvailability) validate(s scope, cluster bool) {
	if !cluster {
		s.add(needsCluster)
	}
	s.at("lease").label(h.Lease)
	s.at("secret").label(h.Secret)
	s.at("savedState").label(h.SavedState)
	s.at("shards").count(h.Shards, 1, 32)
	validateListen(s.at("listen"), h.Listen)
	if t := s.at("advertise"); t.required(h.Advertise) && net.ParseIP(h.Advertise) == nil {
		t.addf("%s is not an IP address", quote(h.Advertise))
	}
}
