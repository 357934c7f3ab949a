//go:build !nok8s

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"go.uber.org/fx"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/kube/apiservice"
	"github.com/scaler-dev/scaler/internal/kube/certificates"
	"github.com/scaler-dev/scaler/internal/sinks/externalmetrics/forward"
)

// peerValidFor is how long the certificate lasts that replicas know each other by.
const peerValidFor = 30 * 24 * time.Hour

// reportLasts is how long what was seen of the APIService counts.
const reportLasts = 2 * time.Minute

// certificate follows the pair that the external metrics API shows; nil: one made
// in memory. Where Scaler keeps it itself, whoever leads does.
func (c *cluster) certificate(spec *v1alpha1.ExternalMetricsServer, lc fx.Lifecycle, log *slog.Logger) *certificates.Watched {
	if spec.Certificate == nil {
		return nil
	}
	secret := certificates.Secret{Client: c.client.CoreV1(), Namespace: c.namespace()}
	if own := spec.Certificate.SelfManaged; own != nil {
		secret.Name = own.Secret
		host := spec.Service + "." + c.namespace()
		c.keeper = certificates.NewKeeper(certificates.KeeperSettings{
			Secret: secret, Now: time.Now, Log: log,
			Issuer:  certificates.Issuer{Names: []string{host + ".svc", host + ".svc.cluster.local", host, spec.Service}, ValidFor: own.ValidFor.Duration},
			Changed: func() { c.serving.Refresh() },
			Trusted: func(ca []byte) bool { return c.steward == nil || c.steward.Trusts(ca) },
		})
	} else {
		secret.Name = spec.Certificate.Secret.Name
	}
	c.serving = certificates.NewWatched(secret, time.Now, log)
	background(lc, c.serving.Run)
	return c.serving
}

// stewardOf follows the cluster's entry of who serves external metrics. It writes
// there only where Scaler keeps its own certificate, or an administrator says so.
func (c *cluster) stewardOf(spec *v1alpha1.ExternalMetricsServer, log *slog.Logger) error {
	client, err := aggregator.NewForConfig(c.config)
	if err != nil {
		return fmt.Errorf("make a client of API services: %w", err)
	}
	settings := apiservice.Settings{
		Client: client.ApiregistrationV1(), Force: spec.APIService.Force, Endpoints: c.client.DiscoveryV1(), Now: time.Now, Log: log,
		Want: apiservice.Want{Namespace: c.namespace(), Service: spec.Service, Port: spec.ServicePort},
	}
	if spec.Certificate.SelfManaged != nil || spec.APIService.Force {
		settings.Bundle = c.serving.CABundle
	}
	c.steward = apiservice.NewSteward(settings)
	c.serving.AddListener(c.steward)
	return nil
}

func (c *cluster) namespace() string { return c.spec.Kubernetes.Namespace }

// showExpiry makes a metric of when the certificate expires.
func (c *cluster) showExpiry(reg *prometheus.Registry) {
	if c.serving == nil {
		return
	}
	promauto.With(reg).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "scaler_serving_certificate_expiry_timestamp_seconds",
		Help: "When the certificate of the external metrics API expires; 0 while there is none.",
	}, func() float64 {
		if end, ok := c.serving.Expiry(); ok {
			return float64(end.Unix())
		}
		return 0
	})
}

// troubles names what is wrong with what the cluster is used for.
func (c *cluster) troubles() []string {
	var out []string
	add := func(what string, err error) {
		if err != nil {
			out = append(out, what+": "+err.Error())
		}
	}
	if c.serving != nil {
		add("certificate of the external metrics API", c.serving.Problem())
	}
	if c.keeper != nil {
		add("keeping that certificate", c.keeper.Problem())
	}
	if c.peers != nil {
		add("certificate of the replicas", c.peers.Problem())
	}
	if c.steward == nil {
		return out
	}
	report := c.steward.Status()
	if report.Problem != "" {
		out = append(out, "APIService: "+report.Problem)
	}
	// Who leads no more looks no more: what it saw then says nothing.
	if time.Since(report.At) < reportLasts && !report.OK() {
		out = append(out, report.Sentences()...)
	}
	return out
}

// peersSecret is where the pair lies that replicas know each other by.
func (c *cluster) peersSecret() certificates.Secret {
	return certificates.Secret{Client: c.client.CoreV1(), Namespace: c.namespace(), Name: c.spec.HighAvailability.Secret}
}

// peersKeeper keeps it.
func (c *cluster) peersKeeper(log *slog.Logger) *certificates.Keeper {
	return certificates.NewKeeper(certificates.KeeperSettings{
		Secret: c.peersSecret(), Now: time.Now, Log: log, Changed: c.peers.Refresh,
		Issuer: certificates.Issuer{Names: []string{certificates.PeerName}, ValidFor: peerValidFor, Peers: true},
	})
}

// forwarder passes on what Scaler does not know.
func (c *cluster) forwarder(f v1alpha1.Forward, knows func(namespace, metric string) bool, log *slog.Logger, reg *prometheus.Registry) (*forward.Forwarder, error) {
	namespace, service, _ := strings.Cut(f.Service, "/")
	out, err := forward.New(forward.Settings{
		Namespace: namespace, Service: service, Port: f.Port,
		CABundle: []byte(f.CABundle), InsecureSkipTLSVerify: f.InsecureSkipTLSVerify,
		Token: tokenOf(c.config), Knows: knows, Logger: log, Metrics: forward.NewMetrics(reg),
	})
	if err != nil {
		return nil, fmt.Errorf("forward to %s: %w", f.Service, err)
	}
	return out, nil
}

var errNoToken = errors.New("this process has no token to show to the adapter: run it as a service account")

// tokenOf is the token that a client of the cluster shows, as it is now.
func tokenOf(c *rest.Config) func() (string, error) {
	if c.BearerTokenFile != "" {
		source := transport.NewCachedFileTokenSource(c.BearerTokenFile)
		return func() (string, error) {
			token, err := source.Token()
			if err != nil {
				return "", errNoToken // the error would tell the file's place
			}
			return token.AccessToken, nil
		}
	}
	return func() (string, error) {
		if c.BearerToken == "" {
			return "", errNoToken
		}
		return c.BearerToken, nil
	}
}

// beside is what runs while this process leads a shard. The first one's leader
// keeps what all replicas share.
func (c *cluster) beside(s *shard, log *slog.Logger) func(context.Context) {
	if c.client == nil {
		return nil
	}
	return func(ctx context.Context) {
		tasks := []func(context.Context){s.workloads.Run}
		if s.index == 0 {
			tasks = append(tasks, c.shared(log)...)
		}
		together(ctx, tasks)
	}
}

// shared is what one replica does for all.
func (c *cluster) shared(log *slog.Logger) []func(context.Context) {
	var tasks []func(context.Context)
	if c.leases != nil {
		tasks = append(tasks, c.peersKeeper(log).Run)
	}
	if c.steward != nil {
		tasks = append(tasks, c.steward.Run)
	}
	if c.keeper != nil {
		tasks = append(tasks, c.keeper.Run)
	}
	return tasks
}
