package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// full tries everything and writes the file.
func (s settings) full(ctx context.Context, all []traffic, progress io.Writer) error {
	began, work, done := time.Now(), 0, 0
	for _, t := range all {
		work += t.Len() * len(s.kinds(t))
	}
	var results []result
	for i, t := range all {
		from := time.Now()
		for _, k := range s.kinds(t) {
			r, err := s.try(ctx, t, k)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			results = append(results, r)
			done += t.Len()
		}
		left := time.Duration(float64(time.Since(began)) / float64(done) * float64(work-done))
		fmt.Fprintf(progress, "%2d of %d  %-28s %6.1f s, about %s left\n", i+1, len(all), t.name, time.Since(from).Seconds(), left.Round(time.Second))
	}
	text := s.markdown(results, machine(), time.Since(began))
	if err := os.WriteFile(s.out, []byte(text), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("write the results: %w", err)
	}
	fmt.Fprintf(progress, "written to %s\n", s.out)
	return nil
}
