package demo

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/policy"
)

const (
	barCells   = 12
	fullRate   = 500  // messages a second of a full bar
	fullQueue  = 1200 // messages of a full bar
	headEvery  = 24   // rows
	sparkCells = 60
)

// intro tells what goes on and what to try.
func intro(s Settings, e Endpoints, caFile string) string {
	address := ""
	if e.Ops != explain.DefaultAddress {
		address = " --address " + e.Ops
	}
	return fmt.Sprintf(`Scaler demo: a day of traffic in a minute, on the real engine. No cloud, no cluster.

  traffic   generated (seed %d), with a flash crowd at 14:30
  replicas  a model: each serves %d messages a second, %s after it is ordered;
            they follow the external metric, as a HorizontalPodAutoscaler does
  policy    %s: %d to %d replicas, by backlog and arrivals, and, from the
            second day on, by what the days before had at that time

Try in another terminal:

  %s explain %s%s
  curl --cacert %s \
    %s
  curl %s/health

`, s.Seed, serviceRate, explain.Duration(startUp), policyID(), minimum, maximum,
		s.Program, policyID(), address, caFile, metricURL(e.ExternalMetrics), e.Ops)
}

func header() string {
	return fmt.Sprintf("%-5s  %9s %-*s  %9s %-*s  %7s  %s\n", "time", "traffic", barCells, "", "backlog", barCells, "", "desired", "ready")
}

// row is the world and the decision in one line. A replica that starts is a plus.
func row(l look, d policy.Desired, ascii bool) string {
	desired := "?"
	if n, known := d.Replicas(); known {
		desired = explain.Number(float64(n))
	}
	ready := explain.Number(float64(l.Ready))
	if l.Starting > 0 {
		ready += fmt.Sprintf(" +%d", l.Starting)
	}
	line := fmt.Sprintf("%-5s  %7s/s %s  %9s %s  %7s  %s",
		clockText(l.Now), explain.Number(float64(int64(l.Arrivals))), bar(l.Arrivals/fullRate, barCells, ascii),
		explain.Number(math.Round(l.Waiting)), bar(l.Waiting/fullQueue, barCells, ascii), desired, ready)
	return strings.TrimRight(line, " ") + "\n"
}

func clockText(since time.Duration) string {
	at := clockTime(since)
	return fmt.Sprintf("%02d:%02d", int(at.Hours()), int(at.Minutes())%60)
}

// change is the line of a decision that differs from the one before; empty if it
// does not.
func change(before *policy.Decision, d policy.Decision, o explain.Options) string {
	if before != nil && before.Desired == d.Desired {
		return ""
	}
	colour, what := explain.Yellow, ""
	if n, known := d.Desired.Replicas(); known {
		colour, what = move(before, n, o.ASCII)
		what += "  "
	}
	return "       " + o.Paint(colour, what+explain.Why(d, o)) + "\n"
}

// move is the way from the number before, if there was one.
func move(before *policy.Decision, n int32, ascii bool) (explain.Colour, string) {
	up, down, to := "↑", "↓", "→"
	if ascii {
		up, down, to = "^", "v", "->"
	}
	if before == nil {
		before = &policy.Decision{}
	}
	switch was, had := before.Desired.Replicas(); {
	case !had:
		return explain.Green, fmt.Sprintf("%s %d", to, n)
	case was < n:
		return explain.Green, fmt.Sprintf("%s %d %s %d", up, was, to, n)
	default:
		return explain.Blue, fmt.Sprintf("%s %d %s %d", down, was, to, n)
	}
}
