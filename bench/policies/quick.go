package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/scaler-dev/scaler/bench/trial"
)

// quick prints a table for each trace: our policies, each with its default setting.
func (s settings) quick(ctx context.Context, all []traffic, out, progress io.Writer) error {
	began, done := time.Now(), 0
	var telling sync.Mutex
	tables := make([]string, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, i := range longestFirst(all) {
		group.Go(func() error {
			text, err := s.quickly(ctx, all[i])
			if err != nil {
				return fmt.Errorf("%s: %w", all[i].name, err)
			}
			telling.Lock()
			defer telling.Unlock()
			tables[i] = text
			done++
			fmt.Fprintf(progress, "%2d of %d  %-28s after %.1f s\n", done, len(all), all[i].name, time.Since(began).Seconds())
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	_, err := io.WriteString(out, strings.Join(tables, ""))
	return err
}

// longestFirst are the indices of traces, so that no long one is alone at the end.
func longestFirst(of []traffic) []int {
	out := make([]int, len(of))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return of[b].Len() - of[a].Len() })
	return out
}

func (s settings) quickly(ctx context.Context, t traffic) (string, error) {
	var b strings.Builder
	for _, k := range s.kinds(t) {
		runs, at, err := s.defaults(ctx, t, k, fresh(), true)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s, as %s\n  %-34s %9s %14s %30s %10s %12s\n", t.name, k, "", "late", "replica-hours", "over the oracle of that share", "starts/day", "longest late")
		for _, run := range runs {
			over := "-"
			if !s.noOracle {
				bound, err := trial.Oracle(at, run.Scores.Late)
				if err != nil {
					return "", err
				}
				over = fmt.Sprintf("%+.0f %% of %.0f", 100*(run.Scores.Hours/bound.Low-1), bound.Low)
			}
			fmt.Fprintf(&b, "  %-34s %7.3g %% %14.0f %30s %10.0f %12s\n", run.Name, 100*run.Scores.Late, run.Scores.Hours, over, run.Scores.StartsADay, run.Scores.LongestRun)
		}
		b.WriteString("\n")
	}
	return b.String(), nil
}

// defaults runs our policies, and those without a part, with signals of an age.
func (s settings) defaults(ctx context.Context, t traffic, k kind, a age, parts bool) ([]trial.Run, trial.Settings, error) {
	at, err := s.trial(t, k)
	if err != nil {
		return nil, at, err
	}
	at.NoOracle = true
	for _, c := range contenders(k, parts) {
		if !s.wants(c) {
			continue
		}
		v, err := s.service(t, k).variant(c, 1, a)
		if err != nil {
			return nil, at, err
		}
		at.Variants = append(at.Variants, v)
	}
	got, err := trial.Try(ctx, at)
	if err != nil {
		return nil, at, err
	}
	return got.Runs, at, nil
}
