package v1alpha1

import (
	"net"
	"strconv"
	"time"
)

// Validate returns every fault of a defaulted document.
func (c *ScalerConfig) Validate() []Fault {
	return collect("", func(s scope) {
		validateType(s, c.TypeMeta, KindScalerConfig)
		validateMeta(s.at("metadata"), c.Metadata, true)
		c.Spec.validate(s.at("spec"))
	})
}

func (c *ScalerConfigSpec) validate(s scope) {
	validateListen(s.at("ops").at("listen"), c.Ops.Listen)
	s.at("tick").span(c.Tick, 100*time.Millisecond, 10*time.Second)
	s.at("maxConcurrentPolls").count(c.MaxConcurrentPolls, 1, 1024)
	if c.ExternalMetrics != nil {
		c.ExternalMetrics.validate(s.at("externalMetrics"))
		if c.ExternalMetrics.Listen == c.Ops.Listen && !anyPort(c.Ops.Listen) {
			s.at("externalMetrics").at("listen").addf("%s is the address of ops already", quote(c.Ops.Listen))
		}
	}
}

func (e *ExternalMetricsServer) validate(s scope) {
	ok := validateListen(s.at("listen"), e.Listen)
	t := s.at("authentication")
	switch {
	case e.Authentication == AuthenticationCluster:
		t.add("Cluster is not implemented yet; set None, and listen on a loopback address")
	case e.Authentication != AuthenticationNone:
		oneOf(t, e.Authentication, AuthenticationNone)
	case ok && !loopback(e.Listen):
		t.add("None is allowed on a loopback address only; listen on 127.0.0.1")
	}
}

// validateListen checks a listen address and says whether it is one.
func validateListen(s scope, address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		s.addf("%s is not host:port, as in 127.0.0.1:8080", quote(address))
		return false
	}
	if host != "" && host != "localhost" && net.ParseIP(host) == nil {
		s.addf("%s is not an IP address; leave the host empty to listen on all", quote(host))
		return false
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		s.addf("%s is not a port; 0 to 65535 are allowed", quote(port))
		return false
	} else if n < 1024 && n != 0 {
		s.addf("port %d needs privileges; 1024 to 65535 are allowed, and 0 for any free one", n)
		return false
	}
	return true
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

func anyPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && port == "0"
}
