package compile_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/compile"
)

func reading(name string, queues ...string) *v1alpha1.ScalingPolicy {
	p := &v1alpha1.ScalingPolicy{Metadata: v1alpha1.ObjectMeta{Namespace: "shop", Name: name}}
	for _, q := range queues {
		p.Spec.Signals = append(p.Spec.Signals, v1alpha1.Signal{
			Name: q, Provider: "aws", SignalSource: v1alpha1.SignalSource{SQS: &v1alpha1.SQSSignal{Queue: q}},
		})
	}
	return p
}

func shardOf(t require.TestingT, policies []*v1alpha1.ScalingPolicy, n int) map[string]int {
	shards, err := compile.Shards(policies, n)
	require.NoError(t, err)
	require.Len(t, shards, n)
	out := map[string]int{}
	for i, s := range shards {
		for _, p := range s {
			out[p.Metadata.Name] = i
		}
	}
	require.Len(t, out, len(policies), "every policy is in one shard")
	return out
}

func TestWhatIsReadTogetherStaysTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "shards")
		queues := rapid.SliceOfN(rapid.StringMatching(`q[0-9]`), 0, 3)
		var policies []*v1alpha1.ScalingPolicy
		for i := range rapid.IntRange(0, 20).Draw(t, "policies") {
			policies = append(policies, reading(fmt.Sprintf("p%d", i), queues.Draw(t, "queues")...))
		}
		at := shardOf(t, policies, n)
		readers := map[string]int{}
		for _, p := range policies {
			for _, s := range p.Spec.Signals {
				if first, ok := readers[s.Name]; ok {
					require.Equal(t, first, at[p.Metadata.Name], "%s is fetched by one shard", s.Name)
				}
				readers[s.Name] = at[p.Metadata.Name]
			}
		}
	})
}

func TestShardsAreEvenAndStable(t *testing.T) {
	var policies []*v1alpha1.ScalingPolicy
	for i := range 3000 {
		policies = append(policies, reading(fmt.Sprintf("p%d", i), fmt.Sprintf("q%d", i)))
	}
	before := shardOf(t, policies, 3)
	count := map[int]int{}
	for _, s := range before {
		count[s]++
	}
	for _, n := range count {
		require.InDelta(t, 1000, n, 150)
	}
	after := shardOf(t, policies[1000:], 3)
	for name, s := range after {
		require.Equal(t, before[name], s, "%s stays where it is", name)
	}
}
