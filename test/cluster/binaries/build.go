package binaries

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Build builds what is missing in the cache with the go command, and tells of its
// progress. A module appears in the cache complete or not at all.
func Build(ctx context.Context, out io.Writer) error {
	root, err := repository()
	if err != nil {
		return err
	}
	for _, m := range Modules() {
		dir, err := m.cache(root)
		if err != nil {
			return err
		}
		if _, err := os.Stat(dir); err == nil {
			fmt.Fprintf(out, "%s is built: %s\n", m.Name, dir)
			continue
		}
		b := builder{source: filepath.Join(root, modulesDir, m.Name), out: out}
		if err := b.module(ctx, m, dir); err != nil {
			return fmt.Errorf("build %s: %w", m.Name, err)
		}
	}
	return nil
}

// builder runs the go command in the directory of a build module.
type builder struct {
	source string
	out    io.Writer
}

func (b builder) module(ctx context.Context, m Module, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(dir), m.Name+"-unfinished-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(unfinished) }()
	for _, name := range slices.Sorted(maps.Keys(m.Programs)) {
		if err := b.program(ctx, m.Programs[name], filepath.Join(unfinished, name)); err != nil {
			return err
		}
	}
	if err := b.files(ctx, m, unfinished); err != nil {
		return err
	}
	if err := os.Chmod(unfinished, 0o755); err != nil {
		return err
	}
	// Another build may have been faster: its result is as good.
	if err := os.Rename(unfinished, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (b builder) program(ctx context.Context, pkg, target string) error {
	start := time.Now()
	fmt.Fprintf(b.out, "building %s\n", pkg)
	if _, err := b.run(ctx, append(buildArguments(), "-o", target, pkg)...); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "built %s in %s\n", filepath.Base(target), time.Since(start).Round(time.Second))
	return nil
}

func (b builder) files(ctx context.Context, m Module, target string) error {
	if len(m.Files) == 0 {
		return nil
	}
	source, err := b.run(ctx, "list", "-m", "-f", "{{.Dir}}", m.Path)
	if err != nil {
		return err
	}
	for _, glob := range m.Files {
		names, err := filepath.Glob(filepath.Join(strings.TrimSpace(source), glob))
		if err != nil || len(names) == 0 {
			return fmt.Errorf("find %s in %s: nothing there", glob, m.Path)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(target, filepath.Base(name)), content, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b builder) run(ctx context.Context, arguments ...string) (string, error) {
	var output strings.Builder
	c := exec.CommandContext(ctx, "go", arguments...)
	c.Dir = b.source
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	c.Stdout, c.Stderr = &output, b.out
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(arguments, " "), err)
	}
	return output.String(), nil
}

// buildArguments are those of a small static program that is the same wherever it is built.
func buildArguments() []string {
	return []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}
}
