package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

// TestBadFiles holds each bad file to its exact faults.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(names), 40)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			docs, err := config.Load([]config.File{{Name: filepath.Base(name), Data: data}}, lookup)
			require.Nil(t, docs)
			var faults config.Faults
			require.ErrorAs(t, err, &faults)
			require.NotContains(t, err.Error(), "hunter2")
			testgolden.Equal(t, strings.TrimSuffix(name, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func lookup(name string) (string, bool) {
	v, ok := map[string]string{
		"TOKEN": "hunter2", "PORT": "9090", "SPEED": "4", "REPEAT": "true", "REGION": "eu-west-1", "EMPTY": "", "SCALER_EXTERNAL_ID": "hunter2", "JOBS_TOKEN": "hunter2",
	}[name]
	return v, ok
}
