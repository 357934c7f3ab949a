package compile

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

func span(d time.Duration) v1alpha1.Duration { return v1alpha1.Duration{Duration: d} }

// TestWhatAnAutoStandsFor: a queue has a floor only where its messages cannot wait until
// replicas that are ordered for them serve.
func TestWhatAnAutoStandsFor(t *testing.T) {
	queueOf := func(within time.Duration, startUp time.Duration, arrivals string) v1alpha1.AutoDemand {
		return v1alpha1.AutoDemand{Queue: &v1alpha1.DeadlineDemand{
			Backlog: "backlog", Arrivals: arrivals, Within: span(within), ServiceTime: span(time.Second), StartUp: span(startUp), Concurrency: 1,
		}}
	}
	for name, tt := range map[string]struct {
		auto  v1alpha1.AutoDemand
		floor bool
	}{
		"requests":                     {v1alpha1.AutoDemand{Requests: &v1alpha1.RateDemand{Signal: "requests", PerReplica: 10}}, true},
		"a start-up to wait":           {queueOf(40*time.Second, 40*time.Second, "sent"), true},
		"a little more":                {queueOf(179*time.Second, 2*time.Minute, "sent"), true},
		"one and a half":               {queueOf(3*time.Minute, 2*time.Minute, "sent"), false},
		"less than two polls more":     {queueOf(69*time.Second, 40*time.Second, "sent"), true},
		"two polls more":               {queueOf(70*time.Second, 40*time.Second, "sent"), false},
		"a start-up that is not known": {queueOf(89*time.Second, 0, "sent"), true},
		"and longer to wait":           {queueOf(90*time.Second, 0, "sent"), false},
		"no arrivals":                  {queueOf(time.Second, 0, ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			p := policyOf("orders", queue("backlog", 0))
			p.Spec.Demand = []v1alpha1.Demand{{Name: "d", DemandRule: v1alpha1.DemandRule{Auto: &tt.auto}}}
			p.Default()
			parts := autoOf("d", *p.Spec.Demand[0].Auto, p.Spec)
			require.Equal(t, "d", parts[0].Name)
			require.Equal(t, tt.floor, len(parts) == 2)
			if tt.floor {
				require.Equal(t, "d.usual", parts[1].Name)
			}
		})
	}
}
