package chart

import (
	"encoding/base64"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"github.com/scaler-dev/scaler/test/chart/render"
)

const apiServiceName = "v1beta1.external.metrics.k8s.io"

// object is one that the cluster has already.
func object(apiVersion, kind, namespace, name string, rest values) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: values{}}
	maps.Copy(o.Object, rest)
	o.SetAPIVersion(apiVersion)
	o.SetKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	return o
}

// leading is an APIService that leads to a Service.
func leading(namespace, name string) *unstructured.Unstructured {
	return object("apiregistration.k8s.io/v1", "APIService", "", apiServiceName,
		values{"spec": values{"service": values{"namespace": namespace, "name": name}}})
}

// of annotates an object as a release's.
func of(o *unstructured.Unstructured, release, namespace string) *unstructured.Unstructured {
	o.SetAnnotations(map[string]string{"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace})
	return o
}

// TestAPIServiceGuard shows that the chart never takes the APIService from another.
func TestAPIServiceGuard(t *testing.T) {
	local := object("apiregistration.k8s.io/v1", "APIService", "", apiServiceName, values{"spec": values{}})
	for name, c := range map[string]struct {
		cluster  []*unstructured.Unstructured
		set      values
		rendered bool
		fault    string
		notes    string
	}{
		"there is none":                {rendered: true},
		"this release's":               {cluster: []*unstructured.Unstructured{of(leading("scaler", "scaler"), "scaler", "scaler")}, rendered: true},
		"this release's, renamed":      {cluster: []*unstructured.Unstructured{of(leading("scaler", "before"), "scaler", "scaler")}, rendered: true},
		"another release's":            {cluster: []*unstructured.Unstructured{of(leading("keda", "keda-operator-metrics-apiserver"), "keda", "keda")}, fault: "belongs to keda/keda-operator-metrics-apiserver"},
		"same release, other place":    {cluster: []*unstructured.Unstructured{of(leading("other", "scaler"), "scaler", "other")}, fault: "belongs to other/scaler"},
		"applied by hand":              {cluster: []*unstructured.Unstructured{leading("datadog", "datadog-cluster-agent-metrics-api")}, fault: "apiService.force to true"},
		"the API server's own":         {cluster: []*unstructured.Unstructured{local}, fault: "belongs to the API server itself"},
		"another's, not wanted":        {cluster: []*unstructured.Unstructured{leading("keda", "keda")}, set: values{"create": false}, notes: "No APIService was made"},
		"another's, forced":            {cluster: []*unstructured.Unstructured{leading("keda", "keda")}, set: values{"force": true}, notes: "It belongs to keda/keda"},
		"ours, taken over before":      {cluster: []*unstructured.Unstructured{leading("scaler", "scaler")}, set: values{"force": true}, notes: "It leads to Scaler already"},
		"ours, force taken back":       {cluster: []*unstructured.Unstructured{leading("scaler", "scaler")}, notes: "Helm leaves the APIService alone"},
		"there is none, forced":        {set: values{"force": true}, rendered: true},
		"another object, same cluster": {cluster: []*unstructured.Unstructured{object("v1", "Service", "keda", apiServiceName, nil)}, rendered: true},
	} {
		t.Run(name, func(t *testing.T) {
			v := values{}
			if c.set != nil {
				v["apiService"] = c.set
			}
			r, err := render.Chart(chartDir, render.Options{Cluster: c.cluster, Values: v})
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.rendered, contains(r, "APIService"))
			require.Contains(t, r.Notes, c.notes)
		})
	}
}

func contains(r render.Release, kind string) bool {
	for _, o := range r.Objects {
		if o.GetKind() == kind {
			return true
		}
	}
	return false
}

// TestAPIServiceIsVerified shows that the API server always checks whom it talks to.
func TestAPIServiceIsVerified(t *testing.T) {
	for name, v := range everyValues(t) {
		t.Run(name, func(t *testing.T) {
			s := one[apiregistration.APIService](t, chartWith(t, v), "APIService")
			require.False(t, s.Spec.InsecureSkipTLSVerify)
			require.Equal(t, apiServiceName, s.Name)
		})
	}
}

// TestCABundle shows where the APIService's caBundle comes from in each mode.
func TestCABundle(t *testing.T) {
	const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	encoded := base64.StdEncoding.EncodeToString([]byte(pem))
	secret := object("v1", "Secret", "scaler", "mine", values{"data": values{"ca.crt": encoded}})
	bare := object("v1", "Secret", "scaler", "mine", values{"data": values{"tls.crt": encoded}})
	for name, c := range map[string]struct {
		cluster []*unstructured.Unstructured
		tls     values
		want    string
		fault   string
	}{
		"self":                       {tls: values{"mode": "self"}},
		"cert-manager":               {tls: values{"mode": "certManager"}},
		"of the values":              {tls: values{"mode": "existingSecret", "existingSecret": values{"name": "mine", "caBundle": pem}}, want: pem},
		"of the Secret":              {cluster: []*unstructured.Unstructured{secret}, tls: values{"mode": "existingSecret", "existingSecret": values{"name": "mine"}}, want: pem},
		"the values come first":      {cluster: []*unstructured.Unstructured{secret}, tls: values{"mode": "existingSecret", "existingSecret": values{"name": "mine", "caBundle": pem + pem}}, want: pem + pem},
		"the Secret has none":        {cluster: []*unstructured.Unstructured{bare}, tls: values{"mode": "existingSecret", "existingSecret": values{"name": "mine"}}, fault: "the Secret scaler/mine has no ca.crt"},
		"the Secret cannot be read":  {tls: values{"mode": "existingSecret", "existingSecret": values{"name": "mine"}}, fault: "tls.existingSecret.caBundle: is required"},
		"the Secret is not named":    {tls: values{"mode": "existingSecret"}, fault: "tls.existingSecret.name: is required"},
		"not a certificate's PEM":    {tls: values{"mode": "existingSecret", "existingSecret": values{"name": "mine", "caBundle": encoded}}, fault: "caBundle"},
		"a Secret of another's name": {cluster: []*unstructured.Unstructured{secret}, tls: values{"mode": "existingSecret", "existingSecret": values{"name": "other"}}, fault: "scaler/other"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := render.Chart(chartDir, render.Options{Cluster: c.cluster, Values: values{"tls": c.tls}})
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			s := one[apiregistration.APIService](t, r, "APIService")
			require.Equal(t, c.want, string(s.Spec.CABundle))
			require.Equal(t, name == "cert-manager", s.Annotations["cert-manager.io/inject-ca-from"] == "scaler/scaler-serving")
		})
	}
}
