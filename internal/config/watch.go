package config

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	settleTime = 200 * time.Millisecond // editors and kubelets write in several steps
	pollTime   = 10 * time.Second       // where no event comes: NFS, some bind mounts
)

// Watch calls changed, on its own goroutine and never twice at once,
// whenever what ReadFiles gives for the paths differs from what it gave before;
// that they cannot be read is a change as well. Hash is that of the documents the
// caller holds, so that nothing written since they were read is missed. Watch
// returns when the context ends. Stdin is not watched, nor is the environment, which
// does not change.
func Watch(ctx context.Context, paths []string, hash string, changed func()) {
	paths = slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return p == stdinArg })
	if !slices.ContainsFunc(paths, func(p string) bool { return !isEnv(p) }) {
		<-ctx.Done()
		return
	}
	var events <-chan fsnotify.Event
	var errs <-chan error
	if w, err := fsnotify.NewWatcher(); err == nil {
		defer w.Close() //nolint:errcheck // nothing to be done about it
		events, errs = w.Events, w.Errors
		for _, dir := range dirsOf(paths) {
			_ = w.Add(dir) // polling sees what this would
		}
	}
	(&watcher{paths: paths, known: hash, changed: changed}).loop(ctx, events, errs)
}

// dirsOf are the directories in which the files lie: a file that is replaced, or a
// symlink that is swapped, shows there only.
func dirsOf(paths []string) []string {
	dirs := make([]string, 0, len(paths))
	for _, p := range paths {
		if isEnv(p) {
			continue
		}
		if info, err := os.Stat(p); err != nil || !info.IsDir() {
			p = filepath.Dir(p)
		}
		dirs = append(dirs, p)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

type watcher struct {
	paths   []string
	known   string
	changed func()
}

func (w *watcher) loop(ctx context.Context, events <-chan fsnotify.Event, errs <-chan error) {
	poll := time.NewTicker(pollTime)
	defer poll.Stop()
	settle, armed := time.NewTimer(0), true // look at once: the caller read the files a while ago
	defer settle.Stop()
	arm := func() {
		if !armed { // a stream of events does not put it off
			armed = true
			settle.Reset(settleTime)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			arm()
		case <-errs: //nolint:errcheck // events were lost, whichever the reason
			arm()
		case <-settle.C:
			armed = false
			w.look()
		case <-poll.C:
			w.look()
		}
	}
}

func (w *watcher) look() {
	now := fingerprint(w.paths)
	if now != w.known {
		w.known = now
		w.changed()
	}
}

// fingerprint is the hash of the files as Documents have it, or what keeps them
// from being read.
func fingerprint(paths []string) string {
	files, err := ReadFiles(paths, nil)
	if err != nil {
		return err.Error()
	}
	return hash(files)
}
