//go:build e2e

package kubernetes_test

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAnAPIServerThatIsAway lets the API server restart, hang, and be away for longer
// than a leader may lead without it. Nothing is scaled in, there is one leader at
// most, GETs straight to a replica have an answer soon, and everything goes on by
// itself.
func TestAnAPIServerThatIsAway(t *testing.T) {
	t.Parallel() // each has a cluster of its own, and waits most of the time
	w, documents := startTroubled(t, "5s")
	require.NoError(t, w.c.Apply(t.Context(), deployment(1)))
	began := time.Now()
	for _, name := range []string{"a", "b"} {
		w.run(name, settings{Documents: documents})
	}
	w.becomes(enough)
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(rows, "the API server\tnew terms\tno poll for\tpolls by\t%s\t%s\t%s\tslowest\tlowest\tDeployment\tdecided, scaled again\n", byMaster, byHPA, byToken)
	for _, row := range []struct {
		name    string
		away    func()
		mayMove int // leaders that there may be after the one before
	}{
		{name: "restarts", away: w.restart, mayMove: 1},
		{name: "hangs for 10 s", away: func() { w.hang(10 * time.Second) }, mayMove: 1},
		{name: "is killed, away for 40 s", away: func() { w.killed(40 * time.Second) }, mayMove: 1},
		{name: "hangs for 40 s", away: func() { w.hang(40 * time.Second) }, mayMove: 1},
	} {
		went := t.Run(row.name, func(t *testing.T) {
			w.t = t
			terms, from := w.terms(), time.Now()
			t.Logf("%s begins: %s", from.Format("15:04:05.000"), row.name)
			row.away()
			back := time.Now()
			eventually(t, time.Minute, "somebody leads", func() bool { return w.leads() != nil })
			t.Logf("%s it is back; somebody leads %s later", back.Format("15:04:05.000"), time.Since(back).Round(100*time.Millisecond))
			w.asks(enough)
			time.Sleep(5 * time.Second)
			to := time.Now()
			moved := w.terms() - terms
			require.LessOrEqual(t, moved, row.mayMove)
			seen := w.lookout.requireNeverLower(t, from, to, enough)
			require.Len(t, seen[byMaster].codes, 1, "nobody needs to be asked about it: %s", seen[byMaster])
			polls := w.source.between(from, to)
			again := w.scalesAgain()
			slowest := max(seen[byMaster].slowest, seen[byHPA].slowest, seen[byToken].slowest)
			fmt.Fprintf(rows, "%s\t%d\t%.1f s\t%v\t%s\t%s\t%s\t%d ms\t%d\t%d\t%s\n", row.name, moved, gap(polls).Seconds(), byReplica(polls),
				seen[byMaster], seen[byHPA], seen[byToken], slowest.Milliseconds(), seen[byMaster].lowest, seen[""].lowest, again)
		})
		if !went {
			break // the next would begin from what is wrong
		}
	}
	require.NoError(t, rows.Flush())
	t.Logf("%d replicas are what the backlog asks for:\n\n%s", enough, table.String())
	oneAtATime(t, "polls", w.source.between(began, time.Now()))
}

// restart stops the API server in order and starts it again.
func (w *troubled) restart() {
	w.c.StopAPIServer()
	require.NoError(w.t, w.c.StartAPIServer(w.t.Context()))
}

// killed has it die without a word, for a time.
func (w *troubled) killed(for_ time.Duration) {
	w.c.KillAPIServer()
	w.wait(for_)
	require.NoError(w.t, w.c.StartAPIServer(w.t.Context()))
}

// hang has it accept connections and never answer, for a time.
func (w *troubled) hang(for_ time.Duration) {
	require.NoError(w.t, w.c.PauseAPIServer())
	w.wait(for_)
	require.NoError(w.t, w.c.ResumeAPIServer())
}

// wait waits while the API server is away. When nobody may lead any more the backlog
// falls, which nobody may follow; before it is back, all is as before.
func (w *troubled) wait(for_ time.Duration) {
	w.t.Helper()
	const leaderStops = 13 * time.Second
	if for_ <= leaderStops {
		time.Sleep(for_)
		return
	}
	time.Sleep(leaderStops)
	require.Nil(w.t, w.leads(), "a leader stops that cannot renew")
	w.asks(fewer)
	time.Sleep(for_ - leaderStops)
	for _, r := range w.e.all() {
		w.t.Logf("%s says while it is away: %q", r.name, w.problems(r))
		require.NotEmpty(w.t, w.problems(r))
	}
	w.asks(enough)
}
