package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// nodePool lets Karpenter make nodes of one size and remove them soon.
const nodePool = `
apiVersion: karpenter.kwok.sh/v1alpha1
kind: KWOKNodeClass
metadata: {name: default}
spec: {nodeRegistrationDelay: %ds}
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: default}
spec:
  template:
    spec:
      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
      requirements:
      - {key: kubernetes.io/arch, operator: In, values: [amd64]}
      - {key: kubernetes.io/os, operator: In, values: [linux]}
      - {key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}
      - {key: karpenter.kwok.sh/instance-family, operator: In, values: [s]}
      - {key: karpenter.kwok.sh/instance-cpu, operator: In, values: ["%d"]}
  disruption:
    consolidationPolicy: WhenEmpty
    consolidateAfter: 2s
    budgets: [{nodes: 100%%}]
`

// startKarpenter defines Karpenter's kinds, starts it, and waits until its node
// pool is ready for pods.
func (c *Cluster) startKarpenter(ctx context.Context) error {
	definitions := filepath.Join(c.Dir, "crds.yaml")
	if err := concatenate(Karpenter, definitions); err != nil {
		return err
	}
	content, err := os.ReadFile(definitions)
	if err != nil {
		return err
	}
	if err := c.Apply(ctx, content); err != nil {
		return err
	}
	cpu := c.options.NodeCPU
	if cpu == 0 {
		cpu = 4
	}
	if err := c.Apply(ctx, fmt.Appendf(nil, nodePool, int(c.options.NodeDelay.Seconds()), cpu)); err != nil {
		return err
	}
	err = c.addProcess(Karpenter, nil,
		"KUBECONFIG="+c.Kubeconfig,
		"SYSTEM_NAMESPACE=kube-system",
		"DISABLE_LEADER_ELECTION=true",
		"METRICS_PORT=0", "HEALTH_PROBE_PORT=0", // any free one
	)
	if err != nil {
		return err
	}
	p := c.processes[Karpenter]
	if err := p.start(ctx); err != nil {
		return err
	}
	kind := schema.GroupVersionKind{Group: "karpenter.sh", Version: "v1", Kind: "NodePool"}
	return p.await(ctx, func(ctx context.Context) error {
		return c.checkCondition(ctx, kind, "", "default", "Ready")
	})
}
