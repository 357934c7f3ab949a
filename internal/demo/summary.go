package demo

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/internal/explain"
)

// history is what the summary tells: the rows of the last day, and counts.
type history struct {
	traffic, backlog, replicas []float64
	peak                       float64
	ups, downs                 int
}

func (h *history) add(l look) {
	const rows = int(day / rowEvery)
	keep := func(vs []float64, v float64) []float64 {
		if vs = append(vs, v); len(vs) > rows {
			vs = append(vs[:0], vs[1:]...)
		}
		return vs
	}
	h.traffic = keep(h.traffic, l.Arrivals)
	h.backlog = keep(h.backlog, l.Waiting)
	h.replicas = keep(h.replicas, float64(l.Ready))
	h.peak = max(h.peak, l.Arrivals)
}

// summary tells how the demo went.
func summary(h *history, l look, ascii bool) string {
	if len(h.traffic) == 0 {
		return ""
	}
	days := ""
	if l.Now >= day {
		days = "the last day of "
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nSummary: %s%s\n\n", days, explain.Duration(l.Now.Round(time.Second)))
	line := func(name string, values []float64, text string) {
		fmt.Fprintf(&b, "  %-9s %s  %s\n", name, sparkline(values, sparkCells, ascii), text)
	}
	line("traffic", h.traffic, fmt.Sprintf("up to %s messages/s", explain.Number(float64(int64(h.peak)))))
	line("backlog", h.backlog, fmt.Sprintf("up to %s messages", explain.Number(math.Round(l.Worst.Waiting))))
	line("replicas", h.replicas, fmt.Sprintf("up to %d", l.Busiest))
	fmt.Fprintf(&b, "\n  %s messages came, %s were served, %s wait; the longest wait was %s.\n",
		explain.Number(l.Arrived), explain.Number(math.Round(l.Served)), explain.Number(math.Round(l.Waiting)), explain.Duration(l.Worst.Wait))
	fmt.Fprintf(&b, "  The decision went up %s and down %s.\n", times(h.ups), times(h.downs))
	return b.String()
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	default:
		return fmt.Sprintf("%d times", n)
	}
}
