package externalmetrics

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	utilwaitgroup "k8s.io/apimachinery/pkg/util/waitgroup"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/healthz"
	restclient "k8s.io/client-go/rest"
	"k8s.io/component-base/metrics/legacyregistry"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver/metrics"
)

// config is the library's.
func (s *Server) config(from Settings) *genericapiserver.Config {
	cfg := genericapiserver.NewConfig(apiserver.Codecs)
	cfg.SecureServing = &genericapiserver.SecureServingInfo{Listener: from.Listener, Cert: s.cert}
	if s.access != nil {
		cfg.SecureServing.ClientCA = s.access.proxy
		cfg.Authentication, cfg.Authorization = s.access.authn, s.access.authz
	}
	// Required, and used by nothing that is installed: without a token it lets
	// nobody in.
	cfg.LoopbackClientConfig = &restclient.Config{}
	cfg.RequestTimeout = requestTimeout
	cfg.ShutdownDelayDuration = s.drainFor
	cfg.EnableProfiling = false
	cfg.EnableIndex = false
	// The filter sheds load in their place, without Retry-After.
	cfg.MaxRequestsInFlight, cfg.MaxMutatingRequestsInFlight = 0, 0
	// The log check would start a goroutine for ever.
	ping := []healthz.HealthChecker{healthz.PingHealthz}
	cfg.HealthzChecks, cfg.LivezChecks = ping, slices.Clone(ping)
	cfg.ReadyzChecks = append(slices.Clone(ping), healthz.NamedCheck("serving", func(*http.Request) error { return s.Ready() }))
	cfg.BuildHandlerChainFunc = func(h http.Handler, c *genericapiserver.Config) http.Handler {
		if from.Forward != nil {
			h = from.Forward(h)
		}
		return &filter{next: chain(h, c), limit: int64(from.MaxInFlight), leaving: s.leaving}
	}
	return cfg
}

// chain is the library's, but for a request that comes in just when the server
// stops: it is answered, not refused. The HTTP server waits for it as for others.
func chain(h http.Handler, c *genericapiserver.Config) http.Handler {
	unwaited := *c
	unwaited.NonLongRunningRequestWaitGroup = &utilwaitgroup.SafeWaitGroup{}
	return genericapiserver.DefaultBuildHandlerChain(h, &unwaited)
}

// registerMetrics adds the library's freshness histogram to its registry, which is
// one for the process.
func registerMetrics() error {
	err := metrics.RegisterMetrics(legacyregistry.Register)
	if already := (prometheus.AlreadyRegisteredError{}); err != nil && !errors.As(err, &already) {
		return fmt.Errorf("register the metrics of the external metrics server: %w", err)
	}
	return nil
}
