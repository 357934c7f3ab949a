package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	maxFile  = 4 << 20 // bytes
	maxFiles = 1024
	maxTotal = 64 << 20 // bytes of all files together
	stdinArg = "-"
	envArg   = "env:" // before the name of a variable
)

// File is a file's name, as faults show it, and its content.
type File struct {
	Name string
	Data []byte
}

// ReadFiles reads the files that paths name: a file, - for stdin, env:NAME for the
// environment variable NAME, or a directory for the *.yaml, *.yml and *.json files in it. A directory without any is an error
// of type Faults.
func ReadFiles(paths []string, stdin io.Reader) ([]File, error) {
	if len(paths) == 0 {
		return nil, errors.New("read documents: no file is named; use -f FILE")
	}
	names, err := expandPaths(paths)
	if err != nil {
		return nil, err
	}
	files, total := make([]File, 0, len(names)), 0
	for _, name := range names {
		f, err := readFile(name, stdin)
		if err != nil {
			return nil, err
		}
		if total += len(f.Data); total > maxTotal {
			return nil, fmt.Errorf("read documents: the files have more than %d MiB together", maxTotal>>20)
		}
		files = append(files, f)
	}
	return files, nil
}

// expandPaths replaces directories by their files; each file is named once.
func expandPaths(paths []string) ([]string, error) {
	var names []string
	for _, p := range paths {
		more := []string{p}
		if p != stdinArg && !isEnv(p) {
			info, err := os.Stat(p)
			if err != nil {
				return nil, fmt.Errorf("read documents: %w", err)
			}
			if info.IsDir() {
				if more, err = listDir(p); err != nil {
					return nil, err
				}
			}
		}
		for _, m := range more {
			if !slices.Contains(names, m) {
				names = append(names, m)
			}
		}
		if len(names) > maxFiles {
			return nil, fmt.Errorf("read documents: more than %d files", maxFiles)
		}
	}
	return names, nil
}

// listDir names the documents in a directory. In a mounted ConfigMap they are
// symlinks into ..data, which itself is skipped.
func listDir(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	var names []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") || !isDocument(name) {
			continue
		}
		info, err := os.Stat(name) // follows symlinks
		if err != nil {
			return nil, fmt.Errorf("read documents: %w", err)
		}
		if info.Mode().IsRegular() {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, Faults{{File: dir, Message: "holds no .yaml, .yml or .json file"}}
	}
	return names, nil
}

func isDocument(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	default:
		return false
	}
}

func isEnv(path string) bool { return strings.HasPrefix(path, envArg) }

func readFile(name string, stdin io.Reader) (File, error) {
	if name == stdinArg {
		return readAll("<stdin>", stdin)
	}
	if isEnv(name) {
		text, ok := os.LookupEnv(strings.TrimPrefix(name, envArg))
		if !ok {
			return File{}, fmt.Errorf("read documents: %s: the environment variable is not set", name)
		}
		return readAll(name, strings.NewReader(text))
	}
	f, err := os.Open(name)
	if err != nil {
		return File{}, fmt.Errorf("read documents: %w", err)
	}
	defer f.Close() // only read
	return readAll(name, f)
}

func readAll(name string, r io.Reader) (File, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return File{}, fmt.Errorf("read documents: %w", err)
	}
	if len(data) > maxFile {
		return File{}, fmt.Errorf("read documents: %s has more than %d MiB", name, maxFile>>20)
	}
	return File{Name: name, Data: data}, nil
}
