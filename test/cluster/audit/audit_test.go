package audit

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const entry = `{"kind":"Event","level":"Metadata","stage":"ResponseComplete","verb":"list",` +
	`"objectRef":{"resource":"web.load","namespace":"shop","apiGroup":"external.metrics.k8s.io"},"responseStatus":{"metadata":{},"code":503},` +
	`"requestReceivedTimestamp":"2026-11-22T10:00:00.000100Z","stageTimestamp":"2026-11-22T10:00:00.002600Z"}` + "\n"

func TestALogIsReadAsItGrows(t *testing.T) {
	l, err := New(t.TempDir())
	require.NoError(t, err)
	gets, err := l.Next()
	require.NoError(t, err)
	require.Empty(t, gets)

	add := func(text string) []Get {
		f, err := os.OpenFile(l.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(t, err)
		defer f.Close()
		_, err = f.WriteString(text)
		require.NoError(t, err)
		gets, err := l.Next()
		require.NoError(t, err)
		return gets
	}
	want := Get{
		Namespace: "shop", Metric: "web.load", Code: 503,
		At: time.Date(2026, 11, 22, 10, 0, 0, 100_000, time.UTC), Took: 2500 * time.Microsecond,
	}
	require.Equal(t, []Get{want, want}, add(entry+entry+entry[:50]))
	require.Equal(t, []Get{want}, add(entry[50:]))
	require.Empty(t, add(""))
}

func TestWhatIsNoEntryIsAnError(t *testing.T) {
	l, err := New(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(l.file, []byte("nonsense\n"), 0o600))
	_, err = l.Next()
	require.ErrorContains(t, err, "parse the audit log")
}
