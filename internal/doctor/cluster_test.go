//go:build !nok8s

package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	discovery "k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/kubernetes/fake"
	ktesting "k8s.io/client-go/testing"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset/fake"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

func config() *v1alpha1.ScalerConfig {
	c := &v1alpha1.ScalerConfig{Metadata: v1alpha1.ObjectMeta{Name: "scaler"}}
	c.Spec.Kubernetes = &v1alpha1.KubernetesCluster{Namespace: "scaler"}
	c.Spec.ExternalMetrics = &v1alpha1.ExternalMetricsServer{
		Service: "scaler", Certificate: &v1alpha1.ServingCertificate{SelfManaged: &v1alpha1.SelfManagedCertificate{Secret: "scaler-tls"}},
	}
	c.Default()
	return c
}

func policyOf(name string, low, high int32) *v1alpha1.ScalingPolicy {
	p := &v1alpha1.ScalingPolicy{Metadata: v1alpha1.ObjectMeta{Namespace: "shop", Name: name}}
	p.Spec.Replicas = v1alpha1.ReplicaRange{Min: low, Max: high}
	p.Spec.Workload = &v1alpha1.Workload{Deployment: &v1alpha1.ObjectReference{Name: name}}
	p.Default()
	return p
}

// pair is a Secret that lasts from one instant to another.
func pair(t *testing.T, host string, from, to time.Time) *corev1.Secret {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, DNSNames: []string{host}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "scaler", Name: "scaler-tls"},
		Data: map[string][]byte{
			corev1.TLSCertKey:       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
			corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		},
	}
}

func entry(service string, available apiregistrationv1.ConditionStatus) *apiregistrationv1.APIService {
	return &apiregistrationv1.APIService{
		ObjectMeta: metav1.ObjectMeta{Name: "v1beta1.external.metrics.k8s.io", ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: "scaler", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:caBundle":{}}}`),
		}}},
		Spec:   apiregistrationv1.APIServiceSpec{Service: &apiregistrationv1.ServiceReference{Namespace: "scaler", Name: service}},
		Status: apiregistrationv1.APIServiceStatus{Conditions: []apiregistrationv1.APIServiceCondition{{Type: apiregistrationv1.Available, Status: available, Reason: "FailedDiscoveryCheck", Message: "no response from https://10.0.0.7:6443"}}},
	}
}

// cluster is a fake one, where who asks may do everything but deny.
func cluster(entry *apiregistrationv1.APIService, who string, deny func(authorizationv1.ResourceAttributes) bool, objects ...runtime.Object) Cluster {
	client := fake.NewClientset(objects...)
	client.Discovery().(*discovery.FakeDiscovery).FakedServerVersion = &version.Info{GitVersion: "v1.37.2"}
	client.PrependReactor("create", "selfsubjectreviews", func(ktesting.Action) (bool, runtime.Object, error) {
		return true, &authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: who}}}, nil
	})
	client.PrependReactor("create", "selfsubjectaccessreviews", func(a ktesting.Action) (bool, runtime.Object, error) {
		review := a.(ktesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview)
		review.Status.Allowed = !deny(*review.Spec.ResourceAttributes)
		return true, review, nil
	})
	services := aggregator.NewSimpleClientset()
	if entry != nil {
		services = aggregator.NewSimpleClientset(entry)
	}
	return Cluster{
		Client: client, APIServices: services.ApiregistrationV1(), Skew: func() time.Duration { return 0 },
		Config: config(), Policies: []*v1alpha1.ScalingPolicy{policyOf("orders", 0, 50)}, Now: clock,
	}
}

func nothing(authorizationv1.ResourceAttributes) bool { return false }

const scaler = "system:serviceaccount:scaler:scaler"

func examined(t *testing.T, c Cluster) string {
	t.Helper()
	return Table(Examine(t.Context(), ClusterChecks(c), Settings{}))
}

func deployed(ready int32) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders"},
		Spec:       appsv1.DeploymentSpec{Replicas: new(int32(3))}, Status: appsv1.DeploymentStatus{ReadyReplicas: ready},
	}
}

func TestClusters(t *testing.T) {
	day := 24 * time.Hour
	good := pair(t, "scaler.scaler.svc", now.Add(-day), now.Add(80*day))
	denied := func(a authorizationv1.ResourceAttributes) bool {
		return a.Resource == "deployments" && a.Verb == "watch" || a.Resource == "secrets" && a.Verb == "create"
	}
	healthy := func() Cluster { return cluster(entry("scaler", "True"), scaler, nothing, good, deployed(2), hpa()) }
	lacking := healthy()
	lacking.Config.Spec.Kubernetes.Namespace = "other"
	off := healthy()
	off.Config.Spec.ExternalMetrics, off.Policies = nil, nil
	off.Config.Spec.HighAvailability = nil
	for name, c := range map[string]Cluster{
		"healthy":   healthy(),
		"admin":     cluster(entry("scaler", "True"), "kubernetes-admin", nothing, good, deployed(2), hpa()),
		"denied":    cluster(entry("scaler", "True"), scaler, denied, good, deployed(2), hpa()),
		"bare":      cluster(nil, scaler, nothing),
		"foreign":   cluster(entry("keda", "True"), scaler, nothing, good, deployed(2), hpa()),
		"broken":    cluster(entry("scaler", "False"), scaler, nothing, pair(t, "scaler.scaler.svc", now.Add(-90*day), now.Add(-day)), deployed(0), hpa()),
		"elsewhere": lacking,
		"off":       off,
	} {
		t.Run(name, func(t *testing.T) { testgolden.Equal(t, "testdata/cluster-"+name+".txt", examined(t, c)) })
	}
}

// TestAway: an API server that cannot be asked is told once.
func TestAway(t *testing.T) {
	for name, err := range map[string]error{
		"expired": apierrors.NewUnauthorized("secret-token"),
		"hanging": context.DeadlineExceeded,
		"odd":     errors.New("secret-token"),
	} {
		t.Run(name, func(t *testing.T) {
			c := cluster(nil, scaler, nothing)
			c.Client.(*fake.Clientset).PrependReactor("*", "*", func(ktesting.Action) (bool, runtime.Object, error) { return true, nil, err })
			text := examined(t, c)
			require.NotContains(t, text, "secret")
			testgolden.Equal(t, "testdata/cluster-"+name+".txt", text)
		})
	}
}

// TestNotAllowed: what doctor itself may not see is skipped, not judged.
func TestNotAllowed(t *testing.T) {
	c := cluster(entry("scaler", "True"), scaler, nothing, deployed(2))
	for _, resource := range []string{"secrets", "horizontalpodautoscalers", "selfsubjectreviews", "selfsubjectaccessreviews"} {
		c.Client.(*fake.Clientset).PrependReactor("*", resource, func(a ktesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(a.GetResource().GroupResource(), "", errors.New("no"))
		})
	}
	testgolden.Equal(t, "testdata/cluster-blind.txt", examined(t, c))
}

func TestCertificates(t *testing.T) {
	day := 24 * time.Hour
	for _, tt := range []struct {
		name     string
		from, to time.Duration
		host     string
		want     State
	}{
		{"fresh", -day, 89 * day, "scaler.scaler.svc", OK},
		{"due", -60 * day, 30 * day, "scaler.scaler.svc", OK},
		{"late", -70 * day, 20 * day, "scaler.scaler.svc", Warn},
		{"expired", -90 * day, -time.Second, "scaler.scaler.svc", Fail},
		{"not yet", day, 90 * day, "scaler.scaler.svc", Fail},
		{"another's", -day, 89 * day, "scaler.other.svc", Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cluster(nil, scaler, nothing, pair(t, tt.host, now.Add(tt.from), now.Add(tt.to)))
			found := c.certificate(t.Context())
			require.Len(t, found, 1)
			require.Equal(t, tt.want, found[0].State, found[0])
			require.Equal(t, tt.want == OK, found[0].Hint == "")
		})
	}
	garbage := pair(t, "x", now, now.Add(day))
	garbage.Data[corev1.TLSCertKey] = []byte("garbage")
	require.Equal(t, Fail, cluster(nil, scaler, nothing, garbage).certificate(t.Context())[0].State)
}
