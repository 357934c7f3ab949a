package incumbents_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/serving/pkg/autoscaler/aggregation"
	"knative.dev/serving/pkg/autoscaler/scaling"

	"github.com/scaler-dev/scaler/bench/incumbents"
)

// revision is what the original asks for.
type revision struct {
	ready         int
	stable, panic float64
}

func (r *revision) ReadyCount() (int, error)    { return r.ready, nil }
func (r *revision) NotReadyCount() (int, error) { return 0, nil }

func (r *revision) StableAndPanicConcurrency(types.NamespacedName, time.Time) (float64, float64, error) {
	return r.stable, r.panic, nil
}

func (r *revision) StableAndPanicRPS(types.NamespacedName, time.Time) (float64, float64, error) {
	return r.stable, r.panic, nil
}

func someKPA(r *rand.Rand) (incumbents.KPASettings, *scaling.DeciderSpec) {
	s := incumbents.DefaultKPA(pick(r, 1, 10, 100, 1+r.Float64()*50), 0)
	s.MaxScaleUpRate = pick(r, 1000, 1.1, 2, 10)
	s.MaxScaleDownRate = pick(r, 2, 1.1, 10)
	s.PanicThreshold = pick(r, 2, 1.5, 10)
	s.StableWindow = pick(r, time.Minute, 10*time.Second, 5*time.Minute)
	s.ScaleDownDelay = pick(r, 0, 0, 15*time.Second, 5*time.Minute)
	s.TargetBurstCapacity = pick(r, 211, 0, -1, 20.0)
	s.ActivationScale = pick(r, int32(0), 0, 2, 5)
	s.Unreachable = r.IntN(5) == 0
	return s, &scaling.DeciderSpec{
		MaxScaleUpRate: s.MaxScaleUpRate, MaxScaleDownRate: s.MaxScaleDownRate, ScalingMetric: pick(r, "concurrency", "rps"),
		TargetValue: s.Target, TotalValue: s.TotalValue, TargetBurstCapacity: s.TargetBurstCapacity,
		PanicThreshold: s.PanicThreshold, StableWindow: s.StableWindow, ScaleDownDelay: s.ScaleDownDelay,
		Reachable: !s.Unreachable, ActivationScale: s.ActivationScale,
	}
}

// TestKPADecisionsAreTheOriginals in 400 revisions of 50 ticks each: what is ready
// follows what was wanted, or not, as new replicas come late.
func TestKPADecisionsAreTheOriginals(t *testing.T) {
	panics := 0
	for n := range uint64(400) {
		synctest.Test(t, func(t *testing.T) { // time.Now does not move by itself in here
			r := seeded(100 + n)
			settings, spec := someKPA(r)
			have := &revision{ready: pick(r, 0, 1, 2, r.IntN(30))}
			begin, now := time.Now(), time.Duration(0)
			original := scaling.New(attribute.Set{}, noop.NewMeterProvider(), "ns", "rev", have, have, spec)
			ours := incumbents.NewDecider(settings, 0, int32(have.ready))
			for range 50 {
				load := r.Float64() * settings.Target * pick(r, 1.0, 10, 100)
				have.stable, have.panic = pick(r, load, load*r.Float64(), 0), pick(r, load, load*r.Float64()*3, 0)
				want := original.Scale(zap.NewNop().Sugar(), begin.Add(now))
				require.True(t, want.ScaleValid)
				desired, excess := ours.Decide(now, int32(have.ready), have.stable, have.panic)
				require.Equal(t, want.DesiredPodCount, desired, "seed %d at %s, %+v, %+v", n, now, have, settings)
				require.Equal(t, want.ExcessBurstCapacity, excess, "seed %d at %s", n, now)
				if panicking, _ := ours.Panicking(); panicking {
					panics++
				}
				if r.IntN(2) == 0 {
					have.ready = int(desired)
				}
				now += pick(r, 2*time.Second, 2*time.Second, 0, 500*time.Millisecond, time.Duration(r.IntN(90))*time.Second)
			}
		})
	}
	require.Greater(t, panics, 2000)
	require.Less(t, panics, 18_000)
}

// averager is what the original's windows have in common.
type averager interface {
	Record(now time.Time, value float64)
	WindowAverage(now time.Time) float64
	IsEmpty(now time.Time) bool
}

// TestKPAWindowsAreTheOriginals with gaps, silence and some that come late.
func TestKPAWindowsAreTheOriginals(t *testing.T) {
	begin := time.Unix(1_000_000_000, 0)
	for n := range uint64(300) {
		r := seeded(1000 + n)
		length := time.Duration(1+r.IntN(70)) * time.Second
		var original averager = aggregation.NewTimedFloat64Buckets(length, time.Second)
		ours := incumbents.NewWindow(length, time.Second)
		if n%2 == 0 {
			original, ours = aggregation.NewWeightedFloat64Buckets(length, time.Second), incumbents.NewWeightedWindow(length, time.Second)
		}
		now := 10 * time.Minute
		for range 100 {
			switch {
			case r.IntN(4) > 0:
				late := pick(r, 0, 0, 0, time.Duration(r.IntN(100))*time.Second)
				value := r.Float64() * 100
				original.Record(begin.Add(now-late), value)
				ours.Record(now-late, value)
			default:
				now += pick(r, time.Second, 2*time.Second, time.Duration(r.IntN(100_000))*time.Millisecond)
			}
			now += pick(r, 0, time.Second, time.Duration(r.IntN(3000))*time.Millisecond)
			require.Equal(t, original.IsEmpty(begin.Add(now)), ours.Empty(now), "seed %d at %s", n, now)
			require.InDelta(t, original.WindowAverage(begin.Add(now)), ours.Average(now), 1e-9, "seed %d at %s", n, now)
		}
	}
}
