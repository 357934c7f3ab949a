package externalmetrics

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	restclient "k8s.io/client-go/rest"
)

// cluster stands in for a kube-apiserver: it reviews tokens and access, and keeps
// one ConfigMap.
type cluster struct {
	server *httptest.Server
	tokens map[string]authenticationv1.UserInfo
	// may says whether a user may; called by many at once.
	may func(authorizationv1.SubjectAccessReviewSpec) bool

	hangTokens, hangAccess atomic.Bool
	refuse                 atomic.Int64 // status of every review, if not 0
	tokenReviews           atomic.Int64
	accessReviews          atomic.Int64
	asked                  atomic.Int64 // all requests

	mu      sync.Mutex // guards data, version and changed
	data    map[string]string
	version int
	changed chan struct{}
}

const hang = 10 * time.Second

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{
		tokens:  map[string]authenticationv1.UserInfo{},
		may:     func(authorizationv1.SubjectAccessReviewSpec) bool { return false },
		changed: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/namespaces/kube-system/configmaps", c.configMaps)
	mux.HandleFunc("POST /apis/authentication.k8s.io/v1/tokenreviews", c.reviewToken)
	mux.HandleFunc("POST /apis/authorization.k8s.io/v1/subjectaccessreviews", c.reviewAccess)
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.asked.Add(1)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		c.server.CloseClientConnections()
		c.server.Close()
	})
	return c
}

func (c *cluster) config() *restclient.Config { return &restclient.Config{Host: c.server.URL} }

// trust makes the ConfigMap name a front proxy's authority.
func (c *cluster) trust(ca *authority) {
	c.configure(map[string]string{
		"requestheader-client-ca-file":       string(ca.pem),
		"requestheader-username-headers":     `["X-Remote-User"]`,
		"requestheader-uid-headers":          `["X-Remote-Uid"]`,
		"requestheader-group-headers":        `["X-Remote-Group"]`,
		"requestheader-extra-headers-prefix": `["X-Remote-Extra-"]`,
		"requestheader-allowed-names":        `["front-proxy"]`,
	})
}

func (c *cluster) configure(data map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.data = data
	c.version++
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *cluster) configMap() (*corev1.ConfigMap, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.data == nil {
		return nil, c.changed
	}
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Namespace: proxyNamespace, Name: proxyConfigMap, ResourceVersion: strconv.Itoa(1 + c.version)},
		Data:       c.data,
	}, c.changed
}

// configMaps lists and watches, as much as a reflector needs.
func (c *cluster) configMaps(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("fieldSelector") != "metadata.name="+proxyConfigMap {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	now, changed := c.configMap()
	if r.URL.Query().Get("watch") == "" {
		list := corev1.ConfigMapList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMapList"}, ListMeta: metav1.ListMeta{ResourceVersion: "1"}}
		if now != nil {
			list.Items = append(list.Items, *now)
		}
		reply(w, list)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	event := func(kind string, o runtime.Object) {
		raw, _ := json.Marshal(o)
		_ = json.NewEncoder(w).Encode(metav1.WatchEvent{Type: kind, Object: runtime.RawExtension{Raw: raw}})
		w.(http.Flusher).Flush()
	}
	if now != nil {
		event("ADDED", now)
	}
	if r.URL.Query().Get("sendInitialEvents") == "true" {
		event("BOOKMARK", &corev1.ConfigMap{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
			ObjectMeta: metav1.ObjectMeta{ResourceVersion: "1", Annotations: map[string]string{metav1.InitialEventsAnnotationKey: "true"}},
		})
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		}
		now, changed = c.configMap()
		event("MODIFIED", now)
	}
}

func (c *cluster) reviewToken(w http.ResponseWriter, r *http.Request) {
	c.tokenReviews.Add(1)
	if c.fails(w, r, &c.hangTokens) {
		return
	}
	var review authenticationv1.TokenReview
	if !read(w, r, &review) {
		return
	}
	user, ok := c.tokens[review.Spec.Token]
	review.Spec.Token = ""
	review.Status = authenticationv1.TokenReviewStatus{Authenticated: ok, User: user}
	reply(w, review)
}

func (c *cluster) reviewAccess(w http.ResponseWriter, r *http.Request) {
	c.accessReviews.Add(1)
	if c.fails(w, r, &c.hangAccess) {
		return
	}
	var review authorizationv1.SubjectAccessReview
	if !read(w, r, &review) {
		return
	}
	review.Status.Allowed = c.may(review.Spec)
	review.Status.Reason = "planted-reason"
	reply(w, review)
}

func (c *cluster) fails(w http.ResponseWriter, r *http.Request, hangs *atomic.Bool) bool {
	if code := int(c.refuse.Load()); code != 0 {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "planted-body", code)
		return true
	}
	if !hangs.Load() {
		return false
	}
	_, _ = io.Copy(io.Discard, r.Body) // so that its end is noticed
	select {
	case <-r.Context().Done():
	case <-time.After(hang):
	}
	return true
}

func read(w http.ResponseWriter, r *http.Request, into runtime.Object) bool {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		_, _, err = scheme.Codecs.UniversalDeserializer().Decode(body, nil, into)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

func reply(w http.ResponseWriter, o any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(o)
}

// mayList lets users list everything in namespaces of theirs; * is all.
func mayList(namespaces map[string][]string) func(authorizationv1.SubjectAccessReviewSpec) bool {
	return func(spec authorizationv1.SubjectAccessReviewSpec) bool {
		a := spec.ResourceAttributes
		if a == nil || a.Verb != "list" || a.Group != "external.metrics.k8s.io" || a.LabelSelector != nil {
			return false
		}
		theirs := namespaces[spec.User]
		return slices.Contains(theirs, "*") || slices.Contains(theirs, a.Namespace)
	}
}

// authority issues certificates.
type authority struct {
	pem  []byte
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	a := &authority{key: newKey(t)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	require.NoError(t, err)
	a.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

// issue makes a certificate for clients of the name, and for servers on loopback.
func (a *authority) issue(t *testing.T, name string, validFor time.Duration) (certPEM, keyPEM []byte) {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validFor),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, a.cert, key.Public(), a.key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func (a *authority) client(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	pair, err := tls.X509KeyPair(a.issue(t, name, time.Hour))
	require.NoError(t, err)
	return &pair
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}
