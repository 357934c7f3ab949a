package binaries

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProgramsAreFoundOnceBuilt(t *testing.T) {
	t.Setenv(CacheVariable, t.TempDir())
	for _, m := range Modules() {
		for name := range m.Programs {
			_, err := Program(name)
			require.ErrorIs(t, err, ErrNotBuilt)
		}
	}
	root, err := repository()
	require.NoError(t, err)
	for _, m := range Modules() {
		dir, err := m.cache(root)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "x.yaml"), nil, 0o600))
		for name := range m.Programs {
			path, err := Program(name)
			require.NoError(t, err)
			require.Equal(t, filepath.Join(dir, name), path)
		}
		files, err := Files(m.Name)
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Join(dir, "x.yaml")}, files)
	}

	t.Setenv("PATH", "") // without a go command, nothing can be built
	var out strings.Builder
	require.NoError(t, Build(t.Context(), &out))
	require.Equal(t, len(Modules()), strings.Count(out.String(), "is built"), out.String())
}

func TestUnknownNames(t *testing.T) {
	_, err := Program("kubelet")
	require.ErrorContains(t, err, "no such program")
	_, err = Files("kubelet")
	require.ErrorContains(t, err, "no such module")
}

func TestAFailedBuildLeavesNothing(t *testing.T) {
	cache := t.TempDir()
	t.Setenv(CacheVariable, cache)
	t.Setenv("PATH", "")
	require.ErrorContains(t, Build(t.Context(), &strings.Builder{}), "build etcd: go build")
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestAPinMovesTheCache(t *testing.T) {
	root := t.TempDir()
	m := Module{Name: "x"}
	pins := func(mod, sum string) string {
		dir := filepath.Join(root, modulesDir, m.Name)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), []byte(sum), 0o600))
		cache, err := m.cache(root)
		require.NoError(t, err)
		return cache
	}
	first := pins("a", "b")
	require.NotEqual(t, first, pins("c", "b"))
	require.NotEqual(t, first, pins("a", "c"))
	require.Equal(t, first, pins("a", "b"))
}
