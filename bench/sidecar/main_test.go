package main

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProc(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/proc is Linux's")
	}
	m, err := readMemory(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, m.total, m.anonymous)
	require.Greater(t, m.anonymous, 1.0, "in MiB")
	before, err := readCPU(os.Getpid())
	require.NoError(t, err)
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		runtime.KeepAlive(bytes.Repeat([]byte{1}, 1024))
	}
	after, err := readCPU(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, after, before)
	_, err = readMemory(-1)
	require.Error(t, err)
	_, err = readCPU(-1)
	require.Error(t, err)
}

func TestBounds(t *testing.T) {
	s := settings{maxRSS: 40, maxCPU: 1}
	began := time.Now()
	of := func(rss float64, cpu time.Duration) *subject {
		return &subject{worst: memory{total: rss}, cpu: cpu, started: began, ready: began, until: began.Add(100 * time.Second)}
	}
	require.False(t, of(40, time.Second).tooMuch(s))
	require.True(t, of(40.1, time.Second).tooMuch(s))
	require.True(t, of(40, 1100*time.Millisecond).tooMuch(s))
	var out bytes.Buffer
	report(&out, s, []*subject{of(41, time.Second)})
	require.Contains(t, out.String(), "ABOVE the bounds: 40 MiB, 1 % of a core")
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-for", "1s"}, {"-for", "soon"}, {"-fast"}} {
		require.Equal(t, 2, command(t.Context(), args, io.Discard, io.Discard))
	}
	require.Equal(t, 0, command(t.Context(), []string{"-h"}, io.Discard, io.Discard))
}
