package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scaler-dev/scaler/internal/clock"
	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/runner"
	ecssink "github.com/scaler-dev/scaler/internal/sinks/ecs"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// floorEvery is how soon a decision reaches its floor. What asks AWS has a pace of
// its own.
const floorEvery = 2 * time.Second

// newFloors makes what remembers floors through reloads.
func newFloors(c *clock.Clock, reg *prometheus.Registry) *ecssink.Floors {
	floors := ecssink.NewFloors(c.Now)
	reg.MustRegister(floors)
	return floors
}

// floorSinks makes one sink for each provider.
func (b *builder) floorSinks(ctx context.Context, program *compile.Program) ([]runner.Sink, error) {
	var names []string
	targets := map[string][]ecssink.Target{}
	for _, f := range program.Floors {
		name := f.Service.Provider
		if targets[name] == nil {
			names = append(names, name)
		}
		targets[name] = append(targets[name], ecssink.Target{
			Policy: f.Policy, Service: f.Service,
			Limits: floor.Limits{TTL: f.Floor.TTL.Duration, Cooldown: f.Floor.Cooldown.Duration, Max: f.Max},
		})
	}
	var out []runner.Sink
	for _, name := range names {
		provider, err := b.providers.aws(ctx, name)
		if err != nil {
			return nil, err
		}
		out = append(out, runner.Sink{
			Name: "ecsFloor/" + name, Sink: ecssink.New(provider, targets[name], b.floors, b.log),
			Period: floorEvery, Timeout: publishTimeout,
		})
	}
	return out, nil
}

// forgetFloors drops what an earlier term remembered of floors: somebody else has kept
// them since.
func (b *builder) forgetFloors(p *runner.Pipeline) {
	for _, one := range p.Spec.Policies {
		b.floors.Forget(one.ID)
	}
}
