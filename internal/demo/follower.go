package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	followEvery   = time.Second
	followTimeout = 2 * time.Second
	maxMetric     = 64 << 10 // bytes of an answer
)

// follower orders replicas as the external metric says, as a
// HorizontalPodAutoscaler with averageValue 1 does: an error changes nothing.
type follower struct {
	url    string
	client *http.Client
	order  func(int32)
}

func newFollower(base string, ca []byte, order func(int32)) (*follower, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("follow the external metric: its server has no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return &follower{
		url: metricURL(base), order: order,
		client: &http.Client{Transport: transport, Timeout: followTimeout},
	}, nil
}

func metricURL(base string) string {
	return base + "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + namespace + "/" + metric
}

func (f *follower) run(ctx context.Context) error {
	defer f.client.CloseIdleConnections()
	t := time.NewTicker(followEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if n, err := f.ask(ctx); err == nil {
				f.order(n)
			}
		}
	}
}

// ask reads the metric.
func (f *follower) ask(ctx context.Context) (int32, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("make a request: %w", err)
	}
	res, err := f.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("ask for the metric: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxMetric))
	if err != nil {
		return 0, fmt.Errorf("read the metric: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("ask for the metric: status %d", res.StatusCode)
	}
	return parseMetric(body)
}

// parseMetric reads replicas from an ExternalMetricValueList with one item. This
// policy's whole numbers are all the quantities there are.
func parseMetric(body []byte) (int32, error) {
	var list struct {
		Items []struct {
			Value string `json:"value"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return 0, fmt.Errorf("read the metric: %w", err)
	}
	if len(list.Items) != 1 {
		return 0, fmt.Errorf("read the metric: %d items in place of one", len(list.Items))
	}
	n, err := strconv.ParseInt(list.Items[0].Value, 10, 32)
	if err != nil || n < 0 {
		return 0, errors.New("read the metric: its value is not a number of replicas")
	}
	return int32(n), nil
}
