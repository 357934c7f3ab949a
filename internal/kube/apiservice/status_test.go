package apiservice

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	v1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"github.com/scaler-dev/scaler/internal/testgolden"
)

func TestInspect(t *testing.T) {
	port := int32(6443)
	cases := map[string]*v1.APIService{
		"missing": nil,
		"ours":    ours(),
		"ours, not available": ours(unavailable("FailedDiscoveryCheck",
			"failing or missing response from https://10.0.0.7:6443/apis/external.metrics.k8s.io/v1beta1:\n "+strings.Repeat("x", 1000))),
		"ours, two writers":   ours(writtenBy("scaler", start), writtenBy("keda-operator", start)),
		"ours, no endpoints":  ours(unavailable("MissingEndpoints", "endpoints for service/scaler have no addresses")),
		"ours, not looked at": ours(func(o *v1.APIService) { o.Status = v1.APIServiceStatus{} }),
		"ours, wrong port":    ours(func(o *v1.APIService) { o.Spec.Service.Port = &port }),
		"ours, insecure": ours(func(o *v1.APIService) {
			o.Spec.InsecureSkipTLSVerify = true
			o.Annotations = map[string]string{"cert-manager.io/inject-ca-from": "scaler-system/scaler"}
		}),
		"foreign": entry("keda", "keda-operator-metrics-apiserver",
			writtenBy("helm", start), writtenBy("keda-operator", start.Add(time.Hour)), writtenBy("scaler", start)),
		"foreign, injected": entry("monitoring", "prometheus-adapter", unavailable("ServiceNotFound", "service/prometheus-adapter is not present"),
			func(o *v1.APIService) {
				o.Annotations = map[string]string{"cert-manager.io/inject-apiserver-ca": "true"}
			}),
		"local": ours(func(o *v1.APIService) { o.Spec.Service = nil }),
	}
	var out strings.Builder
	for _, name := range []string{
		"missing", "ours", "ours, two writers", "ours, not available", "ours, no endpoints", "ours, not looked at", "ours, wrong port",
		"ours, insecure", "foreign", "foreign, injected", "local",
	} {
		r := newRegistry(t, cases[name])
		s, err := Inspect(t.Context(), r.client.ApiregistrationV1(), want)
		require.NoError(t, err)
		require.Equal(t, name == "ours" || name == "ours, two writers", s.OK())
		out.WriteString("# " + name + " (" + string(s.Owner) + ")\n" + strings.Join(s.Sentences(), "\n") + "\n\n")
	}
	testgolden.Equal(t, "testdata/sentences.txt", out.String())
}

func TestWriters(t *testing.T) {
	o := ours(writtenBy("helm", start), writtenBy("keda-operator", start.Add(time.Hour)))
	for _, raw := range []string{`{"f:spec":{"f:service":{}}}`, `{"f:metadata":{"f:caBundle":{}}}`, `{`, `[]`, `"f:caBundle"`} {
		fields := &metav1.FieldsV1{}
		require.NoError(t, fields.UnmarshalJSON([]byte(raw)))
		o.ManagedFields = append(o.ManagedFields, metav1.ManagedFieldsEntry{Manager: "not this one", FieldsV1: fields})
	}
	o.ManagedFields = append(o.ManagedFields, metav1.ManagedFieldsEntry{Manager: "nor this"})
	require.Equal(t, []Writer{{"keda-operator", start.Add(time.Hour)}, {"helm", start}}, read(o, want).Writers)
	for range 100 {
		writtenBy("many", start)(o)
	}
	require.Len(t, read(o, want).Writers, maxWriters)
}

func TestDispute(t *testing.T) {
	d, now := &dispute{}, start
	for range 2 {
		d.replaced(now, "x")
		require.True(t, d.mayWrite(now))
	}
	var pauses []time.Duration
	for range 10 {
		d.replaced(now, "x")
		require.False(t, d.mayWrite(now))
		began := now
		for !d.mayWrite(now) {
			now = now.Add(time.Second)
		}
		pauses = append(pauses, now.Sub(began))
	}
	m := time.Minute
	require.Equal(t, []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 30 * m, 30 * m, 30 * m, 30 * m, 30 * m}, pauses)
	by, ok := d.with(now)
	require.True(t, ok)
	require.Equal(t, "x", by)
	_, ok = d.with(now.Add(disputeOver))
	require.False(t, ok)
}
