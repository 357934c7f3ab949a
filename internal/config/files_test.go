package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/config"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

// configMap lays files out as a kubelet mounts a ConfigMap.
func configMap(t *testing.T, dir, version, text string) {
	t.Helper()
	data := filepath.Join(dir, ".."+version)
	require.NoError(t, os.Mkdir(data, 0o700))
	write(t, filepath.Join(data, "scaler.yaml"), text)
	require.NoError(t, os.Symlink(".."+version, filepath.Join(dir, "..data_tmp")))
	require.NoError(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	if _, err := os.Lstat(filepath.Join(dir, "scaler.yaml")); err != nil {
		require.NoError(t, os.Symlink(filepath.Join("..data", "scaler.yaml"), filepath.Join(dir, "scaler.yaml")))
	}
}

func TestReadFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"b.yaml", "a.yml", "c.json", "notes.txt", ".hidden.yaml"} {
		write(t, filepath.Join(dir, name), name)
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "below.yaml"), 0o700))
	files, err := config.ReadFiles([]string{filepath.Join(dir, "b.yaml"), dir, "-"}, strings.NewReader("in"))
	require.NoError(t, err)
	got := map[string]string{}
	for _, f := range files {
		got[filepath.Base(f.Name)] = string(f.Data)
	}
	require.Equal(t, map[string]string{"a.yml": "a.yml", "b.yaml": "b.yaml", "c.json": "c.json", "<stdin>": "in"}, got)
	require.Len(t, files, 4)
}

func TestReadFilesOfAConfigMap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	configMap(t, dir, "2026_1", "one")
	files, err := config.ReadFiles([]string{dir}, nil)
	require.NoError(t, err)
	require.Equal(t, []config.File{{Name: filepath.Join(dir, "scaler.yaml"), Data: []byte("one")}}, files)
}

func TestReadFilesRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	write(t, big, strings.Repeat("#", 4<<20+1))
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.Mkdir(empty, 0o700))
	tests := []struct {
		name, want string
		paths      []string
	}{
		{"none", "no file is named", nil},
		{"missing", "no such file", []string{filepath.Join(dir, "missing.yaml")}},
		{"too big", "has more than 4 MiB", []string{big}},
		{"empty directory", "holds no .yaml, .yml or .json file", []string{empty}},
		{"stdin too big", "<stdin> has more than 4 MiB", []string{"-"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ReadFiles(tt.paths, strings.NewReader(strings.Repeat("#", 4<<20+1)))
			require.ErrorContains(t, err, tt.want)
			var faults config.Faults
			require.Equal(t, tt.name == "empty directory", errors.As(err, &faults))
		})
	}
}

func TestReadFilesOfTheEnvironment(t *testing.T) {
	t.Setenv("SCALER_DOCUMENTS", "one")
	files, err := config.ReadFiles([]string{"env:SCALER_DOCUMENTS", "-"}, strings.NewReader("two"))
	require.NoError(t, err)
	require.Equal(t, []config.File{{Name: "env:SCALER_DOCUMENTS", Data: []byte("one")}, {Name: "<stdin>", Data: []byte("two")}}, files)
	_, err = config.ReadFiles([]string{"env:SCALER_NOWHERE"}, nil)
	require.EqualError(t, err, "read documents: env:SCALER_NOWHERE: the environment variable is not set")
	t.Setenv("SCALER_DOCUMENTS", strings.Repeat("#", 4<<20+1))
	_, err = config.ReadFiles([]string{"env:SCALER_DOCUMENTS"}, nil)
	require.ErrorContains(t, err, "more than 4 MiB")
}
