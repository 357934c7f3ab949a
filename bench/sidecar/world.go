package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// world is what stands around a sidecar: an application's page of metrics, and
// CloudWatch.
type world struct {
	page  string // the application's URL
	aws   string
	roots []byte // as PEM: the machine's, and that of aws

	moto   *exec.Cmd
	tls    *httptest.Server // in front of moto, which has none
	server *http.Server
	group  sync.WaitGroup
	cancel context.CancelFunc
}

func startWorld(ctx context.Context) (*world, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(address)
	w := &world{moto: exec.Command("moto_server", "-H", host, "-p", port)} //nolint:noctx // stop ends it
	if err := w.moto.Start(); err != nil {
		return nil, fmt.Errorf("start moto_server (pip install 'moto[server]==5.2.1'): %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for the application: %w", err), w.moto.Process.Kill())
	}
	w.secure("http://" + address)
	w.page = "http://" + l.Addr().String()
	requests, handler := application()
	w.server = &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	ctx, w.cancel = context.WithCancel(ctx)
	w.group.Go(func() { _ = w.server.Serve(l) }) // ends with stop
	w.group.Go(func() { count(ctx, requests) })
	if err := w.await(ctx); err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

// secure puts TLS in front of moto, as AWS has it, with a certificate that is found
// among all those that a machine trusts.
func (w *world) secure(moto string) {
	target, _ := url.Parse(moto) // of our own making
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	w.tls = httptest.NewTLSServer(proxy)
	w.aws = w.tls.URL
	w.roots, _ = os.ReadFile("/etc/ssl/certs/ca-certificates.crt") // where there is one
	w.roots = append(w.roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.tls.Certificate().Raw})...)
}

// application is a page as many have it: Go's and the process's metrics, and
// requests by handler, code and method.
func application() (*prometheus.CounterVec, http.Handler) {
	reg := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests."}, []string{"handler", "code", "method"})
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), requests)
	for _, handler := range []string{"/api", "/login", "/search", "/cart"} {
		for _, code := range []string{"200", "400", "404", "500"} {
			for _, method := range []string{"get", "post"} {
				requests.WithLabelValues(handler, code, method)
			}
		}
	}
	return requests, promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// count makes 20 requests a second.
func count(ctx context.Context, requests *prometheus.CounterVec) {
	often := time.NewTicker(50 * time.Millisecond)
	defer often.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-often.C:
			requests.WithLabelValues("/api", "200", "get").Inc()
		}
	}
}

// await returns when moto answers.
func (w *world) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.aws+"/moto-api/data.json", http.NoBody)
		if err != nil {
			return err
		}
		if resp, err := w.tls.Client().Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK { // else it is the proxy that answers
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("moto_server does not answer")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (w *world) stop() {
	w.cancel()
	_ = w.server.Close()
	w.group.Wait()
	w.tls.Close()
	_ = w.moto.Process.Kill()
	_ = w.moto.Wait()
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// documents are those of a sidecar.
func documents(w *world, ops string, interval time.Duration) string {
	return fmt.Sprintf(`
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: application}
spec: {http: {url: %q}}
---
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec: {aws: {region: eu-west-1, endpointURL: %q, protocol: json}}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: web, namespace: shop}
spec:
  signals:
    - name: requests
      provider: application
      interval: %s
      kind: PerReplica
      scrape: {metric: http_requests_total, labels: {handler: /api}, rate: true}
  publish:
    cloudWatch: {provider: aws, period: %s, signals: [requests]}
---
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec: {ops: {listen: %q}}
`, w.page, w.aws, interval, interval, ops)
}
