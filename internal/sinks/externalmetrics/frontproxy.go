package externalmetrics

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apiserver/pkg/authentication/authenticatorfactory"
	"k8s.io/apiserver/pkg/authentication/request/headerrequest"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Where the cluster says how its front proxy is known.
const (
	proxyNamespace = metav1.NamespaceSystem
	proxyConfigMap = "extension-apiserver-authentication"
	proxyCA        = "requestheader-client-ca-file"
)

var _ dynamiccertificates.CAContentProvider = (*frontProxy)(nil)

// frontProxy knows the cluster's front proxy, the kube-apiserver that passes
// requests on and names their users in headers: by the certificate that it shows.
// It follows the cluster's ConfigMap and keeps what it knew when that becomes
// unusable; until it has seen it once, it knows nobody.
type frontProxy struct {
	informer cache.SharedIndexInformer
	log      *slog.Logger
	known    atomic.Pointer[proxyTrust]

	mu        sync.Mutex // guards listeners
	listeners []dynamiccertificates.Listener
}

// proxyTrust is immutable.
type proxyTrust struct {
	ca                              dynamiccertificates.CAContentProvider
	user, uid, group, extra, client []string
}

func newFrontProxy(client kubernetes.Interface, log *slog.Logger) *frontProxy {
	only := func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector(metav1.ObjectNameField, proxyConfigMap).String()
	}
	return &frontProxy{
		log:      log,
		informer: coreinformers.NewFilteredConfigMapInformer(client, proxyNamespace, 0, cache.Indexers{}, only),
	}
}

// run follows the ConfigMap until the context ends.
func (p *frontProxy) run(ctx context.Context) {
	load := func(o any) {
		if cm, ok := o.(*corev1.ConfigMap); ok {
			p.load(cm)
		}
	}
	_, err := p.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: load, UpdateFunc: func(_, o any) { load(o) }})
	if err != nil { // it never was started
		p.log.Error("front proxy not followed", "error", err)
		return
	}
	p.informer.RunWithContext(ctx)
}

func (p *frontProxy) load(cm *corev1.ConfigMap) {
	next, err := readTrust(cm.Data)
	if err != nil {
		p.log.Warn("front proxy's certificate unusable", "config_map", proxyNamespace+"/"+proxyConfigMap, "error", err)
		return
	}
	p.known.Store(next)
	p.log.Info("front proxy's certificate loaded")
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.listeners {
		l.Enqueue()
	}
}

func readTrust(data map[string]string) (*proxyTrust, error) {
	if data[proxyCA] == "" {
		return nil, fmt.Errorf("%s: missing", proxyCA)
	}
	ca, err := dynamiccertificates.NewStaticCAContent("front-proxy", []byte(data[proxyCA]))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", proxyCA, err)
	}
	t := &proxyTrust{ca: ca}
	for name, list := range map[string]*[]string{
		"requestheader-username-headers":     &t.user,
		"requestheader-uid-headers":          &t.uid,
		"requestheader-group-headers":        &t.group,
		"requestheader-extra-headers-prefix": &t.extra,
		"requestheader-allowed-names":        &t.client,
	} {
		if data[name] == "" {
			continue
		}
		if err := json.Unmarshal([]byte(data[name]), list); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return t, nil
}

var errNoFrontProxy = errors.New("the front proxy's certificate is not known: ConfigMap " + proxyNamespace + "/" + proxyConfigMap + " has not been read yet, or has none")

// ready tells why the front proxy is not known.
func (p *frontProxy) ready() error {
	if p.known.Load() == nil {
		return errNoFrontProxy
	}
	return nil
}

// headers are those of the latest ConfigMap.
func (p *frontProxy) headers() *authenticatorfactory.RequestHeaderConfig {
	latest := func(list func(*proxyTrust) []string) headerrequest.StringSliceProvider {
		return headerrequest.StringSliceProviderFunc(func() []string {
			if t := p.known.Load(); t != nil {
				return list(t)
			}
			return nil
		})
	}
	return &authenticatorfactory.RequestHeaderConfig{
		CAContentProvider:   p,
		UsernameHeaders:     latest(func(t *proxyTrust) []string { return t.user }),
		UIDHeaders:          latest(func(t *proxyTrust) []string { return t.uid }),
		GroupHeaders:        latest(func(t *proxyTrust) []string { return t.group }),
		ExtraHeaderPrefixes: latest(func(t *proxyTrust) []string { return t.extra }),
		AllowedClientNames:  latest(func(t *proxyTrust) []string { return t.client }),
	}
}

// Name identifies the certificates.
func (p *frontProxy) Name() string { return "front-proxy" }

// AddListener adds who is told when the certificates change.
func (p *frontProxy) AddListener(l dynamiccertificates.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listeners = append(p.listeners, l)
}

// CurrentCABundleContent is the certificates as PEM, nil until they are known.
func (p *frontProxy) CurrentCABundleContent() []byte {
	if t := p.known.Load(); t != nil {
		return t.ca.CurrentCABundleContent()
	}
	return nil
}

// VerifyOptions are what a client's certificate is checked with; false until the
// certificates are known.
func (p *frontProxy) VerifyOptions() (x509.VerifyOptions, bool) {
	if t := p.known.Load(); t != nil {
		return t.ca.VerifyOptions()
	}
	return x509.VerifyOptions{}, false
}
