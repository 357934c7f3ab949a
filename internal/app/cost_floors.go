package app

import (
	"maps"
	"slices"

	"github.com/scaler-dev/scaler/internal/compile"
	"github.com/scaler-dev/scaler/internal/cost"
	ecssink "github.com/scaler-dev/scaler/internal/sinks/ecs"
)

// floors are the looks at services whose minimum follows a decision, while all is
// calm.
func (a *accountant) floors(to []cost.Use, part *compile.Program) []cost.Use {
	services := map[string]int{}
	for _, f := range part.Floors {
		services[f.Service.Provider]++
	}
	for _, provider := range slices.Sorted(maps.Keys(services)) {
		calls, interval := ecssink.IdleCalls(services[provider])
		to = append(to, a.use(cost.Look, provider, interval, calls))
		a.note("floors are counted as while they are down; one that is up looks every 15 s, and each step is two calls more")
	}
	return to
}
