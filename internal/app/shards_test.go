package app

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/clock"
	ecssink "github.com/scaler-dev/scaler/internal/sinks/ecs"
)

// Shards begin and reload each in its own time, of the same providers.
func TestShardsBuildAtOnce(t *testing.T) {
	const shards = 8
	text := worker + cloudWatchOnly + "---\n" + strings.NewReplacer("orders", "bills", "/backlog", "/bills").Replace(worker[strings.Index(worker, "---\n")+4:]) +
		fmt.Sprintf("---\napiVersion: scaler.dev/v1alpha1\nkind: ScalerConfig\nmetadata: {name: scaler}\nspec: {kubernetes: {namespace: scaler}, highAvailability: {advertise: 127.0.0.1, shards: %d}}\n", shards)
	o := Options{Stdout: io.Discard}
	docs := load(t, text)
	l := &loader{o: o, first: docs}
	c := clock.New()
	all := newShards(l, c, prometheus.NewRegistry())
	require.Len(t, all, shards)
	b := newBuilder(o, l, c, newLog(io.Discard), newProviders(awsx.NewMetrics(prometheus.NewRegistry())), all, ecssink.NewFloors(c.Now))
	var group errgroup.Group
	for _, s := range all {
		group.Go(func() error {
			for range 20 {
				if _, err := b.build(t.Context(), docs, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
}
