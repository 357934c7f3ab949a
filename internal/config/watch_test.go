package config

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watching starts a watch and returns a channel of its calls. It ends with the
// test.
func watching(t *testing.T, paths ...string) <-chan struct{} {
	t.Helper()
	calls := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done, hash := make(chan struct{}), fingerprint(paths)
	go func() {
		defer close(done)
		Watch(ctx, paths, hash, func() { calls <- struct{}{} })
	}()
	t.Cleanup(func() { cancel(); <-done })
	return calls
}

func requireCall(t *testing.T, calls <-chan struct{}) {
	t.Helper()
	select {
	case <-calls:
	case <-time.After(8 * time.Second): // below the poll's interval
		require.Fail(t, "the change was not seen")
	}
}

func put(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

func TestWatchSeesChanges(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, dir, file string){
		"written in place": func(t *testing.T, _, file string) {
			t.Helper()
			put(t, file, "two")
		},
		"replaced by a rename": func(t *testing.T, dir, file string) {
			t.Helper()
			put(t, filepath.Join(dir, "tmp"), "two")
			require.NoError(t, os.Rename(filepath.Join(dir, "tmp"), file))
		},
		"removed": func(t *testing.T, _, file string) {
			t.Helper()
			require.NoError(t, os.Remove(file))
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "a.yaml")
			put(t, file, "one")
			calls := watching(t, file)
			change(t, dir, file)
			requireCall(t, calls)
		})
	}
}

func TestWatchSeesAConfigMapSwapped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	swap := func(version, text string) {
		require.NoError(t, os.Mkdir(filepath.Join(dir, version), 0o700))
		put(t, filepath.Join(dir, version, "scaler.yaml"), text)
		require.NoError(t, os.Symlink(version, filepath.Join(dir, "..data_tmp")))
		require.NoError(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	}
	swap("..1", "one")
	require.NoError(t, os.Symlink(filepath.Join("..data", "scaler.yaml"), filepath.Join(dir, "scaler.yaml")))
	calls := watching(t, dir)
	swap("..2", "two")
	requireCall(t, calls)
	swap("..3", "three")
	requireCall(t, calls)
}

func TestWatchSeesWhatWasWrittenBefore(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.yaml")
	put(t, file, "two")
	ctx, cancel := context.WithCancel(t.Context())
	Watch(ctx, []string{file}, "the hash of one", cancel) // returns because of the call
	require.Error(t, ctx.Err())
}

// Where no event comes, polling sees the change, once.
func TestWatchPolls(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(dir, "a.yaml")
		put(t, file, "one")
		calls := 0
		w := &watcher{paths: []string{file}, known: fingerprint([]string{file}), changed: func() { calls++ }}
		ctx, cancel := context.WithCancel(t.Context())
		go w.loop(ctx, nil, nil)
		time.Sleep(3 * pollTime)
		synctest.Wait()
		require.Zero(t, calls)
		put(t, file, "two")
		time.Sleep(3 * pollTime)
		synctest.Wait()
		require.Equal(t, 1, calls)
		cancel()
	})
}

// A stream of events does not put the look off, and many events are one look.
func TestWatchSettles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(dir, "a.yaml")
		put(t, file, "one")
		calls := 0
		w := &watcher{paths: []string{file}, known: fingerprint([]string{file}), changed: func() { calls++ }}
		events := make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		go w.loop(ctx, nil, events)
		synctest.Wait()
		put(t, file, "two")
		for range 10 {
			events <- nil
			time.Sleep(settleTime / 4)
		}
		synctest.Wait()
		require.Equal(t, 1, calls)
		cancel()
	})
}

func TestWatchOfStdinEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	Watch(ctx, []string{"-", "env:SCALER_DOCUMENTS"}, "", func() { t.Error("called") })
}
