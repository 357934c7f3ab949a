package apiservice

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	k8sfake "k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	k8stesting "k8s.io/client-go/testing"
	v1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"
)

// merge applies a merge patch as the API server does, and gives the resource version
// that the patch asks for.
func merge(t *testing.T, o *v1.APIService, raw []byte) (next *v1.APIService, version string) {
	t.Helper()
	next = o.DeepCopy()
	require.NoError(t, json.Unmarshal(raw, next)) // the same, where nothing is null
	require.False(t, next.Spec.InsecureSkipTLSVerify && len(next.Spec.CABundle) > 0, "the API server refuses that")
	return next, next.ResourceVersion
}

// stewarded is a registry with a steward and its clock.
type stewarded struct {
	*registry
	*Steward

	now    time.Time
	bundle string
	slices *k8sfake.Clientset
}

func steward(t *testing.T, o *v1.APIService, edit ...func(*Settings)) *stewarded {
	t.Helper()
	s := &stewarded{registry: newRegistry(t, o), now: start, bundle: "ours", slices: k8sfake.NewClientset()}
	settings := Settings{
		Client: s.client.ApiregistrationV1(), Want: want, Bundle: func() []byte { return []byte(s.bundle) },
		Now: func() time.Time { return s.now }, Log: quiet, Endpoints: s.slices.DiscoveryV1(),
	}
	s.replicaIs(true)
	for _, e := range edit {
		e(&settings)
	}
	s.Steward = NewSteward(settings)
	return s
}

// replicaIs says whether a replica is ready behind the Service, beside one of another
// Service that is.
func (s *stewarded) replicaIs(ready bool) {
	s.t.Helper()
	for name, is := range map[string]bool{want.Service: ready, "other": true} {
		slice := &discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{Name: name + "-1", Namespace: want.Namespace, Labels: map[string]string{discoveryv1.LabelServiceName: name}},
			Endpoints:  []discoveryv1.Endpoint{{Addresses: []string{"192.0.2.1"}, Conditions: discoveryv1.EndpointConditions{Ready: &is}}},
		}
		_ = s.slices.Tracker().Delete(discoveryv1.SchemeGroupVersion.WithResource("endpointslices"), want.Namespace, slice.Name)
		require.NoError(s.t, s.slices.Tracker().Add(slice))
	}
}

func force(s *Settings)     { s.Force = true }
func elsewhere(s *Settings) { s.Bundle = nil }

func TestStewardWrites(t *testing.T) {
	for name, o := range map[string]*v1.APIService{
		"none yet":  ours(),
		"an old":    ours(func(o *v1.APIService) { o.Spec.CABundle = []byte("old") }),
		"unchecked": ours(func(o *v1.APIService) { o.Spec.InsecureSkipTLSVerify = true }),
	} {
		t.Run(name, func(t *testing.T) {
			s := steward(t, o)
			require.False(t, s.Trusts([]byte("ours")), "it has not looked")
			require.Equal(t, lookEvery, s.step(t.Context()))
			want := o.DeepCopy()
			want.Spec.CABundle, want.Spec.InsecureSkipTLSVerify = []byte("ours"), false
			want.ResourceVersion = s.entry.ResourceVersion
			require.Equal(t, want, s.entry, "and nothing else")
			require.Equal(t, Ours, s.Status().Owner)
			require.Equal(t, start, s.Status().At)

			require.False(t, s.Trusts([]byte("ours")), "not settled")
			s.now = s.now.Add(settled)
			require.True(t, s.Trusts([]byte("ours")))
			require.False(t, s.Trusts([]byte("next")))
			s.bundle = "next"
			s.step(t.Context())
			require.Equal(t, "next", string(s.entry.Spec.CABundle))
			require.False(t, s.Trusts([]byte("next")))
			s.step(t.Context())
			require.Equal(t, 2, s.patches)
			require.Empty(t, s.Status().Problem)
		})
	}
}

func TestStewardWritesNot(t *testing.T) {
	keda := entry("keda", "keda-operator-metrics-apiserver", func(o *v1.APIService) { o.Spec.CABundle = []byte("theirs") })
	for name, c := range map[string]struct {
		entry *v1.APIService
		edit  func(*Settings)
		owner Owner
	}{
		"somebody else's":          {keda, func(*Settings) {}, Foreign},
		"missing":                  {nil, force, Missing},
		"local":                    {ours(func(o *v1.APIService) { o.Spec.Service = nil }), force, Local},
		"somebody else sees to it": {ours(), elsewhere, Ours},
		"somebody else sees to it, even by force":   {keda, func(s *Settings) { force(s); elsewhere(s) }, Foreign},
		"there is no certificate yet":               {ours(), func(s *Settings) { s.Bundle = func() []byte { return nil } }, Ours},
		"there is no certificate yet, nor by force": {keda, func(s *Settings) { force(s); s.Bundle = func() []byte { return nil } }, Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			s := steward(t, c.entry, c.edit)
			for range 3 {
				require.Equal(t, lookEvery, s.step(t.Context()))
			}
			require.Zero(t, s.patches)
			require.Equal(t, c.owner, s.Status().Owner)
			require.Equal(t, c.owner != Ours, s.Trusts([]byte("ours")))
		})
	}
}

func TestStewardForce(t *testing.T) {
	s := steward(t, entry("keda", "adapter", func(o *v1.APIService) { o.Spec.InsecureSkipTLSVerify = true }), force)
	s.step(t.Context())
	require.Equal(t, &v1.ServiceReference{Namespace: "scaler-system", Name: "scaler", Port: &want.Port}, s.entry.Spec.Service)
	require.Equal(t, "ours", string(s.entry.Spec.CABundle))
	require.False(t, s.entry.Spec.InsecureSkipTLSVerify)
	require.Equal(t, "keda/adapter:443", s.entry.Annotations["scaler.dev/previous-service"])
	require.Equal(t, int32(100), s.entry.Spec.VersionPriority)
	require.Equal(t, Ours, s.Status().Owner)
	require.Equal(t, "keda/adapter:443", s.Status().Previous)

	s.set(entry("keda", "adapter")) // taken back
	for range 5 {
		s.step(t.Context())
	}
	require.Equal(t, 1, s.patches)
	require.Contains(t, s.Status().Problem, "somebody took it back")
}

// Until a replica is ready behind the Service, whoever has the entry keeps it.
func TestStewardForceWaits(t *testing.T) {
	s := steward(t, entry("keda", "adapter"), force)
	s.replicaIs(false)
	for range 3 {
		require.Equal(t, lookSoon, s.step(t.Context()))
		require.Zero(t, s.patches)
		require.Contains(t, s.Status().Problem, "waits for a replica that is ready behind scaler-system/scaler:443")
	}
	no := apierrors.NewForbidden(schema.GroupResource{Resource: "endpointslices"}, "", nil)
	s.slices.PrependReactor("list", "endpointslices", func(k8stesting.Action) (bool, runtime.Object, error) { return no != nil, nil, no })
	require.Equal(t, lookEvery, s.step(t.Context()))
	require.Equal(t, "list the EndpointSlices of scaler-system/scaler:443: not allowed by RBAC", s.Status().Problem)
	require.Zero(t, s.patches)

	no = nil
	s.replicaIs(true)
	require.Equal(t, lookEvery, s.step(t.Context()))
	require.Equal(t, Ours, s.Status().Owner)
	require.Empty(t, s.Status().Problem)
}

// A patch of what has changed meanwhile is not applied, and is tried anew.
func TestStewardConflict(t *testing.T) {
	s := steward(t, ours())
	s.before = func() { s.set(entry("keda", "adapter")) }
	require.Equal(t, lookSoon, s.step(t.Context()))
	require.Zero(t, s.patches)
	require.Equal(t, lookEvery, s.step(t.Context()))
	require.Zero(t, s.patches, "it is somebody else's by now")
	require.Equal(t, Foreign, s.Status().Owner)
}

// Whoever rewrites the caBundle is told, and Scaler does not answer each time.
func TestStewardDispute(t *testing.T) {
	s := steward(t, ours())
	s.step(t.Context())
	for i := range 2 {
		s.rewrite("theirs", "keda-operator", s.now)
		s.step(t.Context())
		require.Equal(t, "ours", string(s.entry.Spec.CABundle))
		require.Equal(t, 2+i, s.patches)
		require.Empty(t, s.Status().Problem)
	}
	hour := 0
	for range 120 { // an hour of looks
		s.now = s.now.Add(lookEvery)
		if string(s.entry.Spec.CABundle) == "ours" {
			s.rewrite("theirs", "keda-operator", s.now)
		}
		before := s.patches
		s.step(t.Context())
		hour += s.patches - before
		require.Contains(t, s.Status().Problem, "again and again by keda-operator")
	}
	require.LessOrEqual(t, hour, 7)
	require.GreaterOrEqual(t, hour, 4)

	s.now = s.now.Add(2 * time.Hour) // it has stopped
	s.step(t.Context())
	require.Equal(t, "ours", string(s.entry.Spec.CABundle))
	s.now = s.now.Add(2 * time.Hour)
	s.step(t.Context())
	require.Empty(t, s.Status().Problem)
}

// What another leader wrote between two terms is no dispute.
func TestStewardTerms(t *testing.T) {
	s := steward(t, ours())
	for _, bundle := range []string{"a", "b", "c", "d", "e"} {
		s.bundle = bundle
		s.step(t.Context())
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		s.rewrite("another leader's", "scaler", s.now)
		s.Run(ended) // a term begins
	}
	s.step(t.Context())
	require.Zero(t, s.dispute.count(s.now))
	require.Empty(t, s.Status().Problem)
}

// A new certificate of our own is no dispute.
func TestStewardRotates(t *testing.T) {
	s := steward(t, ours())
	for i := range 10 {
		s.bundle = string(rune('a' + i))
		s.step(t.Context())
		s.step(t.Context())
	}
	require.Equal(t, 10, s.patches)
	require.Empty(t, s.Status().Problem)
	require.Zero(t, s.dispute.count(s.now))
}

func TestStewardFaults(t *testing.T) {
	s := steward(t, ours())
	s.step(t.Context())
	s.now = s.now.Add(time.Minute)
	s.fail = apierrors.NewForbidden(schema.GroupResource{Resource: "apiservices"}, Name, nil)
	require.Equal(t, lookEvery, s.step(t.Context()))
	require.Equal(t, "read the APIService v1beta1.external.metrics.k8s.io: not allowed by RBAC", s.Status().Problem)
	require.Equal(t, start, s.Status().At)
	require.Equal(t, Ours, s.Status().Owner, "what was known stays")
	require.True(t, s.Trusts([]byte("ours")))
	s.now = start.Add(lookLasts + time.Second)
	require.False(t, s.Trusts([]byte("ours")), "that was long ago")
	s.fail = nil
	s.step(t.Context())
	require.Empty(t, s.Status().Problem)
}

func TestStewardRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bundle atomic.Value
		bundle.Store("ours")
		s := steward(t, ours(), func(s *Settings) {
			s.Bundle = func() []byte { return []byte(bundle.Load().(string)) }
		})
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { s.Run(ctx) })
		synctest.Wait()
		require.Equal(t, 1, s.patches)
		bundle.Store("next")
		s.Enqueue()
		synctest.Wait()
		require.Equal(t, 2, s.patches)
		bundle.Store("third")
		time.Sleep(lookEvery)
		synctest.Wait()
		require.Equal(t, 3, s.patches)
		cancel()
		group.Wait()
	})
}

// An API server that says nothing holds nobody.
func TestHang(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer api.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c, err := clientset.NewForConfigAndClient(&rest.Config{Host: api.URL}, &http.Client{Transport: transport})
	require.NoError(t, err)
	s := NewSteward(Settings{
		Client: c.ApiregistrationV1(), Want: want, Timeout: 50 * time.Millisecond, Now: time.Now, Log: quiet,
		Bundle: func() []byte { return []byte("ours") },
	})
	began := time.Now()
	s.step(t.Context())
	require.Contains(t, s.Status().Problem, "does not answer in time")
	require.False(t, s.Trusts([]byte("ours")))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = Inspect(ctx, c.ApiregistrationV1(), want)
	require.EqualError(t, err, "read the APIService v1beta1.external.metrics.k8s.io: the API server does not answer in time")
	require.Less(t, time.Since(began), 3*time.Second)
}
