package trace_test

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/trace"
)

// minutely has a row a minute but for 00:03 and 00:04.
const minutely = `timestamp,value
2026-11-22T00:00:00Z,10
2026-11-22T00:01:00Z,20
2026-11-22T01:02:00+01:00,0
2026-11-22T00:05:00Z,50
2026-11-22T00:06:00Z,-6.5e1
`

func TestRead(t *testing.T) {
	for name, text := range map[string]string{
		"plain":         minutely,
		"CRLF":          strings.ReplaceAll(minutely, "\n", "\r\n"),
		"byte order":    "\ufeff" + minutely,
		"no last break": strings.TrimSpace(minutely),
		"spaces":        strings.ReplaceAll(minutely, "Z,", "Z , "),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := trace.Read(strings.NewReader(text))
			require.NoError(t, err)
			require.Equal(t, 5, s.Len())
			require.Equal(t, time.Minute, s.Step())
			require.Equal(t, 7*time.Minute, s.Duration())
			require.Equal(t, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), s.Start())
		})
	}
}

func TestSeriesAt(t *testing.T) {
	s, err := trace.Read(strings.NewReader(minutely))
	require.NoError(t, err)
	for _, tc := range []struct {
		at    time.Duration
		want  float64
		known bool
	}{
		{-1, 0, false},
		{0, 10, true},
		{time.Minute - 1, 10, true},
		{time.Minute, 20, true},
		{2 * time.Minute, 0, true},
		{3*time.Minute - 1, 0, true},
		{3 * time.Minute, 0, false}, // the gap
		{5*time.Minute - 1, 0, false},
		{5 * time.Minute, 50, true},
		{6 * time.Minute, -65, true},
		{7*time.Minute - 1, -65, true},
		{7 * time.Minute, 0, false},
		{math.MaxInt64, 0, false},
	} {
		t.Run(tc.at.String(), func(t *testing.T) {
			got, known := s.At(tc.at)
			require.Equal(t, tc.known, known)
			require.InDelta(t, tc.want, got, 0)
		})
	}
}

func TestGapStartsAboveOneAndAHalfSteps(t *testing.T) {
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	for i, second := range []int64{0, 10, 20, 30, 45, 61} { // steps of 10, 10, 10, 15 and 16 seconds
		fmt.Fprintf(&b, "%s,%d\n", time.Unix(second, 0).UTC().Format(time.RFC3339), i)
	}
	s, err := trace.Read(strings.NewReader(b.String()))
	require.NoError(t, err)
	require.Equal(t, 10*time.Second, s.Step())
	got, known := s.At(44 * time.Second)
	require.True(t, known)
	require.InDelta(t, 3, got, 0)
	_, known = s.At(54 * time.Second)
	require.True(t, known)
	_, known = s.At(55 * time.Second)
	require.False(t, known)
}

func TestReadBadFiles(t *testing.T) {
	const first = "timestamp,value\n2026-11-22T00:00:00Z,1\n"
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", "line 1: the header timestamp,value is missing"},
		{"no header", "2026-11-22T00:00:00Z,1\n", "line 1: the header"},
		{"another header", "time,value\n", "line 1: the header"},
		{"header only", "timestamp,value\n", "at least two rows"},
		{"one row", first, "at least two rows"},
		{"three columns", first + "2026-11-22T00:01:00Z,1,2\n", "line 3: a row is timestamp,value"},
		{"one column", first + "2026-11-22T00:01:00Z\n", "line 3: a row is timestamp,value"},
		{"compressed", "\x1f\x8b\b\x00\x00", "line 1: the header timestamp,value is missing: the file is compressed"},
		{"UTF-16", "\xff\xfet\x00i\x00", "line 1: the header timestamp,value is missing: the file is not text in UTF-8"},
		{"Unix time", first + "1795305660,2\n", `line 3: "1795305660" is not an RFC 3339 timestamp`},
		{"no zone", first + "2026-11-22T00:01:00,2\n", "line 3: "},
		{"no value", first + "2026-11-22T00:01:00Z,\n", `line 3: "" is not a finite number`},
		{"word", first + "2026-11-22T00:01:00Z,many\n", `line 3: "many" is not a finite number`},
		{"NaN", first + "2026-11-22T00:01:00Z,NaN\n", "line 3: "},
		{"infinite", first + "2026-11-22T00:01:00Z,+Inf\n", "line 3: "},
		{"too large", first + "2026-11-22T00:01:00Z,1e400\n", "line 3: "},
		{"same instant", first + "2026-11-22T01:00:00+01:00,2\n", "line 3: the timestamp is not later"},
		{"backwards", first + "2026-11-21T00:00:00Z,2\n", "line 3: the timestamp is not later"},
		{"centuries", "timestamp,value\n0001-01-01T00:00:00Z,1\n2026-11-22T00:00:00Z,2\n", "line 3: the timestamp is more than a century"},
		{"long line", first + strings.Repeat("x", 300) + "\n", "line 3: longer than 256 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := trace.Read(strings.NewReader(tc.text))
			require.ErrorContains(t, err, tc.want)
			require.Nil(t, s)
		})
	}
	_, err := trace.Read(iotest.ErrReader(io.ErrClosedPipe))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

// rows writes rows a second apart without end, padded to a width.
type rows struct {
	at    time.Time
	width int
	rest  string
	n     int
}

func (r *rows) Read(p []byte) (int, error) {
	if r.rest == "" {
		r.rest = "timestamp,value\n"
		if r.n > 0 {
			r.rest = fmt.Sprintf("%s,%*d\n", r.at.Add(time.Duration(r.n)*time.Second).Format(time.RFC3339), r.width, r.n)
		}
		r.n++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestReadIsBounded(t *testing.T) {
	_, err := trace.Read(&rows{at: time.Unix(0, 0).UTC(), width: 200})
	require.ErrorContains(t, err, "larger than 64 MiB")
	_, err = trace.ReadRows(&rows{at: time.Unix(0, 0).UTC()}, 1000)
	require.ErrorContains(t, err, "line 1002: more than 1000 rows")
}

func source(t *testing.T, spec v1alpha1.TraceProvider) signals.Source {
	t.Helper()
	spec.File = filepath.Join(t.TempDir(), "trace.csv")
	require.NoError(t, os.WriteFile(spec.File, []byte(minutely), 0o600))
	s, err := trace.New(spec, []signals.Subject{{Provider: "trace", Query: "a"}, {Provider: "trace", Query: "b"}})
	require.NoError(t, err)
	return s
}

func TestSource(t *testing.T) {
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name  string
		spec  v1alpha1.TraceProvider
		after time.Duration
		want  float64
		known bool
	}{
		{"start", v1alpha1.TraceProvider{}, 0, 10, true},
		{"second row", v1alpha1.TraceProvider{}, time.Minute, 20, true},
		{"a true zero", v1alpha1.TraceProvider{}, 2 * time.Minute, 0, true},
		{"gap", v1alpha1.TraceProvider{}, 4 * time.Minute, 0, false},
		{"end", v1alpha1.TraceProvider{}, 7 * time.Minute, 0, false},
		{"clock set back", v1alpha1.TraceProvider{}, -time.Hour, 0, false},
		{"fast", v1alpha1.TraceProvider{Speed: 60}, 5 * time.Second, 50, true},
		{"slow", v1alpha1.TraceProvider{Speed: 0.5}, 2 * time.Minute, 20, true},
		{"fast past the end", v1alpha1.TraceProvider{Speed: 60}, 7 * time.Second, 0, false},
		{"absurdly fast", v1alpha1.TraceProvider{Speed: 1e300}, time.Hour, 0, false},
		{"again", v1alpha1.TraceProvider{Repeat: true}, 8 * time.Minute, 20, true},
		{"again and again", v1alpha1.TraceProvider{Repeat: true, Speed: 60}, 7*1000*time.Second + 5*time.Second, 50, true},
		{"gap again", v1alpha1.TraceProvider{Repeat: true}, 10 * time.Minute, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := source(t, tc.spec)
			for _, after := range []time.Duration{0, tc.after} {
				outcomes, err := s.Fetch(t.Context(), signals.Window{To: start.Add(after)})
				require.NoError(t, err)
				require.Len(t, outcomes, 2)
				if after != tc.after {
					continue
				}
				for i, o := range outcomes {
					require.Equal(t, s.Subjects()[i], o.Subject)
					if tc.known {
						require.Nil(t, o.Err)
						require.Equal(t, []signals.Sample{{Value: tc.want}}, o.Samples)
						continue
					}
					require.Empty(t, o.Samples)
					require.Equal(t, signals.Absent, o.Err.Reason)
					require.False(t, o.Err.Answered)
				}
			}
		})
	}
}

func TestNewFails(t *testing.T) {
	_, err := trace.New(v1alpha1.TraceProvider{File: filepath.Join(t.TempDir(), "none.csv")}, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = trace.New(v1alpha1.TraceProvider{Speed: -1}, nil)
	require.ErrorContains(t, err, "speed: ")
	file := filepath.Join(t.TempDir(), "bad.csv")
	require.NoError(t, os.WriteFile(file, []byte("timestamp,value\nyesterday,1\n"), 0o600))
	_, err = trace.New(v1alpha1.TraceProvider{File: file}, nil)
	require.ErrorContains(t, err, "bad.csv: line 2: ")
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(minutely))
	f.Add([]byte("timestamp,value\n2026-11-22T00:00:00Z,1\n2026-11-22T00:00:00.000000001Z,2\n"))
	f.Add([]byte("timestamp,value\r\n9999-12-31T23:59:59Z,0x1p4\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := trace.Read(strings.NewReader(string(text)))
		if err != nil {
			require.Nil(t, s)
			return
		}
		require.GreaterOrEqual(t, s.Len(), 2)
		require.Positive(t, s.Step())
		require.Positive(t, s.Duration())
		for _, d := range []time.Duration{math.MinInt64, -1, 0, s.Step(), s.Duration() - 1, s.Duration(), math.MaxInt64} {
			v, known := s.At(d)
			require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
			require.False(t, known && (d < 0 || d >= s.Duration()))
		}
	})
}
