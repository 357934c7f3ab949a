package main

import (
	"context"
	_ "embed"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/plant"
	"github.com/scaler-dev/scaler/bench/replay"
	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/internal/config"
)

const (
	runs  = 7
	looks = 16
)

//go:embed policy.yaml
var policyYAML []byte

// docs are the policy that is measured, and its model.
type docs struct {
	policy *v1alpha1.ScalingPolicy
	auto   *v1alpha1.ScalingPolicy
	replay *v1alpha1.Replay
}

func documents() (*docs, error) {
	d, err := config.Load([]config.File{{Name: "policy.yaml", Data: policyYAML}}, func(string) (string, bool) { return "", false })
	if err != nil {
		return nil, err
	}
	return &docs{d.Policies[0], d.Policies[1], d.Replays[0]}, nil
}

// run replays the traffic under the policy; look is called now and then.
func (d *docs) run(ctx context.Context, t *trace.Trace, look func()) error {
	p, err := replay.NewPolicy(d.policy, replay.Bindings(d.policy, d.replay))
	if err != nil {
		return err
	}
	model := d.replay.Spec.Plant
	s := replay.Settings{
		Load: replay.Load{Start: t.Start, Step: t.Step, PerSecond: t.Loads()},
		Plant: plant.Settings{
			Rate: float64(model.Capacity), ServiceTime: model.ServiceTime.Duration, Replicas: d.policy.Spec.Replicas.Min,
			StartUp: plant.StartUp{Median: model.StartUp.Median.Duration},
		},
		Reach: p.Reach(),
	}
	every := max(1, t.Len()/looks)
	return replay.Run(ctx, s, replay.Documented{Policy: p, Actuator: replay.Direct{}}, func(s replay.Step) {
		if look != nil && s.Index%every == every-1 {
			look()
		}
	})
}

// policies replays the traffic so many times, on all cores.
func (d *docs) policies(ctx context.Context, n int, t *trace.Trace) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for range n {
		group.Go(func() error { return d.run(ctx, t, nil) })
	}
	return group.Wait()
}

// cost is what a run took.
type cost struct {
	wall, cpu          time.Duration
	allocations, bytes uint64
	state              int // bytes of what the policy remembers at the end; 0: not asked
}

func (d *docs) cost(ctx context.Context, t *trace.Trace) (cost, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began, used := time.Now(), cpuTime()
	err := d.run(ctx, t, nil)
	c := cost{wall: time.Since(began), cpu: cpuTime() - used}
	runtime.ReadMemStats(&after)
	c.allocations, c.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return c, err
}

// held is the most of the heap that a run had more than there was before it.
func (d *docs) held(ctx context.Context, t *trace.Trace) (most int64, err error) {
	before := heap()
	err = d.run(ctx, t, func() { most = max(most, heap()-before) })
	return most, err
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// cpuTime is what the process has had of all cores: unlike the clock, it does not count
// what others have of them.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reference is the time of a round of a fixed loop, a thousand steps of arithmetic and
// memory: it tells how fast a core is while others use the machine.
func reference() time.Duration {
	const rounds = 20_000
	var cells [64]int64
	x := int64(12345)
	used := cpuTime()
	for range rounds {
		for i := range int64(1000) {
			x = x*6364136223846793005 + 1442695040888963407
			cells[(x>>33)&63] += i ^ x
		}
	}
	took := cpuTime() - used
	runtime.KeepAlive(&cells)
	return took / rounds
}
