// Package cluster runs a real Kubernetes cluster for tests, without containers: etcd,
// the API server, the controller manager with its autoscaler, and where asked the
// scheduler, KWOK's nodes and pods, and Karpenter. Only containers do not run.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// The programs of a cluster, as Options.Flags and Metrics name them.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	KWOK              = "kwok"
	Karpenter         = "karpenter"
)

const (
	startTimeout = 2 * time.Minute
	pollInterval = 50 * time.Millisecond
	// drainTimeout is more than the API server gives its requests and watchers.
	drainTimeout = 30 * time.Second
)

// Options say what a cluster consists of. The zero value is the control plane with
// the defaults of Kubernetes, without scheduler and nodes.
type Options struct {
	// HPASyncPeriod is how often every HPA is synced: 15 s if zero.
	HPASyncPeriod time.Duration
	// KubeAPIQPS and KubeAPIBurst limit the requests of each controller: 20 and 30 if zero.
	KubeAPIQPS, KubeAPIBurst int
	// AggregatorRouting sends aggregated requests to the endpoints of a Service, which
	// may not be loopback addresses: see SetEndpoints.
	AggregatorRouting bool
	// AllAddresses lets the API server listen on every address of the machine.
	AllAddresses bool

	// Scheduler binds pods to nodes.
	Scheduler bool
	// KWOK makes fake nodes Ready and lets their pods run.
	KWOK bool
	// Karpenter adds nodes for pending pods and removes empty ones. It brings Scheduler
	// and KWOK along.
	Karpenter bool
	// NodeCPU is the size of Karpenter's nodes in cores, a power of two: 4 if zero.
	NodeCPU int
	// NodeDelay is the time between Karpenter's decision and its node, in whole seconds.
	NodeDelay time.Duration

	// Flags are further flags by program; they win over ours.
	Flags map[string][]string
	// Dir keeps state and logs. It must be empty. If not set, they are in a temporary
	// directory that Stop removes.
	Dir string
}

// Cluster is a running cluster. Its methods may be used by several goroutines.
type Cluster struct {
	// Kubeconfig is the path of the administrator's kubeconfig.
	Kubeconfig string
	// URL is the API server's base.
	URL string
	// Dir has the state and a log of each program, NAME.log.
	Dir string

	options     Options
	ports       ports
	credentials *credentials
	config      *rest.Config
	client      kubernetes.Interface
	processes   map[string]*process
	temporary   bool
	unwatch     func() bool
}

// New starts a cluster with fresh state and waits until it is ready. It runs until
// Stop, or until ctx is done. The programs must be built: see package binaries.
func New(ctx context.Context, options Options) (*Cluster, error) {
	if options.Karpenter {
		options.Scheduler, options.KWOK = true, true
	}
	c := &Cluster{options: options, Dir: options.Dir, processes: map[string]*process{}}
	if c.Dir == "" {
		dir, err := os.MkdirTemp("", "scaler-cluster-")
		if err != nil {
			return nil, fmt.Errorf("make a directory: %w", err)
		}
		c.Dir, c.temporary = dir, true
	}
	startCtx, cancel := context.WithTimeoutCause(ctx, startTimeout,
		fmt.Errorf("not ready after %s", startTimeout))
	defer cancel()
	if err := c.start(startCtx); err != nil {
		c.Stop()
		return nil, fmt.Errorf("start a cluster: %w", err)
	}
	c.unwatch = context.AfterFunc(ctx, c.end)
	return c, nil
}

// Stop ends every program at once and removes the temporary directory. It may be
// called twice.
func (c *Cluster) Stop() {
	if c.unwatch != nil {
		c.unwatch()
	}
	c.end()
	if c.temporary {
		_ = os.RemoveAll(c.Dir)
	}
}

// end kills all: the state is thrown away, so nothing needs to be put in order.
func (c *Cluster) end() {
	for _, p := range c.processes {
		p.end(0)
	}
}

// Config returns the administrator's configuration of a client. The caller owns it.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Client returns the administrator's client.
func (c *Cluster) Client() kubernetes.Interface { return c.client }

// Tail returns the last lines of a program's log.
func (c *Cluster) Tail(program string) string {
	p := c.processes[program]
	if p == nil {
		return ""
	}
	return p.tail()
}

func (c *Cluster) start(ctx context.Context) error {
	if err := c.prepare(); err != nil {
		return err
	}
	for _, name := range []string{Etcd, APIServer} {
		if err := c.processes[name].start(ctx); err != nil {
			return err
		}
	}
	if err := c.processes[APIServer].await(ctx, c.apiServerReady); err != nil {
		return errors.Join(err, fmt.Errorf("the end of the log of etcd:\n%s", c.Tail(Etcd)))
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, name := range []string{ControllerManager, Scheduler, KWOK} {
		p := c.processes[name]
		if p == nil {
			continue
		}
		if err := p.start(ctx); err != nil {
			return err
		}
		group.Go(func() error { return p.await(groupCtx, c.ready(name)) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := poll(ctx, c.podsAllowed); err != nil {
		return err
	}
	if c.options.Karpenter {
		return c.startKarpenter(ctx)
	}
	return nil
}

// prepare makes what is there before a program runs: ports, certificates, the
// administrator's client, and the arguments of each program.
func (c *Cluster) prepare() error {
	var err error
	if c.ports, err = freePorts(); err != nil {
		return err
	}
	names := []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	addresses := []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(serviceIP)}
	if host, err := HostIP(); err == nil {
		addresses = append(addresses, net.IP(host.AsSlice()))
	}
	dir := filepath.Join(c.Dir, "credentials")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if c.credentials, err = newCredentials(dir, names, addresses); err != nil {
		return err
	}
	c.URL = fmt.Sprintf("https://127.0.0.1:%d", c.ports.apiServer)
	c.Kubeconfig, err = c.UserKubeconfig("admin", []string{"system:masters"}, validity)
	if err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	return c.addProcesses()
}
