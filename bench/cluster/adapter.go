package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/scaler-dev/scaler/test/cluster"
)

const (
	apiName     = "v1beta1.external.metrics.k8s.io"
	startWithin = time.Minute
	endWithin   = 30 * time.Second
)

// errEnded is an end without an error.
var errEnded = errors.New("with exit code 0")

// adapter is a program that serves external metrics behind the Service of its name.
type adapter struct {
	name      string
	program   string
	arguments func(w *world, address netip.AddrPort) []string
	insecure  bool // its certificate is not the APIService's business
}

func ours(w *world, _ netip.AddrPort) []string { return []string{"run", "-f", w.documents()} }

func library(w *world, address netip.AddrPort) []string {
	kubeconfig := w.cluster.Kubeconfig
	return []string{
		"--bind-address=" + address.Addr().String(), fmt.Sprintf("--secure-port=%d", address.Port()),
		"--cert-dir=" + filepath.Join(w.dir, "constant-certificates"),
		"--lister-kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
	}
}

// process is an adapter at work.
type process struct {
	command *exec.Cmd
	log     *os.File
	ended   chan struct{} // closed when it has; err is set then
	err     error
}

// start starts an adapter and makes it the cluster's, as soon as it is ready.
func (w *world) start(ctx context.Context, a adapter) (*process, error) {
	if err := w.register(ctx, a); err != nil {
		return nil, err
	}
	host, err := cluster.HostIP()
	if err != nil {
		return nil, err
	}
	addresses, err := freeAddresses(ctx, host, 2)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(w.dir, a.name+".log"))
	if err != nil {
		return nil, err
	}
	p := &process{log: log, ended: make(chan struct{})}
	p.command = exec.CommandContext(ctx, a.program, a.arguments(w, addresses[0])...)
	p.command.Env = append(os.Environ(), "HOST="+host.String(), "API_ADDRESS="+addresses[0].String(), "PEER_ADDRESS="+addresses[1].String())
	p.command.Stdout, p.command.Stderr = log, log
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() {
		defer close(p.ended)
		p.err = p.command.Wait()
	}()
	if err := p.ready(ctx, addresses[0]); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	if err := w.cluster.SetEndpoints(ctx, "scaler", a.name, addresses[0]); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// register points the APIService to the adapter's Service, without endpoints so far.
func (w *world) register(ctx context.Context, a adapter) error {
	services, err := w.cluster.Resource(schema.GroupVersionKind{Group: "apiregistration.k8s.io", Version: "v1", Kind: "APIService"}, "")
	if err != nil {
		return err
	}
	if err := services.Delete(ctx, apiName, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete the APIService: %w", err)
	}
	if err := w.cluster.SetEndpoints(ctx, "scaler", a.name); err != nil {
		return err
	}
	return w.cluster.Apply(ctx, fmt.Appendf(nil, `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: %s}
spec:
  group: external.metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: %t
  service: {namespace: scaler, name: %s, port: 443}
`, apiName, a.insecure, a.name))
}

// ready waits for the readiness probe to succeed.
func (p *process) ready(ctx context.Context, address netip.AddrPort) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true,
	}}
	for {
		err := probe(ctx, client, "https://"+address.String()+"/readyz")
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it ended: %w\n%s", cmp.Or(p.err, errEnded), p.said())
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w\n%s", err, p.said())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func probe(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// said is the end of the log.
func (p *process) said() string {
	content, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-2000):])
}

// stop asks the program to end, and ends it. An end of its own is told.
func (p *process) stop() error {
	defer p.log.Close()
	select {
	case <-p.ended:
		return fmt.Errorf("it ended by itself: %w\n%s", cmp.Or(p.err, errEnded), p.said())
	default:
	}
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(endWithin):
		_ = p.command.Process.Kill()
		<-p.ended
	}
	return nil
}

// cost is what the program took: CPU time, and memory at the most.
func (p *process) cost() (cpu time.Duration, memory int64) {
	state := p.command.ProcessState
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		memory = usage.Maxrss << 10
	}
	return state.UserTime() + state.SystemTime(), memory
}

func freeAddresses(ctx context.Context, host netip.Addr, n int) ([]netip.AddrPort, error) {
	var addresses []netip.AddrPort
	for range n {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", netip.AddrPortFrom(host, 0).String())
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		addresses = append(addresses, netip.MustParseAddrPort(l.Addr().String()))
	}
	return addresses, nil
}
