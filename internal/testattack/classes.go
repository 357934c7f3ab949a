package testattack

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Class is a kind of malicious request, in as many variations as one likes.
type Class struct {
	// Name tells what it does.
	Name string
	// As is who sends it.
	As Identity

	request func(t Target, i int) request
}

// request is one to send, as it stands.
type request struct {
	method string // GET if empty
	path   string // escaped
	query  string // escaped
	header http.Header
	body   string
}

const api = "/apis/external.metrics.k8s.io/v1beta1"

func metric(namespace, name string) string { return api + "/namespaces/" + namespace + "/" + name }

// own is the tenant's metric, which it would be given without the attack.
func (t Target) own() string { return metric(t.Own, t.Metric) }

func (t Target) other() string { return metric(t.Other, t.Metric) }

// pick is one of the choices, each in turn.
func pick[T any](i int, of ...T) T { return of[i%len(of)] }

// Classes are all there are.
func Classes() []Class {
	return []Class{
		{"no credentials", Nobody, anonymous},
		{"unknown token", Nobody, unknownToken},
		{"wrong authority", Foreign, forged},
		{"forged headers", Nobody, forged},
		{"no rights", Stranger, withoutRights},
		{"other namespace", Tenant, otherNamespace},
		{"path tricks", Tenant, pathTricks},
		{"64 KiB selector", Tenant, longSelector},
		{"10,000 requirements", Tenant, manyRequirements()},
		{"set bombs", Tenant, setBombs},
		{"upgrade", Tenant, upgrade},
		{"writes", Tenant, writes},
		{"watch", Tenant, watch},
	}
}

func anonymous(t Target, i int) request {
	path := pick(i, t.own(), t.other(), metric(t.Own, t.Metric+strconv.Itoa(i)), api, "/apis", "/metrics", "/", "/version", "/openapi/v2", "/debug/pprof/", "/logs")
	return request{path: path, method: pick(i/11, http.MethodGet, http.MethodHead)}
}

// withoutRights asks for nothing that clusters let everybody see who has a token.
func withoutRights(t Target, i int) request {
	path := pick(i, t.own(), t.other(), metric(t.Own, t.Metric+strconv.Itoa(i)), metric(t.Own+strconv.Itoa(i), t.Metric), "/metrics", "/debug/pprof/", "/logs/", "/", metric("", ""))
	return request{path: path, method: pick(i/9, http.MethodGet, http.MethodHead)}
}

func unknownToken(t Target, i int) request {
	value := pick(i, "Bearer stolen-%d", "Bearer eyJhbGciOiJub25lIn0.%d.", "bearer  %d", "Basic YWRtaW46%d", "Bearer %d,Bearer 1", "Negotiate %d", "Bearer "+strings.Repeat("x", 20<<10)+"%d")
	return request{path: t.own(), header: http.Header{"Authorization": {fmt.Sprintf(value, i)}}}
}

func forged(t Target, i int) request {
	name := pick(i, "system:admin", "system:kube-aggregator", "system:serviceaccount:kube-system:horizontal-pod-autoscaler", "admin")
	header := pick(i/4,
		http.Header{"X-Remote-User": {name}},
		http.Header{"X-Remote-User": {name}, "X-Remote-Group": {"system:masters", "system:authenticated"}, "X-Remote-Uid": {"0"}},
		http.Header{"x-remote-user": {name}, "x-remote-group": {"system:masters"}, "X-Remote-Extra-Scopes": {"all"}},
		http.Header{"X_Remote_User": {name}, "X-Remote-User": {"", name}, "X-Forwarded-User": {name}},
		http.Header{"Impersonate-User": {name}, "Impersonate-Group": {"system:masters"}},
		http.Header{"X-Remote-User": {name}, "X-Forwarded-Client-Cert": {"Subject=\"CN=front-proxy-client\""}, "X-Ssl-Client-Verify": {"SUCCESS"}},
	)
	return request{path: pick(i/24, t.own(), t.other(), api), header: header}
}

func otherNamespace(t Target, i int) request {
	return pick(i,
		request{path: t.other()},
		request{path: t.other() + strconv.Itoa(i)},
		request{path: t.other(), query: "namespace=" + t.Own},
		request{path: t.other(), query: "labelSelector=" + url.QueryEscape("namespace="+t.Own)},
		request{path: t.other(), query: "fieldSelector=" + url.QueryEscape("metadata.namespace="+t.Own)},
		request{path: t.other(), header: http.Header{"X-Remote-Group": {"system:masters"}}},
		request{path: t.other(), header: http.Header{"X-Original-Url": {t.own()}, "X-Rewrite-Url": {t.own()}}},
		request{path: metric(t.Own, t.Metric+"-not-there"), query: "namespace=" + t.Other},
		request{path: metric("", t.Metric)},
		request{path: metric("*", t.Metric)},
		request{path: metric("-", t.Metric)},
		request{path: api + "/" + t.Metric},
		request{path: api + "/" + t.Metric, query: "namespace=" + t.Other},
		request{path: api + "/*/" + t.Metric},
	)
}

func pathTricks(t Target, i int) request {
	up := pick(i, "..%2f", "..%2F", "%2e%2e%2f", "%2e%2e/", "../", "..%5c", "..%252f", "..;/", "..%00/", ".%00./", "%c0%ae%c0%ae/", "..%c0%af", "..%ef%bc%8f", "..//", "./../")
	return request{path: pick(i/15,
		metric(t.Own, up+t.Other+"/"+t.Metric),
		metric(t.Own, up+up+"namespaces/"+t.Other+"/"+t.Metric),
		metric(t.Own+"/"+up+t.Other, t.Metric),
		metric(t.Own+up+t.Other, t.Metric),
		metric(t.Own, t.Metric+"%00"+up),
		metric(t.Own+"%00"+t.Other, t.Metric),
		metric(t.Own, t.Metric)+"%00",
		metric(t.Own, t.Metric)+"/"+up+up+t.Other+"/"+t.Metric,
		"/readyz/"+up+metric(t.Other, t.Metric),
		"/healthz"+up+metric(t.Other, t.Metric),
		"//"+metric(t.Other, t.Metric),
		"/"+up+metric(t.Other, t.Metric),
		api+"/namespaces//"+t.Other+"//"+t.Metric,
		metric(t.Own, strings.Repeat(up, 200)+t.Metric),
	)}
}

func longSelector(t Target, i int) request {
	const long = 64 << 10
	return request{path: t.own(), query: pick(i,
		"labelSelector=a%3D"+strings.Repeat("v", long),
		"labelSelector="+strings.Repeat("k", long),
		"labelSelector="+strings.Repeat("%41", long/3),
		"labelSelector=a&labelSelector="+strings.Repeat("k", long),
		"fieldSelector="+strings.Repeat("k", long),
		"labelSelector="+strings.Repeat("k", 5<<10+i),
	)}
}

func manyRequirements() func(Target, int) request {
	list := func(n int, format string) string {
		var b strings.Builder
		for j := range n {
			fmt.Fprintf(&b, format+"%%2C", j)
		}
		return "labelSelector=" + b.String() + "last"
	}
	names, values, not := list(10_000, "k%d"), list(10_000, "k%d%%3Dv"), list(10_000, "%%21k%d")
	return func(t Target, i int) request {
		return request{path: t.own(), query: pick(i, names, values, not, list(33+i%200, "k%d"), list(33+i%100, "k%d%%21%%3Dv"))}
	}
}

func setBombs(t Target, i int) request {
	values := strings.TrimSuffix(strings.Repeat("v,", 65+i), ",")
	distinct := make([]string, 65+i%500)
	for j := range distinct {
		distinct[j] = strconv.Itoa(j)
	}
	return request{path: t.own(), query: "labelSelector=" + url.QueryEscape(pick(i,
		"a in ("+strings.Join(distinct, ",")+")",
		"a notin ("+strings.Join(distinct, ",")+")",
		"a in ("+values+"),"+"b in ("+values+"",
		"a in "+strings.Repeat("(", 100+i),
		strings.Repeat("a in (b),", 40+i%100)+"a",
		"a in ("+strings.Repeat("v,", 500+i)+"!",
		strings.Repeat(",!", 100+i),
		"a=(((a+)+)+)+$",
		"a in (\x00)",
	))}
}

func upgrade(t Target, i int) request {
	protocol := pick(i, "websocket", "SPDY/3.1", "h2c", "TLS/1.2", "WebSocket, h2c")
	header := http.Header{"Connection": {pick(i/5, "Upgrade", "keep-alive, Upgrade", "uPgRaDe")}, "Upgrade": {protocol}}
	if protocol == "websocket" {
		header.Set("Sec-Websocket-Version", "13")
		header.Set("Sec-Websocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	}
	if protocol == "h2c" {
		header.Set("Http2-Settings", "AAMAAABkAARAAAAAAAIAAAAA")
	}
	return request{path: pick(i/15, t.own(), t.other(), metric(t.Own, "pods/x/exec")), header: header}
}

func writes(t Target, i int) request {
	method := pick(i, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, "MKCOL", "PROPFIND", "get")
	body := pick(i/9, "", `{"kind":"ExternalMetricValueList"}`, strings.Repeat("x", 32<<10))
	if method == http.MethodTrace {
		body = "" // the client would not send it
	}
	header := http.Header{"X-Http-Method-Override": {http.MethodGet}, "Content-Type": {"application/json"}}
	return request{method: method, path: pick(i/27, t.own(), t.other(), api, "/debug/flags/v"), header: header, body: body}
}

func watch(t Target, i int) request {
	return pick(i,
		request{path: t.own(), query: "watch=true"},
		request{path: t.own(), query: "watch=1&timeoutSeconds=" + strconv.Itoa(i)},
		request{path: t.own(), query: "watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"},
		request{path: api + "/watch/namespaces/" + t.Own + "/" + t.Metric},
		request{path: api + "/watch/" + t.Metric},
		request{path: t.other(), query: "watch=true"},
		request{path: t.own(), query: "watch"},
	)
}
