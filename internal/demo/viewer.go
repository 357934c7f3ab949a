package demo

import (
	"context"
	"time"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
)

// viewer writes a line a second, and one for each change of the decision.
type viewer struct {
	out     *printer
	text    explain.Options
	world   *world
	status  func() *runner.Status
	history history

	latest *policy.Decision
	rows   int
}

func (v *viewer) run(ctx context.Context) error {
	changes, rows := time.NewTicker(lookEvery), time.NewTicker(rowEvery)
	defer changes.Stop()
	defer rows.Stop()
	v.out.print(header())
	for v.out.err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-changes.C:
			v.take(v.status())
		case <-rows.C:
			v.row()
		}
	}
	return v.out.err
}

// take tells of a decision that is new and differs.
func (v *viewer) take(s *runner.Status) {
	if s == nil {
		return
	}
	d, ok := s.Decision(policyID())
	if !ok || (v.latest != nil && v.latest.At == d.At) {
		return
	}
	v.out.print(change(v.latest, d, v.text))
	v.count(d)
	v.latest = &d
}

func (v *viewer) count(d policy.Decision) {
	if v.latest == nil {
		return
	}
	was, had := v.latest.Desired.Replicas()
	n, has := d.Desired.Replicas()
	switch {
	case !had || !has:
	case n > was:
		v.history.ups++
	case n < was:
		v.history.downs++
	}
}

func (v *viewer) row() {
	if v.rows++; v.rows%headEvery == 0 {
		v.out.print(header())
	}
	var desired policy.Desired
	if v.latest != nil {
		desired = v.latest.Desired
	}
	l := v.world.look()
	v.history.add(l)
	v.out.print(row(l, desired, v.text.ASCII))
}
