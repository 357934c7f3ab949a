//go:build e2e

package ecs_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	baseTasks = 3
	mostTasks = 40
	calm      = 1.0  // messages a second before the burst
	burst     = 10.0 // and from then on: 20 tasks serve that
	longest   = 9 * time.Minute
)

// policyOf scales a service of the queue's name so that what waits is served within
// the deadline: a task serves 10 messages in 20 s.
func policyOf(name, publish string) string {
	return fmt.Sprintf(`
---
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: %[1]s, namespace: shop}
spec:
  workload: {ecs: {provider: aws, cluster: %[2]s, service: %[1]s}}
  replicas: {min: %[3]d, max: %[4]d}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: %[1]s}, interval: 5s, freshFor: 15s}
  demand:
    - {name: deadline, perReplica: {signal: backlog, amount: %[5]g}}
  scaleOut: {stabilization: 0s, limits: [{replicas: %[4]d, period: 15s}]}
  publish:
%[6]s`, name, clusterName, baseTasks, mostTasks, rate*late.Seconds(), publish)
}

const (
	published = "    cloudWatch: {provider: aws, namespace: Scaler, period: 10s}\n"
	floored   = published + "    ecs: {floor: {ttl: 5m}}\n"
)

// moments are when, since the burst began, something was first seen; 0: never.
type moments struct{ late, enough, recovered time.Duration }

func (m *moments) note(w *workers, since time.Duration) {
	first := func(d *time.Duration, is bool) {
		if is && *d == 0 {
			*d = since
		}
	}
	first(&m.late, w.state.Wait > late)
	first(&m.enough, w.enough(burst))
	first(&m.recovered, m.enough > 0 && m.late > 0 && w.state.Wait <= late)
}

// TestTheFloorIsThreeTimesFaster runs two equal services side by side through the
// same burst: one follows target tracking alone, the other has the floor.
func TestTheFloorIsThreeTimesFaster(t *testing.T) {
	t.Parallel()
	a := newAccount(t, baseTasks)
	documents := awsProvider("aws", a.moto.URL)
	services := map[string]*workers{}
	for name, publish := range map[string]string{"plain": published, "floor": floored} {
		queue := a.service(t, name, baseTasks, baseTasks, mostTasks)
		services[name] = newWorkers(newActuator(a, name, baseTasks, mostTasks, 0), queue, baseTasks)
		documents += policyOf(name, publish)
	}
	d := run(t, documents)
	d.becomes("shop/plain", baseTasks)
	d.becomes("shop/floor", baseTasks)

	// In the middle of a minute, the mean of where a burst can fall in a period.
	begin := time.Now().Truncate(time.Minute).Add(150 * time.Second)
	seen := map[string]*moments{"plain": {}, "floor": {}}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "s\tarrive/s\tplain: queue\twait\tdecision\tordered\tready\tfloor: queue\twait\tdecision\tmin\tordered\tready\t")
	everySecond(t, begin.Add(longest), func(now time.Time, second int) (done bool) {
		arrivals := calm
		if !now.Before(begin) {
			arrivals = burst
		}
		for name, s := range services {
			if err := s.step(t.Context(), now, arrivals); err != nil {
				t.Logf("%s: %s", name, err)
			}
			if since := now.Sub(begin); since >= 0 {
				seen[name].note(s, since)
			}
		}
		p, f := services["plain"], services["floor"]
		if second%10 == 0 || f.tasks != baseTasks && seen["floor"].enough == 0 {
			fmt.Fprintf(w, "%.0f\t%.0f\t%d\t%.0f\t%d\t%d\t%d\t%d\t%.0f\t%d\t%d\t%d\t%d\t\n", now.Sub(begin).Seconds(), arrivals,
				p.state.Backlog, p.state.Wait.Seconds(), d.decision("shop/plain"), p.tasks, p.state.Ready,
				f.state.Backlog, f.state.Wait.Seconds(), d.decision("shop/floor"), f.least, f.tasks, f.state.Ready)
		}
		return seen["plain"].recovered > 0 && seen["floor"].recovered > 0
	})
	require.NoError(t, w.Flush())
	report(t, table.String(), services, seen, begin)

	plain, floor := *seen["plain"], *seen["floor"]
	require.NotZero(t, plain.enough, "target tracking alone gets there too")
	require.NotZero(t, floor.enough)
	require.NotZero(t, plain.late)
	require.GreaterOrEqual(t, (plain.enough - plain.late).Seconds(), 3*sinceLate(floor).Seconds(), "three times faster")
	for name, s := range services {
		for _, o := range s.outcomes {
			require.NotEqual(t, "scaled_in", string(o.Reason), name)
		}
	}
}

// sinceLate is from the first late message to enough capacity; a second where there was
// enough before any was late.
func sinceLate(m moments) time.Duration {
	if m.late == 0 || m.enough <= m.late {
		return time.Second
	}
	return m.enough - m.late
}

func report(t *testing.T, table string, services map[string]*workers, seen map[string]*moments, begin time.Time) {
	t.Helper()
	var b strings.Builder
	b.WriteString("target tracking is our model of it; times in seconds since the burst began\n" + table)
	for _, name := range []string{"plain", "floor"} {
		m := seen[name]
		fmt.Fprintf(&b, "%s: first late message %.0f s, enough capacity %.0f s, that is %.0f s later; nothing late any more %.0f s\n",
			name, m.late.Seconds(), m.enough.Seconds(), sinceLate(*m).Seconds(), m.recovered.Seconds())
		for _, o := range services[name].outcomes {
			fmt.Fprintf(&b, "  at %.0f s: %d tasks, %s (%.0f)\n", o.at.Sub(begin).Seconds(), o.Desired, o.Reason, o.Value)
		}
	}
	t.Log(b.String())
}

// everySecond calls f once a second until it is done, or the end.
func everySecond(t *testing.T, end time.Time, f func(now time.Time, second int) bool) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for second := 0; ; second++ {
		if f(time.Now().UTC(), second) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
