//go:build e2e

package ecs_test

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// timeline is a table of what happened to two services since a burst began.
type timeline struct {
	d       *daemon
	begin   time.Time
	text    strings.Builder
	w       *tabwriter.Writer
	last    time.Time
	longest time.Duration // between two looks
	told    [4]int32      // the latest line's orders
	toldAt  time.Time
}

func newTimeline(d *daemon, begin time.Time) *timeline {
	l := &timeline{d: d, begin: begin}
	l.w = tabwriter.NewWriter(&l.text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(l.w, "\tplain\t\t\t\t\tfloor\t\t\t\t\t\t")
	fmt.Fprintln(l.w, "s\tqueue\twait\tdecision\tordered\tready\tqueue\twait\tdecision\tminimum\tordered\tready\t")
	return l
}

// note adds a line every 20 s, and wherever an order or what is ready changed.
func (l *timeline) note(now time.Time, plain, floor *workers) {
	if !l.last.IsZero() {
		l.longest = max(l.longest, now.Sub(l.last))
	}
	l.last = now
	tell := [4]int32{plain.tasks, plain.state.Ready, floor.tasks, floor.state.Ready}
	if tell == l.told && now.Sub(l.toldAt) < 20*time.Second {
		return
	}
	l.told, l.toldAt = tell, now
	fmt.Fprintf(l.w, "%.0f\t%d\t%.0f\t%d\t%d\t%d\t%d\t%.0f\t%d\t%d\t%d\t%d\t\n", now.Sub(l.begin).Seconds(),
		int(plain.state.Waiting), plain.state.Wait.Seconds(), l.d.decision("shop/plain"), plain.tasks, plain.state.Ready,
		int(floor.state.Waiting), floor.state.Wait.Seconds(), l.d.decision("shop/floor"), floor.least, floor.tasks, floor.state.Ready)
}

func (l *timeline) report(plain, floor *workers) string {
	_ = l.w.Flush()
	fmt.Fprintf(&l.text, "looked at least every %s\n", l.longest.Round(100*time.Millisecond))
	for _, w := range []*workers{plain, floor} {
		fmt.Fprintf(&l.text, "%s: first late message after %.0f s, enough capacity after %.0f s, %.0f s later; nothing late any more after %.0f s\n", w.service,
			w.seen.late.Seconds(), w.seen.enough.Seconds(), w.seen.wait().Seconds(), w.seen.recovered.Seconds())
		for _, o := range w.outcomes {
			fmt.Fprintf(&l.text, "  after %.0f s: %d tasks, %s (%.0f)\n", o.at.Sub(l.begin).Seconds(), o.Desired, o.Reason, o.Value)
		}
	}
	return "Target tracking is our model of it. Times are since the burst began.\n" + l.text.String()
}
