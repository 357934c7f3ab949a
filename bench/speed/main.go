// Program speed measures what a replay costs: policy steps a second and core with their
// trail, sixteen days against eight policies, allocations, and what a run keeps in memory.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/scaler-dev/scaler/bench/trace"
	"github.com/scaler-dev/scaler/bench/trial"
)

// The steps of sixteen days.
const (
	step = 5 * time.Second
	days = 16 * 24 * time.Hour
)

func main() {
	length := flag.Duration("for", days, "the length of the traffic, in steps of 5 s")
	policies := flag.Int("policies", 10_000, "policies in one process")
	flag.Parse()
	if err := measure(context.Background(), os.Stdout, *length, *policies); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, out io.Writer, length time.Duration, policies int) error {
	docs, err := documents()
	if err != nil {
		return err
	}
	once, fourfold := traffic(length), traffic(4*length)
	fmt.Fprintf(out, "%s, %s/%s, %d cores\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	of := func() (cost, error) { return alone(docs.policy, once) }
	if err := steps(out, "one policy of perReplica, trail included, without a model", once, of); err != nil {
		return err
	}
	of = func() (cost, error) { return alone(docs.auto, once) }
	if err := steps(out, "one policy of auto, trail included, without a model", once, of); err != nil {
		return err
	}
	of = func() (cost, error) { return docs.cost(ctx, once) }
	if err := steps(out, "the policy of perReplica in a replay, with the model of its replicas", once, of); err != nil {
		return err
	}
	if err := many(out, docs.auto, policies, once); err != nil {
		return err
	}
	if err := eight(ctx, out, docs, once); err != nil {
		return err
	}
	return memory(ctx, out, docs, once, fourfold)
}

// traffic is generated: days with their waves, noise, and a flash crowd.
func traffic(length time.Duration) *trace.Trace {
	return trace.Generate(trace.Shape{
		Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Step: step, Length: length,
		Mean: 200, Swing: 0.7, Noise: 0.1, Seed: 1,
		CrowdAt: length / 2, CrowdBy: 4, Rise: 5 * time.Minute, Hold: 30 * time.Minute,
	})
}

// steps tells what a policy's steps cost, the best of some runs: others may use the
// machine too. A fixed loop beside it tells how fast the machine was.
func steps(out io.Writer, what string, t *trace.Trace, of func() (cost, error)) error {
	best, loop := cost{}, time.Duration(0)
	for range runs {
		l := reference()
		c, err := of()
		if err != nil {
			return err
		}
		if best.cpu == 0 || c.cpu < best.cpu {
			best, loop = c, l
		}
	}
	n := float64(t.Len())
	each := best.cpu / time.Duration(t.Len())
	fmt.Fprintf(out, "%s: %d steps, the best of %d runs\n", what, t.Len(), runs)
	fmt.Fprintf(out, "  %12.0f steps a second of a core's time (%v each)\n", n/best.cpu.Seconds(), each)
	fmt.Fprintf(out, "  %12.0f steps a second of the clock, on one goroutine\n", n/best.wall.Seconds())
	fmt.Fprintf(out, "  %12.3f allocations, %.1f bytes a step\n", float64(best.allocations)/n, float64(best.bytes)/n)
	if best.state > 0 {
		fmt.Fprintf(out, "  %12d bytes of state, as JSON\n", best.state)
	}
	fmt.Fprintf(out, "  %12v a round of the reference loop just before: a step is %.2f rounds\n\n", loop, float64(each)/float64(loop))
	return nil
}

// eight tells how long a policy and its seven rivals take, beside their oracle.
func eight(ctx context.Context, out io.Writer, d *docs, t *trace.Trace) error {
	began, used := time.Now(), cpuTime()
	r, err := trial.Try(ctx, trial.Settings{
		Name: "speed", Trace: t, Policy: d.policy, Replay: d.replay, Against: trial.Incumbents()[:7], Budget: 0.001,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d autoscalers, scores and the oracle included, %d steps each\n", len(r.Runs), t.Len())
	fmt.Fprintf(out, "  %12v of the clock, %v of the cores' time\n", time.Since(began).Round(time.Millisecond), (cpuTime() - used).Round(time.Millisecond))
	began, used = time.Now(), cpuTime()
	if err := d.policies(ctx, len(r.Runs), t); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d policies of perReplica, %d steps each\n", len(r.Runs), t.Len())
	fmt.Fprintf(out, "  %12v of the clock, %v of the cores' time\n\n", time.Since(began).Round(time.Millisecond), (cpuTime() - used).Round(time.Millisecond))
	return nil
}

// memory tells what a run holds beside the traffic itself.
func memory(ctx context.Context, out io.Writer, d *docs, once, fourfold *trace.Trace) error {
	held := [2]int64{}
	fmt.Fprintf(out, "memory that a run holds, the most of %d looks after a collection\n", looks)
	for i, t := range []*trace.Trace{once, fourfold} {
		var err error
		if held[i], err = d.held(ctx, t); err != nil {
			return err
		}
		fmt.Fprintf(out, "  %12.1f KiB for %d steps, beside %.1f KiB of the traffic\n", kib(held[i]), t.Len(), kib(int64(8*t.Len())))
	}
	fmt.Fprintf(out, "  %12.2f times as much for %.1f times the steps\n", float64(held[1])/float64(held[0]), float64(fourfold.Len())/float64(once.Len()))
	return nil
}

func kib(bytes int64) float64 { return float64(bytes) / 1024 }
