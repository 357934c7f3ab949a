package compile

import (
	"hash/fnv"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

// Shards spreads valid policies over n shards, in their order. Those that read the
// same stay together, so that it is fetched once; so does a policy, whatever others
// come and go that read something else.
func Shards(policies []*v1alpha1.ScalingPolicy, n int) ([][]*v1alpha1.ScalingPolicy, error) {
	out := make([][]*v1alpha1.ScalingPolicy, n)
	if n == 1 {
		out[0] = policies
		return out, nil
	}
	groups, err := groupsOf(policies)
	if err != nil {
		return nil, err
	}
	for i, p := range policies {
		h := fnv.New64a()
		_, _ = h.Write([]byte(groups.name(i)))
		s := h.Sum64() % uint64(n)
		out[s] = append(out[s], p)
	}
	return out, nil
}

// groups joins policies that read the same: a forest, in which each points towards
// the one that stands for its group.
type groups struct {
	parent []int
	least  []string // of what a group reads, or the policy's own name; at its root
}

func groupsOf(policies []*v1alpha1.ScalingPolicy) (*groups, error) {
	g := &groups{parent: make([]int, len(policies)), least: make([]string, len(policies))}
	readers := map[signals.Subject]int{}
	var joined [][2]int // once every policy's own name is known
	for i, p := range policies {
		g.parent[i] = i
		g.least[i] = policy.ID{Namespace: p.Metadata.Namespace, Name: p.Metadata.Name}.String()
		for k, s := range p.Spec.Signals {
			query, err := queryOf(s.SignalSource)
			if err != nil {
				return nil, err
			}
			subject := signals.Subject{Provider: s.Provider, Query: query}
			if k == 0 || subject.String() < g.least[i] {
				g.least[i] = subject.String()
			}
			if first, ok := readers[subject]; ok {
				joined = append(joined, [2]int{first, i})
			} else {
				readers[subject] = i
			}
		}
	}
	for _, pair := range joined {
		g.join(pair[0], pair[1])
	}
	return g, nil
}

func (g *groups) root(i int) int {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

func (g *groups) join(a, b int) {
	a, b = g.root(a), g.root(b)
	g.parent[b] = a
	g.least[a] = min(g.least[a], g.least[b])
}

func (g *groups) name(i int) string { return g.least[g.root(i)] }
