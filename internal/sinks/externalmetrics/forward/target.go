package forward

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apiserver/pkg/endpoints/request"
)

const (
	listPath = "/apis/external.metrics.k8s.io/v1beta1"
	maxName  = 512
)

// target is all that a forwarded request takes from the client's.
type target struct{ namespace, metric, selector string }

func (t target) path() string { return listPath + "/namespaces/" + t.namespace + "/" + t.metric }

func (t target) query() string {
	if t.selector == "" {
		return ""
	}
	return url.Values{"labelSelector": {t.selector}}.Encode()
}

// targetOf is the metric that a request reads; false if it reads none, or asks for
// anything beside. Names are those that the client was authorised by, and without a
// client that is known there is no target.
func targetOf(r *http.Request) (target, bool) {
	info, ok := request.RequestInfoFrom(r.Context())
	if !ok || info.Verb != "list" || info.Name != "" || info.FieldSelector != "" {
		return target{}, false
	}
	if _, ok := request.UserFrom(r.Context()); !ok {
		return target{}, false
	}
	t := target{namespace: info.Namespace, metric: info.Resource}
	if r.URL.Path != t.path() || len(validation.IsDNS1123Label(t.namespace)) > 0 || !validName(t.metric) {
		return target{}, false
	}
	if selectors := r.URL.Query()["labelSelector"]; len(selectors) > 0 {
		t.selector = selectors[0] // the one that the client was authorised by, and that adapters read
	}
	return t, true
}

// validName tells a name that is one segment of a path, and stays one however often
// it is decoded.
func validName(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= maxName && utf8.ValidString(s) &&
		!strings.ContainsAny(s, "/%") && !strings.ContainsFunc(s, unicode.IsControl)
}
