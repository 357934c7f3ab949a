package v1alpha1_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"10": 10, "0.5": 0.5, "250ms": 0.25, "2m": 120, "1e3": 1000, "-1": -1} {
		var n v1alpha1.Number
		require.NoError(t, n.UnmarshalText([]byte(text)), text)
		require.InDelta(t, want, float64(n), 0, text)
	}
	for _, text := range []string{"", "ten", "NaN", "inf", "1e999", "10 s"} {
		var n v1alpha1.Number
		require.Error(t, n.UnmarshalText([]byte(text)), text)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	var p v1alpha1.Percent
	require.NoError(t, p.UnmarshalText([]byte("12.5%")))
	require.InDelta(t, 0.125, p.Fraction(), 0)
	for _, text := range []string{"", "%", "10", "10 %", "NaN%", "ten%"} {
		require.Error(t, p.UnmarshalText([]byte(text)), text)
	}
}

func TestSecretNeverShows(t *testing.T) {
	t.Parallel()
	type holder struct {
		S v1alpha1.Secret
		P *v1alpha1.Secret
		M map[string]v1alpha1.Secret
	}
	s := v1alpha1.Secret("hunter2")
	var out strings.Builder
	for _, v := range []any{s, &s, holder{s, &s, map[string]v1alpha1.Secret{"a": s}}, []v1alpha1.Secret{s}} {
		for _, verb := range "vsqxXdcbeT" {
			fmt.Fprintf(&out, "%"+string(verb), v)
			fmt.Fprintf(&out, "%+"+string(verb), v)
			fmt.Fprintf(&out, "%#"+string(verb), v)
		}
		text, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(text)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	}
	require.NotContains(t, out.String(), "hunter2")
	require.NotContains(t, out.String(), fmt.Sprintf("%x", "hunter2"))
	require.Contains(t, out.String(), "<secret>")
	require.Equal(t, "hunter2", s.Reveal())
}
