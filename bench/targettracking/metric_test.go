package targettracking_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/targettracking"
)

// seenAfter is how many seconds later it is known what was ordered: alarms act, and
// services are looked at, every now and then.
const seenAfter = 15

// published is a service that follows 100 × desired ÷ ordered, published every so
// often at the begin of a period, as sinks/cloudwatch does, and averaged over minutes.
type published struct {
	m       *targettracking.Model
	every   int              // seconds
	seen    [seenAfter]int32 // what was ordered, by second
	ordered int32
	sum     float64
	n       int
}

func (p *published) second(second int, desired int32) targettracking.Outcome {
	if second%p.every == 0 {
		p.sum += 100 * float64(desired) / float64(max(1, p.seen[second%seenAfter]))
		p.n++
	}
	p.seen[second%seenAfter] = p.ordered
	now := began.Add(time.Duration(second+1) * time.Second)
	service := targettracking.Service{Desired: p.ordered, Running: p.ordered}
	if (second+1)%60 != 0 {
		return p.m.Step(now, service)
	}
	out := p.m.Step(now, service, targettracking.Datapoint{At: now.Add(-time.Minute), Value: p.sum / float64(p.n)})
	p.sum, p.n, p.ordered = 0, 0, out.Desired
	return out
}

// follows is what becomes of 10 tasks when 20 are decided at a second of the second minute:
// how long until 20 are ordered, and the most that is.
func follows(every, second int, cooldown time.Duration) (took int, most int32) {
	policy := metric(func(p *targettracking.Policy) { p.ScaleOutCooldown = cooldown })
	p := &published{m: targettracking.New(target(policy)), every: every, ordered: 10}
	for i := range p.seen {
		p.seen[i] = p.ordered
	}
	for s := range 15 * 60 {
		desired := int32(10)
		if s >= 60+second {
			desired = 20
		}
		if out := p.second(s, desired); took == 0 && out.Desired >= 20 {
			took = s + 1 - 60 - second
		}
		most = max(most, p.ordered)
	}
	return took, most
}

// TestHowTheMetricsPeriodShows: what is published once a minute, at its begin, is a
// minute old when the alarm looks at it. So the minute in which tasks are ordered still
// asks for them, and the alarm acts on it once more. Published every 10 s, with a
// scale-out cooldown of two minutes or more, it does not.
func TestHowTheMetricsPeriodShows(t *testing.T) {
	var table strings.Builder
	fmt.Fprintln(&table, "model: 10 tasks, 20 decided; published every  scale-out cooldown  ordered after  at most ordered")
	for _, every := range []int{60, 10} {
		for _, cooldown := range []time.Duration{0, time.Minute, 2 * time.Minute, 5 * time.Minute} {
			least, longest, most := 1<<30, 0, int32(0)
			for second := range 60 {
				took, n := follows(every, second, cooldown)
				least, longest, most = min(least, took), max(longest, took), max(most, n)
			}
			fmt.Fprintf(&table, "%44d s  %18s  %5d-%d s  %15d\n", every, cooldown, least, longest, most)
			require.Positive(t, least)
			if settles := every == 10 && cooldown >= 2*time.Minute; settles {
				require.Equal(t, int32(20), most, "nothing too much")
			} else {
				require.Greater(t, most, int32(20))
			}
		}
	}
	_, _ = io.WriteString(t.Output(), table.String())
}
