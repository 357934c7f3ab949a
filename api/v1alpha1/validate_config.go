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
	taken := distinctAddresses{c.Ops.Listen: "ops"}
	if k := c.Kubernetes; k != nil {
		s.at("kubernetes").at("namespace").label(k.Namespace)
	}
	if e := c.ExternalMetrics; e != nil {
		t := s.at("externalMetrics")
		e.validate(t, c.Kubernetes != nil)
		taken.add(t.at("listen"), e.Listen, "externalMetrics")
	}
	if h := c.HighAvailability; h != nil {
		t := s.at("highAvailability")
		h.validate(t, c.Kubernetes != nil)
		taken.add(t.at("listen"), h.Listen, "highAvailability")
	}
}

// distinctAddresses tells which part of the process listens where.
type distinctAddresses map[string]string

func (d distinctAddresses) add(s scope, address, owner string) {
	if other, ok := d[address]; ok && !anyPort(address) {
		s.addf("%s is the address of %s already", quote(address), other)
		return
	}
	d[address] = owner
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
