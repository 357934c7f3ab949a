package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	restclient "k8s.io/client-go/rest"
	certutil "k8s.io/client-go/util/cert"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider/defaults"

	"github.com/scaler-dev/scaler/internal/sinks/externalmetrics"
)

const startWithin = 10 * time.Second

// target is a server and what to ask of it.
type target struct {
	name    string
	paths   []*url.URL
	clients []*http.Client // each a connection of its own, kept alive
}

type targets struct{ constant, ours target }

func (t targets) close() { t.constant.close(); t.ours.close() }

// startTargets starts both servers, with clients for each. They end with the
// context; wait then waits for them.
func startTargets(ctx context.Context, l *load, clients int) (t targets, wait func(), err error) {
	var servers sync.WaitGroup
	var failed error
	start := func(name string, serve func(net.Listener) (run func(context.Context) error, ca []byte, err error)) target {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			failed = errors.Join(failed, err)
			return target{}
		}
		run, ca, err := serve(listener)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("start %s: %w", name, err), listener.Close())
			return target{}
		}
		servers.Go(func() { _ = run(ctx) }) // an end too early shows in the requests
		tgt := target{name: name, paths: paths(listener.Addr(), l)}
		for range clients {
			tgt.clients = append(tgt.clients, newClient(ca))
		}
		failed = errors.Join(failed, tgt.ready(ctx))
		return tgt
	}
	t.constant = start("the constant", serveConstant)
	t.ours = start("our board", func(listener net.Listener) (func(context.Context) error, []byte, error) {
		s, err := externalmetrics.NewServer(externalmetrics.Settings{Listener: listener, Logger: slog.New(slog.DiscardHandler)}, l.board)
		if err != nil {
			return nil, nil, err
		}
		return s.Run, s.CABundle(), nil
	})
	return t, servers.Wait, failed
}

// paths asks for each policy's decision and signal in turn.
func paths(addr net.Addr, l *load) []*url.URL {
	var all []*url.URL
	for _, id := range l.ids {
		for _, metric := range []string{id.Name, id.Name + ".backlog"} {
			all = append(all, &url.URL{
				Scheme: "https", Host: addr.String(),
				Path: "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + id.Namespace + "/" + metric,
			})
		}
	}
	return all
}

func newClient(ca []byte) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &http.Client{Timeout: startWithin, Transport: &http.Transport{
		TLSClientConfig:    &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
	}}
}

// ready waits for the server, and connects every client.
func (t target) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for _, client := range t.clients {
		for err := ask(ctx, client, t.paths[0]); err != nil; err = ask(ctx, client, t.paths[0]) {
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for %s: %w", t.name, err)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return nil
}

func (t target) close() {
	for _, client := range t.clients {
		client.CloseIdleConnections()
	}
}

// ask gets a number over HTTP/2, or fails.
func ask(ctx context.Context, client *http.Client, u *url.URL) error {
	req := (&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}).WithContext(ctx)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 {
		return fmt.Errorf("got %s over %s from %s", resp.Status, resp.Proto, u)
	}
	return nil
}

// serveConstant is the library as it is, with its own chain of handlers.
func serveConstant(listener net.Listener) (run func(context.Context) error, ca []byte, err error) {
	cert, key, err := certutil.GenerateSelfSignedCertKey("127.0.0.1", nil, nil)
	if err != nil {
		return nil, nil, err
	}
	pair, err := dynamiccertificates.NewStaticCertKeyContent("self-signed", cert, key)
	if err != nil {
		return nil, nil, err
	}
	cfg := genericapiserver.NewConfig(apiserver.Codecs)
	cfg.SecureServing = &genericapiserver.SecureServingInfo{Listener: listener, Cert: pair}
	cfg.LoopbackClientConfig = &restclient.Config{}
	adapter, err := (&apiserver.Config{GenericConfig: cfg}).Complete(nil).New("constant", nil, constant{})
	if err != nil {
		return nil, nil, err
	}
	adapter.GenericAPIServer.ShutdownTimeout = time.Second
	return adapter.GenericAPIServer.PrepareRun().RunWithContext, cert, nil
}

type constant struct {
	defaults.DefaultExternalMetricsProvider
}

// GetExternalMetric always gives 4.
func (constant) GetExternalMetric(_ context.Context, _ string, _ labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	return &external_metrics.ExternalMetricValueList{Items: []external_metrics.ExternalMetricValue{{
		MetricName: info.Metric,
		Timestamp:  metav1.Now(),
		Value:      *resource.NewQuantity(4, resource.DecimalSI),
	}}}, nil
}
