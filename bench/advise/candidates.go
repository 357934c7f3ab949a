package advise

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/trial"
	"github.com/scaler-dev/scaler/internal/config"
)

//go:embed candidates.yaml.tmpl
var texts string

// document is a policy to try: what is printed is what was tried.
type document struct {
	name, title, text string
	policy            *v1alpha1.ScalingPolicy
	replay            *v1alpha1.Replay
}

// values are what the texts are filled with.
type values struct {
	Min, Max    int32
	Rate, Busy  string // of a replica in a second, and 70 % of it
	StartUp     string
	ServiceTime string
	Concurrency string
	Within      string // in all
	Wait        string // until it is begun
	Budget      string
	Backlog     string // that a replica works off in half of Within
}

// named are the templates of candidates, and what they are in a few words. The first
// is what to start with.
func named(queue bool) [][2]string {
	if queue {
		return [][2]string{{"auto", "starts every message in time"}, {"per-replica", "gives each replica a number of messages"}}
	}
	return [][2]string{
		{"auto", "follows the traffic, its slope and the days before"},
		{"rate", "follows the traffic and its slope"},
		{"per-replica", "gives each replica a number of requests"},
	}
}

func candidates(ask Ask) ([]document, error) {
	t, err := template.New("candidates").Parse(texts)
	if err != nil {
		return nil, fmt.Errorf("parse the candidates: %w", err)
	}
	kind := "requests"
	if ask.Queue {
		kind = "queue"
	}
	var out []document
	for _, n := range named(ask.Queue) {
		var text, whole bytes.Buffer
		if err := t.ExecuteTemplate(&text, kind+"/"+n[0], ask.values()); err != nil {
			return nil, fmt.Errorf("write candidate %s: %w", n[0], err)
		}
		if err := t.ExecuteTemplate(&whole, kind+"/around", ask.values()); err != nil {
			return nil, fmt.Errorf("write what is around candidate %s: %w", n[0], err)
		}
		whole.WriteString("---\n" + text.String())
		docs, err := config.Load([]config.File{{Name: n[0] + ".yaml", Data: whole.Bytes()}}, func(string) (string, bool) { return "", false })
		if err != nil {
			return nil, fmt.Errorf("read candidate %s: %w", n[0], err)
		}
		d := document{name: n[0], title: n[1], text: strings.TrimSpace(text.String()) + "\n", policy: docs.Policies[0], replay: docs.Replays[0]}
		d.replay.Spec.Plant = ask.Plant
		if ask.Sampling != nil && !ask.Queue {
			d.replay.Spec.Sampling = map[string]v1alpha1.Sampling{"requests": *ask.Sampling}
		}
		out = append(out, d)
	}
	return out, nil
}

func (d document) settings(ask Ask) trial.Settings {
	return trial.Settings{Name: ask.Name, Trace: ask.Trace, Policy: d.policy, Replay: d.replay, Budget: ask.Budget}
}

// busy is the share of a replica that is usually asked for.
const busy = 0.7

func (a Ask) values() values {
	rate := a.rate()
	return values{
		Min: a.Min, Max: a.Max, Rate: digits(rate), Busy: digits(busy * rate), StartUp: short(a.startUp()), ServiceTime: short(a.Plant.ServiceTime.Duration),
		Concurrency: digits(rate * a.Plant.ServiceTime.Seconds()), Within: short(a.Within), Wait: short(max(time.Second, a.Within-a.Plant.ServiceTime.Duration)),
		Budget: digits(100*a.Budget) + "%", Backlog: digits(max(1, math.Floor(rate*a.Within.Seconds()/2))),
	}
}

// startUp is what nine of ten replicas take at most: half of them would not do.
func (a Ask) startUp() time.Duration {
	return max(a.Plant.StartUp.Median.Duration, a.Plant.StartUp.P90.Duration)
}

// short is a duration as people write it: 1m rather than 1m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func digits(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// rate is what a replica serves in a second.
func (a Ask) rate() float64 {
	if a.Plant.Capacity > 0 {
		return float64(a.Plant.Capacity)
	}
	return float64(a.Plant.Concurrency) / a.Plant.ServiceTime.Seconds()
}

// filled is the question with what was left out.
func (a Ask) filled() Ask {
	peak := 0.0
	for _, v := range a.Trace.Loads() {
		if v > peak { // not a gap
			peak = v
		}
	}
	a.Min = max(a.Min, 1)
	if a.Max == 0 {
		a.Max = max(a.Min, int32(min(5*math.Ceil(peak/a.rate()), 10_000)))
	}
	if a.Plant.Replicas == nil {
		n := a.Min
		for _, v := range a.Trace.Loads() {
			if v == v { //nolint:gocritic // not a gap
				n = min(a.Max, max(a.Min, int32(math.Ceil(v/a.rate()/busy))))
				break
			}
		}
		a.Plant.Replicas = &n
	}
	if a.Plant.Step.Duration == 0 {
		a.Plant.Step.Duration = a.Trace.Step
	}
	return a
}

// day is how much traffic a policy that learns from the days before wants to see.
const day = 24 * time.Hour
