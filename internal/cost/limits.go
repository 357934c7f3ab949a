package cost

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/internal/awsx"
)

// limits add up rates by account, region and operation. One poll may make several
// calls at once, and after a start every poll is made within moments.
func limits(uses []Use, p Prices) []Limit {
	type key struct{ account, region, service, operation string }
	index := map[key]int{}
	var out []Limit
	add := func(u Use, c awsx.Call) *Limit {
		k := key{u.Account, u.Region, c.Service, c.Operation}
		i, ok := index[k]
		if !ok {
			i = len(out)
			index[k] = i
			out = append(out, Limit{Region: u.Region, Service: c.Service, Operation: c.Operation, Allowed: p.limit(c.Service, c.Operation)})
		}
		if !slices.Contains(out[i].Providers, u.Provider) {
			out[i].Providers = append(out[i].Providers, u.Provider)
		}
		return &out[i]
	}
	for _, u := range uses {
		for _, c := range u.Calls.First {
			add(u, c).AtStart += 1 / startWithin.Seconds()
		}
		for _, c := range u.Calls.Each {
			l := add(u, c)
			l.PerSecond += u.perMinute() / time.Minute.Seconds()
			if u.Kind != Publish {
				l.AtStart += 1 / startWithin.Seconds()
			}
		}
	}
	for i := range out {
		if l := &out[i]; l.Allowed > 0 {
			l.Share = max(l.PerSecond, l.AtStart) / l.Allowed
		}
	}
	slices.SortFunc(out, func(a, b Limit) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Service, b.Service), strings.Compare(a.Operation, b.Operation))
	})
	return out
}
