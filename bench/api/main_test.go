package main

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"k8s.io/klog/v2"
)

func TestMain(m *testing.M) {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

func TestASmallRun(t *testing.T) {
	small := []string{"-policies", "20", "-clients", "2", "-pairs", "2", "-probe", "100ms", "-run", "100ms", "-slice", "50ms", "-min-share", "0", "-min-requests", "1"}
	var out, progress bytes.Buffer
	require.Equal(t, 0, command(t.Context(), append(small, "-max-ratio", "1e9"), &out, &progress), progress.String())
	for _, want := range []string{"cores, go", "20 policies", "pair", "median", "bytes a policy", "tick", ": ok"} {
		require.Contains(t, out.String(), want)
	}
	out.Reset()
	require.Equal(t, 1, command(t.Context(), append(small, "-max-ratio", "0"), &out, &progress))
	require.Contains(t, out.String(), "too slow")
}

func TestABusyMachineGivesNoVerdict(t *testing.T) {
	s := settings{minRequests: 100, minShare: 0.9}
	good := run{requests: 100, rate: 90}
	require.NoError(t, pair{constant: good, ours: good}.valid(s, 100))
	require.NoError(t, pair{constant: good, ours: run{requests: 100, rate: 10}}.valid(s, 100))
	require.ErrorContains(t, pair{constant: good, ours: run{requests: 99, rate: 90}}.valid(s, 100), "too few")
	require.ErrorContains(t, pair{constant: run{requests: 100, rate: 89}, ours: good}.valid(s, 100), "too busy")
}

func TestUsage(t *testing.T) {
	var out, progress bytes.Buffer
	require.Equal(t, 0, command(t.Context(), []string{"-h"}, &out, &progress))
	require.Equal(t, 2, command(t.Context(), []string{"-unheard"}, &out, &progress))
	require.Equal(t, 2, command(t.Context(), []string{"-pairs", "0"}, &out, &progress))
	require.Empty(t, out.String())
}

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for i := range time.Duration(100) {
		hundred = append(hundred, i+1)
	}
	require.Equal(t, time.Duration(50), percentile(hundred, 0.50))
	require.Equal(t, time.Duration(99), percentile(hundred, 0.99))
	require.Equal(t, time.Duration(1), percentile(hundred[:1], 0.99))
	require.Zero(t, percentile(nil, 0.5))
}

func TestRatioIsTheMedianOfThePairs(t *testing.T) {
	var r result
	for _, ours := range []time.Duration{50, 9, 10, 11, 500} {
		r.pairs = append(r.pairs, pair{constant: run{p99: 10}, ours: run{p99: ours}})
	}
	r.finish()
	require.InDelta(t, 1.1, r.ratio, 1e-9)
}
