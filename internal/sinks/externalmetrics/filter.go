package externalmetrics

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apiserver/pkg/endpoints/responsewriter"
)

// Bounds of what a request may ask.
const (
	maxPath         = 1 << 10
	maxQuery        = 16 << 10
	maxSelector     = 4 << 10
	maxRequirements = 32
	maxSetValues    = 64
	maxCredentials  = 16 << 10
)

// filter stands in front of the library. It refuses what the API does not need,
// sheds overload by itself, and holds every answer to the rules of answer. While
// leaving, answers ask the client to connect anew.
type filter struct {
	next     http.Handler
	inFlight atomic.Int64
	limit    int64
	leaving  func() bool
}

func (f *filter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.leaving() {
		w.Header().Set("Connection", "close") // in HTTP/2 a GOAWAY
	}
	defer f.inFlight.Add(-1)
	if f.inFlight.Add(1) > f.limit {
		refuse(w, refusal{http.StatusServiceUnavailable, "overloaded"})
		return
	}
	if no := check(r); no != (refusal{}) {
		refuse(w, no)
		return
	}
	a := &answer{ResponseWriter: w}
	f.next.ServeHTTP(responsewriter.WrapForHTTP1Or2(a), r)
	a.finish()
}

// refusal is a status and our own text.
type refusal struct {
	code   int
	reason string
}

func check(r *http.Request) refusal {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return refusal{http.StatusMethodNotAllowed, "method_not_allowed"}
	case upgrades(r.Header):
		return refusal{http.StatusBadRequest, "upgrade_refused"}
	case impersonates(r.Header):
		return refusal{http.StatusBadRequest, "impersonation_refused"}
	case len(r.Header.Get("Authorization")) > maxCredentials:
		return refusal{http.StatusRequestHeaderFieldsTooLarge, "credentials_too_long"}
	case len(r.URL.Path) > maxPath:
		return refusal{http.StatusRequestURITooLong, "path_too_long"}
	case !plain(r.URL):
		return refusal{http.StatusBadRequest, "invalid_path"}
	}
	return checkQuery(r.URL.RawQuery)
}

// plain says whether everybody splits the path into the same names: it is clean, but
// for one slash at its end, and hides no slash and no control character.
func plain(u *url.URL) bool {
	hidden := func(r rune) bool { return r == '\\' || unicode.IsControl(r) || r == utf8.RuneError }
	p := u.Path
	if len(p) > 1 {
		p = strings.TrimSuffix(p, "/")
	}
	return path.IsAbs(p) && p == path.Clean(p) && !strings.ContainsFunc(p, hidden) && !strings.Contains(strings.ToLower(u.RawPath), "%2f")
}

func checkQuery(raw string) refusal {
	if raw == "" {
		return refusal{}
	}
	if len(raw) > maxQuery {
		return refusal{http.StatusBadRequest, "query_too_long"}
	}
	query, err := url.ParseQuery(raw)
	if err != nil {
		return refusal{http.StatusBadRequest, "invalid_query"}
	}
	for _, s := range query["labelSelector"] {
		if reason := checkSelector(s); reason != "" {
			return refusal{http.StatusBadRequest, reason}
		}
	}
	return refusal{}
}

// impersonates says whether a client asks as somebody else, which would need a
// review for each group that it names. The kube-apiserver has settled that when a
// request comes through it.
func impersonates(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "Impersonate-") {
			return true
		}
	}
	return false
}

func upgrades(h http.Header) bool {
	if len(h["Upgrade"]) > 0 {
		return true
	}
	for _, v := range h["Connection"] {
		if strings.Contains(strings.ToLower(v), "upgrade") {
			return true
		}
	}
	return false
}

// checkSelector is the reason to refuse a selector, or empty.
func checkSelector(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > maxSelector {
		return "selector_too_long"
	}
	selector, err := labels.Parse(s)
	if err != nil || strings.IndexByte(s, 0) >= 0 { // which is read over
		return "invalid_selector"
	}
	requirements, _ := selector.Requirements()
	if len(requirements) > maxRequirements {
		return "too_many_requirements"
	}
	for i := range requirements {
		if len(requirements[i].ValuesUnsorted()) > maxSetValues {
			return "too_many_values"
		}
	}
	return ""
}
