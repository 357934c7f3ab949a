package forward

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider/defaults"
)

const (
	groupVersion = "external.metrics.k8s.io/v1beta1"

	refreshEvery = 30 * time.Second
	keepFor      = time.Hour
	maxNames     = 1000
	maxRendered  = 256 << 10
)

// discovery is the list of resources: Scaler's placeholder, so that it is never
// empty, and the names that the adapter listed last.
type discovery struct {
	log      *slog.Logger
	rendered atomic.Pointer[[]byte]

	// Those of run alone.
	readAt   time.Time // of the adapter's names that are listed; zero: there are none
	failing  bool
	leftSome bool
}

func newDiscovery(log *slog.Logger) *discovery {
	d := &discovery{log: log}
	d.show(nil)
	return d
}

// body is the list as JSON. It must not be changed.
func (d *discovery) body() []byte { return *d.rendered.Load() }

// run keeps the list up to date until the context ends.
func (d *discovery) run(ctx context.Context, a *adapter) {
	for {
		d.refresh(ctx, a)
		timer := time.NewTimer(refreshEvery*9/10 + rand.N(refreshEvery/5))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// refresh reads the adapter's list once. What was read last stays for keepFor.
func (d *discovery) refresh(ctx context.Context, a *adapter) {
	body, res := a.get(ctx, listPath, "", maxListBody)
	names, ok := namesIn(body)
	if res == resultOK && !ok {
		res = resultInvalid
	}
	switch {
	case res == resultOK:
		d.readAt = time.Now()
		d.show(names)
	case !d.readAt.IsZero() && time.Since(d.readAt) >= keepFor:
		d.readAt = time.Time{}
		d.show(nil)
	}
	if failing := res != resultOK; failing != d.failing && ctx.Err() == nil {
		d.failing = failing
		if failing {
			d.log.Warn("adapter's discovery is not read", "reason", res.reason())
		} else {
			d.log.Info("adapter's discovery is read again")
		}
	}
}

// show renders the placeholder and as many names as the bounds let.
func (d *discovery) show(names []string) {
	slices.Sort(names)
	names = slices.Compact(names)
	list := metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: groupVersion,
	}
	for _, own := range (defaults.DefaultExternalMetricsProvider{}).ListAllExternalMetrics() {
		list.APIResources = append(list.APIResources, resourceOf(own.Metric))
		names = slices.DeleteFunc(names, func(s string) bool { return s == own.Metric })
	}
	size := 0
	for i, name := range names {
		r := resourceOf(name)
		if size += sizeOf(r); i == maxNames || size > maxRendered {
			d.tellLeft(len(names), i)
			break
		}
		list.APIResources = append(list.APIResources, r)
	}
	rendered := encode(list)
	d.rendered.Store(&rendered)
}

func (d *discovery) tellLeft(all, listed int) {
	if !d.leftSome {
		d.leftSome = true
		d.log.Warn("adapter lists more metrics than discovery shows; all are forwarded", "names", all, "listed", listed)
	}
}

func resourceOf(name string) metav1.APIResource {
	return metav1.APIResource{Name: name, Namespaced: true, Kind: "ExternalMetricValueList", Verbs: metav1.Verbs{"get"}}
}

func sizeOf(r metav1.APIResource) int { return len(encode(r)) + len(",") }

// encode is for values of strings, which cannot fail.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}

// acceptsJSON tells a client that takes the list as plain JSON. The forms that stand
// for another type (as=…) are not this list.
func acceptsJSON(h http.Header) bool {
	accept := strings.Join(h.Values("Accept"), ",")
	if accept == "" {
		return true
	}
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil || params["as"] != "" {
			continue
		}
		if kind == "application/json" || kind == "*/*" || kind == "application/*" {
			return true
		}
	}
	return false
}
