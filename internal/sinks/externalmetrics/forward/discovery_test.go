package forward

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// listing is an adapter that lists names.
func listing(names ...string) http.HandlerFunc {
	l := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: groupVersion}
	for _, n := range names {
		l.APIResources = append(l.APIResources, metav1.APIResource{
			Name: n, Kind: secret, Namespaced: true, Verbs: metav1.Verbs{"get", "delete"}, ShortNames: []string{secret}, Categories: []string{"all"},
		})
	}
	return jsonOf(string(encode(l)))
}

// names are what discovery lists; each is a plain external metric.
func (w *world) names() []string {
	w.t.Helper()
	rec := w.get(listPath, "Accept", "application/json")
	require.Equal(w.t, http.StatusOK, rec.Code)
	require.Equal(w.t, "application/json", rec.Header().Get("Content-Type"))
	require.LessOrEqual(w.t, rec.Body.Len(), maxRendered+1<<10)
	var l metav1.APIResourceList
	require.NoError(w.t, json.Unmarshal(rec.Body.Bytes(), &l))
	require.Equal(w.t, metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, l.TypeMeta)
	require.Equal(w.t, groupVersion, l.GroupVersion)
	names := make([]string, len(l.APIResources))
	for i, r := range l.APIResources {
		names[i] = r.Name
		require.Equal(w.t, resourceOf(r.Name), r)
	}
	return names
}

func (w *world) refresh() { w.f.list.refresh(w.t.Context(), w.f.adapter) }

const placeholder = "externalmetrics"

func TestDiscoveryIsMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, listing("queue", "s0-kafka", "queue", placeholder, "a/status", "", "..", "a%2fb", "a\nb", "datadogmetric@shop:orders"))
		require.Equal(t, []string{placeholder}, w.names())
		w.refresh()
		require.Equal(t, []string{placeholder, "datadogmetric@shop:orders", "queue", "s0-kafka"}, w.names())
	})
}

// TestDiscoveryIsNeverEmpty shows that whatever the adapter does, discovery answers at
// once with Scaler's own, and that what was read before stays.
func TestDiscoveryIsNeverEmpty(t *testing.T) {
	for _, c := range faults() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.adapter, changes(c.change)...)
				start := time.Now()
				w.refresh()
				require.LessOrEqual(t, time.Since(start), deadline)
				require.Equal(t, []string{placeholder}, w.names())
				w.f.list.readAt = time.Now()
				w.f.list.show([]string{"queue"})
				w.refresh()
				require.Equal(t, []string{placeholder, "queue"}, w.names())
			})
		})
	}
}

func TestDiscoveryInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if away.Load() {
				<-r.Context().Done()
				return
			}
			listing("queue")(w, r)
		}))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.f.Run(ctx) }()
		synctest.Wait()
		require.Equal(t, []string{placeholder, "queue"}, w.names())

		away.Store(true)
		began := time.Now()
		for time.Since(began) < 59*time.Minute {
			start := time.Now()
			require.Equal(t, []string{placeholder, "queue"}, w.names(), "the last good one is kept")
			require.Zero(t, time.Since(start))
			time.Sleep(10 * time.Second)
		}
		time.Sleep(3 * time.Minute)
		require.Equal(t, []string{placeholder}, w.names(), "for an hour")
		reads := len(w.requests())
		require.InDelta(t, 62*60/32, reads, 10, "every half a minute, and the deadline")

		away.Store(false)
		time.Sleep(time.Minute)
		require.Equal(t, []string{placeholder, "queue"}, w.names())
		require.Equal(t, 1, strings.Count(w.logs.String(), "discovery is not read"))
		require.Equal(t, 1, strings.Count(w.logs.String(), "discovery is read again"))
		cancel()
		<-ended
	})
}

func TestDiscoveryIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		format     string
		all, least int
	}{
		"names": {"m%05d", 20_000, maxNames},
		"bytes": {"m%05d" + strings.Repeat("x", maxName-6), 2_000, 400},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				names := make([]string, c.all)
				for i := range names {
					names[i] = fmt.Sprintf(c.format, i)
				}
				w := newWorld(t, listing(names...))
				for range 3 {
					w.refresh()
				}
				got := w.names()
				require.GreaterOrEqual(t, len(got), c.least)
				require.LessOrEqual(t, len(got), maxNames+1)
				require.Equal(t, names[:len(got)-1], got[1:])
				require.Equal(t, 1, strings.Count(w.logs.String(), "lists more metrics"))
			})
		})
	}
}

// TestDiscoveryForms shows which clients get the merged list; others are next's.
func TestDiscoveryForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, listing("queue"))
		w.refresh()
		merged := w.get(listPath).Body.String()
		require.Contains(t, merged, `"queue"`)
		for accept, want := range map[string]string{
			"":                                    merged,
			"*/*":                                 merged,
			"application/*":                       merged,
			"application/json":                    merged,
			"application/json, */*":               merged,
			"application/json;q=0.9":              merged,
			"APPLICATION/JSON":                    merged,
			"text/html,application/json":          merged,
			"application/vnd.kubernetes.protobuf": ours,
			"application/vnd.kubernetes.protobuf, application/json": merged,
			"application/yaml": ours,
			"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList":                  ours,
			"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json": merged,
			"application/json;as=Table;v=v1;g=meta.k8s.io":                                          ours,
			";;;": ours,
		} {
			require.Equal(t, want, w.get(listPath, "Accept", accept).Body.String(), accept)
		}
		for _, path := range []string{"/apis", "/apis/external.metrics.k8s.io", listPath + "/"} {
			require.Equal(t, ours, w.get(path).Body.String(), path)
		}
		require.Equal(t, ours, w.get(listPath, "User-Agent", userAgent).Body.String())
	})
}
