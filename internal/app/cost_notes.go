package app

import (
	"fmt"
	"slices"

	"github.com/scaler-dev/scaler/internal/policy"
)

// notes tell what an estimate cannot count.
func (a *accountant) notes() {
	others := 0
	for _, s := range a.all.Subjects {
		if !a.isAWS(s.Provider) {
			others++
		}
	}
	if others > 0 {
		a.note(fmt.Sprintf("%d queries to other providers than AWS are not counted", others))
	}
	for _, u := range a.usage.Uses {
		for _, c := range u.Calls.Each {
			if c.Open {
				a.note("SEARCH and Metrics Insights are billed by what matches: they are counted as the metrics they name, or one")
			}
		}
	}
	tracked := map[policy.ID]bool{}
	for _, t := range a.all.CloudWatch {
		tracked[t.Policy] = true
	}
	for _, p := range a.docs.Policies {
		if w := p.Spec.Workload; w != nil && w.ECS != nil && tracked[policy.ID{Namespace: p.Metadata.Namespace, Name: p.Metadata.Name}] {
			a.usage.Tracked++
		}
	}
}

// note notes something once.
func (a *accountant) note(text string) {
	if !slices.Contains(a.usage.Notes, text) {
		a.usage.Notes = append(a.usage.Notes, text)
	}
}
