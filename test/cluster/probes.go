package cluster

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Metrics returns what a program exposes for Prometheus: the API server, the
// controller manager, or the scheduler.
func (c *Cluster) Metrics(ctx context.Context, program string) ([]byte, error) {
	switch program {
	case APIServer:
		return c.client.Discovery().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	case ControllerManager:
		return get(ctx, fmt.Sprintf("https://127.0.0.1:%d/metrics", c.ports.controllerManager))
	case Scheduler:
		return get(ctx, fmt.Sprintf("https://127.0.0.1:%d/metrics", c.ports.scheduler))
	default:
		return nil, fmt.Errorf("get metrics of %s: not exposed", program)
	}
}

func (c *Cluster) apiServerReady(ctx context.Context) error {
	return c.client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}

// podsAllowed asks for what the first pod needs.
func (c *Cluster) podsAllowed(ctx context.Context) error {
	_, err := c.client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
	return err
}

func (c *Cluster) ready(program string) func(context.Context) error {
	url := map[string]string{
		ControllerManager: fmt.Sprintf("https://127.0.0.1:%d/healthz", c.ports.controllerManager),
		Scheduler:         fmt.Sprintf("https://127.0.0.1:%d/healthz", c.ports.scheduler),
		KWOK:              fmt.Sprintf("http://127.0.0.1:%d/healthz", c.ports.kwok),
	}[program]
	return func(ctx context.Context) error {
		_, err := get(ctx, url)
		return err
	}
}

// get asks a program on loopback whose certificate is self-signed.
func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}
