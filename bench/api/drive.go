package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxSamples bounds what a client keeps of one drive.
const maxSamples = 1 << 20

// run is what the clients saw of a target.
type run struct {
	latencies []time.Duration
	took      time.Duration
	requests  int
	p50, p99  time.Duration
	rate      float64 // requests/s
}

func (r *run) add(o run) {
	r.latencies = append(r.latencies, o.latencies...)
	r.took += o.took
}

// finish makes the figures and lets go of the latencies.
func (r *run) finish() {
	slices.Sort(r.latencies)
	r.p50, r.p99 = percentile(r.latencies, 0.50), percentile(r.latencies, 0.99)
	r.requests = len(r.latencies)
	r.rate = float64(r.requests) / r.took.Seconds()
	r.latencies = nil
}

// drive lets a target's clients ask it for a time, together at a rate, or as fast
// as each can at rate 0.
//
// A latency counts from when the request was due, if its client was still busy
// then: a stall is charged to all that it delays. The lateness of the client's own
// timer is not charged.
func drive(ctx context.Context, t target, rate float64, d time.Duration) (run, error) {
	clients := len(t.clients)
	perClient := make([][]time.Duration, clients)
	group, ctx := errgroup.WithContext(ctx)
	begin := time.Now()
	for i, client := range t.clients {
		p := pace{begin: begin}
		if rate > 0 {
			p.every = time.Duration(float64(clients) / rate * float64(time.Second))
			p.begin = begin.Add(p.every * time.Duration(i) / time.Duration(clients))
		}
		group.Go(func() (err error) {
			perClient[i], err = drivePaced(ctx, client, t.paths, p, begin.Add(d))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return run{}, fmt.Errorf("ask %s: %w", t.name, err)
	}
	return run{latencies: slices.Concat(perClient...), took: time.Since(begin)}, nil
}

// pace says when a client's requests are due: at once, if every is 0.
type pace struct {
	begin time.Time
	every time.Duration
}

func drivePaced(ctx context.Context, client *http.Client, paths []*url.URL, p pace, end time.Time) ([]time.Duration, error) {
	var latencies []time.Duration
	due := p.begin
	for now := time.Now(); now.Before(end) && len(latencies) < maxSamples; {
		from := now
		if p.every > 0 {
			if wait := due.Sub(now); wait > 0 {
				time.Sleep(wait)
				from = time.Now()
			} else {
				from = due
			}
			due = due.Add(p.every)
		}
		if err := ask(ctx, client, paths[rand.IntN(len(paths))]); err != nil {
			return nil, err
		}
		now = time.Now()
		latencies = append(latencies, now.Sub(from))
	}
	return latencies, nil
}

// percentile of sorted durations, by the nearest rank.
func percentile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}
