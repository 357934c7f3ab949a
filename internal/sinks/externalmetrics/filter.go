package externalmetrics

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

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
)

// filter stands in front of the library. It refuses what the API does not need,
// sheds overload by itself, and holds every answer to the rules of answer.
type filter struct {
	next     http.Handler
	inFlight atomic.Int64
	limit    int64
}

func (f *filter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	case len(r.URL.Path) > maxPath:
		return refusal{http.StatusRequestURITooLong, "path_too_long"}
	case r.URL.RawQuery == "":
		return refusal{}
	case len(r.URL.RawQuery) > maxQuery:
		return refusal{http.StatusBadRequest, "query_too_long"}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
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
	if err != nil {
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
