//go:build !nok8s

package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"go.uber.org/fx"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/kube"
	"github.com/scaler-dev/scaler/internal/kube/apiservice"
	"github.com/scaler-dev/scaler/internal/kube/certificates"
	"github.com/scaler-dev/scaler/internal/kube/lease"
	"github.com/scaler-dev/scaler/internal/kube/savedstate"
	"github.com/scaler-dev/scaler/internal/mirror"
	"github.com/scaler-dev/scaler/internal/replica"
	"github.com/scaler-dev/scaler/internal/runner"
	workloads "github.com/scaler-dev/scaler/internal/workload/kubernetes"
)

// cluster is what this process has of the Kubernetes cluster that it runs in. All
// of it is nil where the documents name none.
type cluster struct {
	spec   v1alpha1.ScalerConfigSpec
	config *rest.Config
	client kubernetes.Interface

	// Of high availability.
	identity string
	leases   []*lease.Lease
	savers   []*savedstate.Saver
	peers    *certificates.Watched
	clock    *clock.Clock

	// Of the external metrics API.
	serving *certificates.Watched // nil: its certificate is made in memory
	keeper  *certificates.Keeper  // nil: somebody else keeps it
	steward *apiservice.Steward   // nil: there is no such entry to look at
}

type clusterParts struct {
	fx.In

	Lifecycle fx.Lifecycle
	Options   Options
	Loader    *loader
	Clock     *clock.Clock
	Log       *slog.Logger
	Shards    shards
	Failures  failures
}

// newCluster connects. It calls nobody: an API server that is away shows later, in
// states.
func newCluster(p clusterParts) (*cluster, error) {
	c := &cluster{spec: p.Loader.first.Config.Spec, clock: p.Clock}
	if c.spec.Kubernetes == nil {
		return c, nil
	}
	var err error
	if c.config, err = kube.Connect(*c.spec.Kubernetes); err != nil {
		return nil, startFailed(err)
	}
	if c.client, err = kubernetes.NewForConfig(c.config); err != nil {
		return nil, startFailed(fmt.Errorf("make a client of the cluster: %w", err))
	}
	for _, s := range p.Shards {
		s.workloads = workloads.New(c.client, p.Log)
	}
	if c.spec.HighAvailability == nil || p.Options.DryRun {
		return c, nil
	}
	return c, startFailed(c.shareWork(p))
}

// shareWork prepares for other replicas: Leases to compete for, and a server that
// those who follow connect to.
func (c *cluster) shareWork(p clusterParts) error {
	ha, namespace := c.spec.HighAvailability, c.namespace()
	listener, err := listen("the other replicas", ha.Listen)
	if err != nil {
		return err
	}
	if c.identity, err = identity(ha.Advertise, listener.Addr()); err != nil {
		return err
	}
	for i := range p.Shards {
		c.leases = append(c.leases, lease.New(lease.Settings{
			Client: c.client.CoordinationV1(), Namespace: namespace, Name: ofShard(ha.Lease, i, len(p.Shards)),
			Identity: c.identity, Mono: p.Clock.Mono, Log: p.Log,
		}))
		saver := savedstate.New(savedstate.Settings{
			Client: c.client.CoreV1(), Namespace: namespace, Name: ha.SavedState + "-" + strconv.Itoa(i), Clock: p.Clock, Log: p.Log,
		})
		c.savers = append(c.savers, saver)
		p.Lifecycle.Append(fx.Hook{OnStop: func(context.Context) error { saver.Wait(); return nil }})
	}
	lease.Spread(c.leases, p.Shards.followers)
	c.peers = certificates.NewWatched(c.peersSecret(), time.Now, p.Log)
	background(p.Lifecycle, c.peers.Run)
	server := &mirror.Server{Hubs: p.Shards.hubs(), Clock: p.Clock, TLS: c.peers.PeerServer(), Log: p.Log}
	background(p.Lifecycle, func(ctx context.Context) {
		p.Failures.report("serve mirrors", server.Serve(ctx, listener))
	})
	return nil
}

// ofShard is the name of what a shard has for itself.
func ofShard(name string, i, shards int) string {
	if shards == 1 {
		return name
	}
	return name + "-" + strconv.Itoa(i)
}

// identity names this process, as no other is nor will be.
func identity(advertise string, listener net.Addr) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("find this host's name: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.String())
	if err != nil {
		return "", fmt.Errorf("find the port of %s: %w", listener, err)
	}
	unique := make([]byte, 4)
	_, _ = rand.Read(unique) // never fails
	return replica.Identity(host, hex.EncodeToString(unique), net.JoinHostPort(advertise, port)), nil
}

// join gives a shard its part in what replicas share.
func (c *cluster) join(s *replica.Settings, of *shard, b *builder, log *slog.Logger) {
	s.Beside = c.beside(of, log)
	if c.leases == nil {
		return
	}
	s.Leadership, s.Saved, s.Identity = c.leases[of.index], c.savers[of.index], c.identity
	s.Follower = &mirror.Follower{
		Shard: of.index, Clock: c.clock, TLS: c.peers.PeerClient(), Into: s.Mirror,
		Build: func(d mirror.Documents) (*runner.Pipeline, error) { return b.follow(d, of) },
	}
}

// feeds are told of what a shard's loop does.
func (c *cluster) feeds(of *shard) []runner.Feed {
	if c.leases == nil {
		return nil
	}
	return []runner.Feed{of.hub, c.savers[of.index]}
}

// until limits a shard's loop; nil: nothing does.
func (c *cluster) until(of *shard) func() time.Duration {
	if c.leases == nil {
		return nil
	}
	return c.leases[of.index].Until
}
