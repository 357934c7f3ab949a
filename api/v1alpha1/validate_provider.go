package v1alpha1

import (
	"net/url"
	"path/filepath"
	"strings"
)

const (
	maxListed  = 256
	maxHeaders = 32
)

// Validate returns every fault of a defaulted document.
func (p *SignalProvider) Validate() []Fault {
	return collect("", func(s scope) {
		validateType(s, p.TypeMeta, KindSignalProvider)
		validateMeta(s.at("metadata"), p.Metadata, true)
		p.Spec.validate(s.at("spec"))
	})
}

func (p *SignalProviderSpec) validate(s scope) {
	c := p.Connection
	s.exactlyOne(member{"aws", c.AWS != nil}, member{"prometheus", c.Prometheus != nil},
		member{"http", c.HTTP != nil}, member{"trace", c.Trace != nil})
	if c.AWS != nil {
		c.AWS.validate(s.at("aws"))
	}
	if c.Prometheus != nil {
		validateServer(s.at("prometheus"), c.Prometheus.URL, c.Prometheus.Auth, c.Prometheus.TLS, c.Prometheus.Headers)
	}
	if c.HTTP != nil {
		validateServer(s.at("http"), c.HTTP.URL, c.HTTP.Auth, c.HTTP.TLS, c.HTTP.Headers)
	}
	if c.Trace != nil {
		c.Trace.validate(s.at("trace"))
	}
	validateNamespaces(s.at("allowedNamespaces"), p.AllowedNamespaces)
	if p.Allow != nil {
		p.Allow.validate(s.at("allow"), c)
	}
}

func validateNamespaces(s scope, names []string) {
	s.atMost(len(names), maxListed)
	seen := distinct{}
	for i, n := range names {
		s.index(i).label(n)
		seen.add(s.index(i), n)
	}
}

// atMost reports a list that is too long.
func (s scope) atMost(n, most int) {
	if n > most {
		s.addf("has %d entries; at most %d are allowed", n, most)
	}
}

// validate checks the globs, and that each list is of a kind that the provider
// can hold to.
func (a *Allow) validate(s scope, c Connection) {
	none := c == Connection{} // told already
	aws, http := c.AWS != nil || none, c.HTTP != nil || none
	validateGlobs(s.at("queues"), a.Queues, aws, "aws")
	validateGlobs(s.at("namespaces"), a.Namespaces, aws, "aws")
	validateGlobs(s.at("targetGroups"), a.TargetGroups, aws, "aws")
	validateGlobs(s.at("services"), a.Services, aws, "aws")
	validateGlobs(s.at("accounts"), a.Accounts, aws, "aws")
	validateGlobs(s.at("paths"), a.Paths, http, "http")
}

func validateGlobs(s scope, globs []string, applies bool, kind string) {
	if globs != nil && !applies {
		s.addf("applies to providers of kind %s only; remove it", kind)
		return
	}
	s.atMost(len(globs), maxListed)
	for i, g := range globs {
		s.index(i).match(g, globRE, "a glob: 1 to 512 visible characters, in which * stands for any")
	}
}

func (a *AWSProvider) validate(s scope) {
	s.at("region").match(a.Region, regionRE, "a region, as in eu-west-1")
	validateRole(s.at("roleARN"), a.RoleARN)
	s.restingOn([]string{s.at("roleARN").path}, func(s scope) {
		if a.ExternalID != "" && a.RoleARN == "" {
			s.at("externalID").add("goes with roleARN, which is not set")
		}
	})
	secure := true // AWS's own endpoints are
	if a.EndpointURL != "" {
		secure = validateURL(s.at("endpointURL"), a.EndpointURL)
	}
	oneOf(s.at("protocol"), a.Protocol, ProtocolCBOR, ProtocolJSON, ProtocolQuery)
	a.TLS.validate(s.at("tls"), secure)
}

func validateRole(s scope, arn string) {
	if arn != "" {
		s.match(arn, roleARNRE, "a role, as in arn:aws:iam::123456789012:role/scaler")
	}
}

func validateServer(s scope, rawURL string, auth *Auth, tls *TLS, headers map[string]Secret) {
	secure := validateURL(s.at("url"), rawURL)
	if auth != nil {
		auth.validate(s.at("auth"))
	}
	tls.validate(s.at("tls"), secure)
	validateHeaders(s.at("headers"), headers)
}

// validateURL checks a base URL and says whether TLS may be configured for it.
// No message shows the URL, for what is wrong may be a password in it.
func validateURL(s scope, raw string) (secure bool) {
	if !s.required(raw) {
		return true
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		s.add("is not an absolute http or https URL, as in https://prometheus.example:9090")
		return true
	}
	if u.User != nil {
		s.add("holds a user; put credentials under auth")
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(raw, "#") {
		s.add("holds a query or a fragment; only a scheme, a host and a path are allowed")
	}
	return u.Scheme == "https"
}

func (t *TLS) validate(s scope, secure bool) {
	switch {
	case t == nil:
		return
	case !secure:
		s.add("needs a URL with https")
	case t.CA != "" && t.CAFile != "":
		s.at("caFile").add("ca is set already; only one of ca, caFile is allowed")
	}
	if t.CA != "" && !strings.Contains(t.CA, "-----BEGIN CERTIFICATE-----") {
		s.at("ca").add("holds no PEM certificate")
	}
}

func validateHeaders(s scope, headers map[string]Secret) {
	s.atMost(len(headers), maxHeaders)
	for name, value := range headers {
		if !headerRE.MatchString(name) {
			s.key(name).add("is not a name of a header")
		}
		switch strings.ToLower(name) {
		case "authorization":
			s.key(name).add("is not allowed; use auth")
		case "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "accept-encoding":
			s.key(name).add("is not allowed: it is part of how the connection works")
		}
		if strings.ContainsFunc(value.Reveal(), isControl) {
			s.key(name).add("holds a control character")
		}
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (a *Auth) validate(s scope) {
	s.exactlyOne(member{"bearer", a.Bearer != nil}, member{"basic", a.Basic != nil}, member{"sigV4", a.SigV4 != nil})
	if b := a.Bearer; b != nil {
		t := s.at("bearer")
		t.exactlyOne(member{"token", b.Token != ""}, member{"tokenFile", b.TokenFile != ""})
		if strings.ContainsFunc(b.Token.Reveal(), isControl) {
			t.at("token").add("holds a control character")
		}
	}
	if b := a.Basic; b != nil {
		t := s.at("basic")
		if t.at("username").required(b.Username) && strings.ContainsAny(b.Username, ":\n\r") {
			t.at("username").add("holds a colon or a line break")
		}
		t.at("password").required(b.Password.Reveal())
	}
	if v := a.SigV4; v != nil {
		t := s.at("sigV4")
		t.at("region").match(v.Region, regionRE, "a region, as in eu-west-1")
		t.at("service").match(v.Service, serviceRE, "a signing name, as in aps")
		validateRole(t.at("roleARN"), v.RoleARN)
	}
}

func (t *TraceProvider) validate(s scope) {
	if s.at("file").required(t.File) && filepath.Ext(t.File) == "" {
		s.at("file").add("has no extension; a CSV file is expected, as in trace.csv")
	}
	s.at("speed").positive(t.Speed)
	if t.Speed > 1e6 {
		s.at("speed").addf("%g is not allowed; at most 1000000 is", float64(t.Speed))
	}
}
