package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/scaler-dev/scaler/test/cluster/binaries"
)

const (
	serviceRange = "10.96.0.0/16"
	serviceIP    = "10.96.0.1"
	// frontProxyName is whom the API server is towards an aggregated server.
	frontProxyName = "front-proxy-client"
	issuer         = "https://kubernetes.default.svc"
)

// addProcesses prepares the programs that the options ask for, but Karpenter.
func (c *Cluster) addProcesses() error {
	programs := map[string][]string{
		Etcd: c.etcd(), APIServer: c.apiServer(), ControllerManager: c.controllerManager(),
	}
	if c.options.Scheduler {
		programs[Scheduler] = c.scheduler()
	}
	if c.options.KWOK {
		stages := filepath.Join(c.Dir, "stages.yaml")
		if err := concatenate(KWOK, stages); err != nil {
			return err
		}
		programs[KWOK] = c.kwok(stages)
	}
	for name, arguments := range programs {
		if err := c.addProcess(name, arguments); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) addProcess(name string, arguments []string, environment ...string) error {
	path, err := binaries.Program(name)
	if err != nil {
		return err
	}
	c.processes[name] = &process{
		name: name, path: path, log: filepath.Join(c.Dir, name+".log"),
		arguments: append(arguments, c.options.Flags[name]...), environment: environment,
	}
	return nil
}

func (c *Cluster) etcd() []string {
	clients := fmt.Sprintf("http://127.0.0.1:%d", c.ports.etcd)
	peers := fmt.Sprintf("http://127.0.0.1:%d", c.ports.etcdPeer)
	return []string{
		"--data-dir=" + filepath.Join(c.Dir, "etcd"),
		"--listen-client-urls=" + clients, "--advertise-client-urls=" + clients,
		"--listen-peer-urls=" + peers, "--initial-advertise-peer-urls=" + peers,
		"--initial-cluster=default=" + peers,
		"--unsafe-no-fsync", // state is thrown away, and other tests keep the disk busy
		"--log-level=warn",
	}
}

func (c *Cluster) apiServer() []string {
	file := c.credentials.path
	address := "127.0.0.1"
	if c.options.AllAddresses {
		address = "0.0.0.0"
	}
	return []string{
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", c.ports.etcd),
		"--bind-address=" + address, fmt.Sprintf("--secure-port=%d", c.ports.apiServer),
		"--endpoint-reconciler-type=none", // else it refuses a loopback address
		"--tls-cert-file=" + file("apiserver.crt"), "--tls-private-key-file=" + file("apiserver.key"),
		"--client-ca-file=" + file("ca.crt"),
		"--service-account-issuer=" + issuer,
		"--service-account-key-file=" + file("service-accounts.key"),
		"--service-account-signing-key-file=" + file("service-accounts.key"),
		"--service-cluster-ip-range=" + serviceRange,
		"--authorization-mode=RBAC",
		"--requestheader-client-ca-file=" + file("front-proxy-ca.crt"),
		"--requestheader-allowed-names=" + frontProxyName,
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + file("front-proxy.crt"),
		"--proxy-client-key-file=" + file("front-proxy.key"),
		fmt.Sprintf("--enable-aggregator-routing=%t", c.options.AggregatorRouting),
		// Else it waits a minute for its watchers when it is stopped.
		"--shutdown-send-retry-after", "--shutdown-watch-termination-grace-period=1s",
		"--profiling=false",
	}
}

func (c *Cluster) controllerManager() []string {
	arguments := append(c.component(c.ports.controllerManager),
		"--use-service-account-credentials", // each controller has its own rights and limit, as in a real cluster
		"--service-account-private-key-file="+c.credentials.path("service-accounts.key"),
		"--root-ca-file="+c.credentials.path("ca.crt"),
		"--controllers=*,-"+strings.Join(unusedControllers(), ",-"),
	)
	if period := c.options.HPASyncPeriod; period != 0 {
		arguments = append(arguments, "--horizontal-pod-autoscaler-sync-period="+period.String())
	}
	if qps := c.options.KubeAPIQPS; qps != 0 {
		arguments = append(arguments, fmt.Sprintf("--kube-api-qps=%d", qps))
	}
	if burst := c.options.KubeAPIBurst; burst != 0 {
		arguments = append(arguments, fmt.Sprintf("--kube-api-burst=%d", burst))
	}
	return arguments
}

// unusedControllers would take seconds to start, each with an account and a token, for
// volumes, certificates and devices that no test has.
func unusedControllers() []string {
	return []string{
		"certificatesigningrequest-approving-controller", "certificatesigningrequest-cleaner-controller",
		"certificatesigningrequest-signing-controller", "device-taint-eviction-controller",
		"endpointslice-mirroring-controller", "ephemeral-volume-controller",
		"legacy-serviceaccount-token-cleaner-controller", "node-ipam-controller",
		"persistentvolume-attach-detach-controller", "persistentvolume-binder-controller",
		"persistentvolume-expander-controller", "persistentvolume-protection-controller",
		"persistentvolumeclaim-protection-controller", "podcertificaterequest-cleaner-controller",
		"replicationcontroller-controller", "resourceclaim-controller", "service-cidr-controller",
		"ttl-after-finished-controller", "ttl-controller", "volumeattributesclass-protection-controller",
	}
}

func (c *Cluster) scheduler() []string { return c.component(c.ports.scheduler) }

// component has the flags that the controller manager and the scheduler share.
func (c *Cluster) component(port int) []string {
	return []string{
		"--kubeconfig=" + c.Kubeconfig,
		"--authentication-kubeconfig=" + c.Kubeconfig, "--authorization-kubeconfig=" + c.Kubeconfig,
		"--authorization-always-allow-paths=/healthz,/metrics",
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--leader-elect=false",
		"--profiling=false",
	}
}

func (c *Cluster) kwok(stages string) []string {
	return []string{
		"--kubeconfig=" + c.Kubeconfig,
		"--config=" + stages, // without stages it exits
		"--manage-nodes-with-annotation-selector=" + fakeNode + "=fake",
		"--node-lease-duration-seconds=40",
		fmt.Sprintf("--server-address=127.0.0.1:%d", c.ports.kwok),
	}
}

// concatenate writes the YAML documents that a module brings into one file.
func concatenate(module, target string) error {
	names, err := binaries.Files(module)
	if err != nil {
		return err
	}
	var documents []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		content, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read a document of %s: %w", module, err)
		}
		documents = append(documents, string(content))
	}
	return os.WriteFile(target, []byte(strings.Join(documents, "\n---\n")), 0o600)
}
