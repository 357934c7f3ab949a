package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProcessEndsInOrder(t *testing.T) {
	p := script(t, `trap 'echo bye; exit' TERM; echo hello; while :; do sleep 0.01; done`)
	require.NoError(t, p.start(t.Context()))
	require.ErrorContains(t, p.start(t.Context()), "it runs")
	require.NoError(t, p.await(t.Context(), p.said("hello")))

	p.end(time.Minute)
	p.end(time.Minute)
	require.Equal(t, "hello\nbye", p.tail())
	require.ErrorIs(t, p.signal(syscall.SIGSTOP), os.ErrProcessDone)
}

func TestProcessThatIgnoresItsEndIsKilled(t *testing.T) {
	p := script(t, `trap '' TERM; echo hello; while :; do sleep 0.01; done`)
	require.NoError(t, p.start(t.Context()))
	require.NoError(t, p.await(t.Context(), p.said("hello")))
	p.end(50 * time.Millisecond)
	require.Equal(t, "hello", p.tail())
}

func TestProcessEndsWhileItIsPaused(t *testing.T) {
	p := script(t, `trap 'echo bye; exit' TERM; echo hello; while :; do sleep 0.01; done`)
	require.NoError(t, p.start(t.Context()))
	require.NoError(t, p.await(t.Context(), p.said("hello")))
	require.NoError(t, p.signal(syscall.SIGSTOP))
	p.end(time.Minute)
	require.Equal(t, "hello\nbye", p.tail())
}

func TestProcessStartsAgain(t *testing.T) {
	p := script(t, `echo hello; exec sleep 1000`)
	for _, said := range []string{"hello", "hello\nhello"} {
		require.NoError(t, p.start(t.Context()))
		require.NoError(t, p.await(t.Context(), p.said(said)))
		p.end(time.Minute)
	}
}

func TestAwaitTellsWhy(t *testing.T) {
	t.Run("the program ended", func(t *testing.T) {
		p := script(t, `echo port is taken; exit 1`)
		require.NoError(t, p.start(t.Context()))
		defer p.end(0)
		err := p.await(t.Context(), func(context.Context) error { return errors.New("refused") })
		require.ErrorContains(t, err, "it ended")
		require.ErrorContains(t, err, "port is taken")
	})
	t.Run("it takes too long", func(t *testing.T) {
		p := script(t, `exec sleep 1000`)
		require.NoError(t, p.start(t.Context()))
		defer p.end(0)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errors.New("too long"))
		defer cancel()
		err := p.await(ctx, func(context.Context) error { return errors.New("refused") })
		require.ErrorContains(t, err, "too long: refused")
	})
	t.Run("it cannot start", func(t *testing.T) {
		p := &process{name: "x", path: "/nowhere", log: filepath.Join(t.TempDir(), "x.log")}
		require.ErrorContains(t, p.start(t.Context()), "start x: ")
	})
}

func script(t *testing.T, text string) *process {
	t.Helper()
	return &process{
		name: "script", path: "/bin/sh", arguments: []string{"-c", text},
		environment: []string{"PATH=" + os.Getenv("PATH")}, log: filepath.Join(t.TempDir(), "script.log"),
	}
}

func (p *process) said(what string) func(context.Context) error {
	return func(context.Context) error {
		if p.tail() != what {
			return errors.New("not said")
		}
		return nil
	}
}
