package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/test/cluster"
	"github.com/scaler-dev/scaler/test/cluster/audit"
)

const (
	// late is how much later than due an HPA may be read and count as synced in time.
	late         = time.Second
	valuesWithin = 5 * time.Minute
)

// run is what was seen of an adapter.
type run struct {
	name      string
	first     time.Duration // from its start until every HPA had a value
	reads     int           // in the window
	failed    int           // of them, those without a number
	inTime    float64       // share of HPAs' syncs
	p50, p99  time.Duration // of reads
	throttled float64       // share of the time of the controllers' requests
	cpu       time.Duration // of the adapter, per minute
	memory    int64         // of the adapter, at the most
}

func (r *run) String() string {
	return fmt.Sprintf("%s: first values %.1f s, %d reads (%d failed), %.1f %% in time, p50 %s, p99 %s, throttled %.1f %%",
		r.name, r.first.Seconds(), r.reads, r.failed, 100*r.inTime, round(r.p50), round(r.p99), 100*r.throttled)
}

// measure lets an adapter serve until every HPA has a value, and for the window more.
func (w *world) measure(ctx context.Context, a adapter) (r run, err error) {
	if _, err := w.next(); err != nil {
		return run{}, err
	}
	began := time.Now()
	p, err := w.start(ctx, a)
	if err != nil {
		return run{}, err
	}
	r.name = a.name
	defer func() {
		if stopped := p.stop(); stopped != nil {
			err = errors.Join(err, stopped)
			return
		}
		r.cpu, r.memory = p.cost()
		r.cpu = time.Duration(float64(r.cpu) * float64(time.Minute) / float64(time.Since(began)))
	}()
	if r.first, err = w.firstValues(ctx, began); err != nil {
		return run{}, err
	}
	if err := w.window(ctx, &r); err != nil {
		return run{}, err
	}
	return r, w.confirm(ctx)
}

// next are the reads since the last call, and notes when each HPA read.
func (w *world) next() ([]audit.Get, error) {
	gets, err := w.log.Next()
	if err != nil {
		return nil, err
	}
	for _, g := range gets {
		w.last[g.Metric] = g.At
	}
	return gets, nil
}

// firstValues waits until every HPA has read a number.
func (w *world) firstValues(ctx context.Context, began time.Time) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, valuesWithin)
	defer cancel()
	have := map[string]bool{}
	var last time.Time
	for {
		gets, err := w.next()
		if err != nil {
			return 0, err
		}
		for _, g := range gets {
			if g.Code == http.StatusOK && !have[g.Metric] {
				have[g.Metric] = true
				last = g.At.Add(g.Took)
			}
		}
		if len(have) == w.n {
			return last.Sub(began), nil
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return 0, fmt.Errorf("only %d of %d HPAs had a value: %w", len(have), w.n, err)
		}
	}
}

// window measures with every HPA at work.
func (w *world) window(ctx context.Context, r *run) error {
	before, err := w.requestTimes(ctx)
	if err != nil {
		return err
	}
	beats := newBeats(w.last, w.sync)
	if err := sleep(ctx, w.settings.window); err != nil {
		return err
	}
	gets, err := w.next()
	if err != nil {
		return err
	}
	after, err := w.requestTimes(ctx)
	if err != nil {
		return err
	}
	r.throttled = share(after.throttled-before.throttled, after.all-before.all)
	slices.SortFunc(gets, func(a, b audit.Get) int { return a.At.Compare(b.At) })
	took := make([]time.Duration, 0, len(gets))
	for _, g := range gets {
		beats.read(g.Metric, g.At)
		took = append(took, g.Took)
		if g.Code != http.StatusOK {
			r.failed++
		}
	}
	slices.Sort(took)
	r.reads, r.inTime = len(gets), beats.share(time.Now())
	r.p50, r.p99 = percentile(took, 0.50), percentile(took, 0.99)
	return nil
}

// beats counts syncs by whether they came in time after the one before.
type beats struct {
	last        map[string]time.Time
	most        time.Duration
	inTime, all int
}

func newBeats(last map[string]time.Time, sync time.Duration) *beats {
	return &beats{last: maps.Clone(last), most: sync + late}
}

func (b *beats) read(metric string, at time.Time) {
	b.all++
	if before, ok := b.last[metric]; ok && at.Sub(before) <= b.most {
		b.inTime++
	}
	b.last[metric] = at
}

// share is that of syncs in time; one that is overdue now counts too.
func (b *beats) share(now time.Time) float64 {
	for _, at := range b.last {
		if now.Sub(at) > b.most {
			b.all++
		}
	}
	return share(float64(b.inTime), float64(b.all))
}

// times are sums, in seconds, of the controller manager's requests.
type times struct{ throttled, all float64 }

func (w *world) requestTimes(ctx context.Context) (times, error) {
	metrics, err := w.cluster.Metrics(ctx, cluster.ControllerManager)
	if err != nil {
		return times{}, fmt.Errorf("read the metrics of the controller manager: %w", err)
	}
	// The second has the first in it: a request's time begins before it is let go.
	return times{
		throttled: sum(string(metrics), "rest_client_rate_limiter_duration_seconds_sum"),
		all:       sum(string(metrics), "rest_client_request_duration_seconds_sum"),
	}, nil
}

// sum adds up all series of a metric in Prometheus' text.
func sum(text, metric string) (total float64) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), metric)
		if !ok || rest == "" || (rest[0] != '{' && rest[0] != ' ') {
			continue
		}
		if value, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64); err == nil {
			total += value
		}
	}
	return total
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// percentile of sorted values, by the nearest rank.
func percentile[T cmp.Ordered](sorted []T, q float64) (none T) {
	if len(sorted) == 0 {
		return none
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
