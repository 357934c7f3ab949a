package replay

import (
	"testing"
	"time"

	"github.com/scaler-dev/scaler/bench/plant"
)

// BenchmarkSteps is a policy of perReplica in front of the model, trail included.
func BenchmarkSteps(b *testing.B) {
	s := Settings{
		Load:  Load{Start: time.Unix(0, 0), Step: 5 * time.Second, PerSecond: make([]float64, b.N)},
		Plant: plant.Settings{Rate: 10, ServiceTime: 100 * time.Millisecond, StartUp: plant.StartUp{Median: time.Minute}, Replicas: 1},
	}
	for i := range s.Load.PerSecond {
		s.Load.PerSecond[i] = 100 + float64(i%720)
	}
	p := documented(b)
	s.Reach = p.Reach()
	b.ReportAllocs()
	b.ResetTimer()
	if err := Run(b.Context(), s, Documented{p, Direct{}}, func(Step) {}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}
