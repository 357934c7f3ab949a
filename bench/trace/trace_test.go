package trace_test

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/bench/trace"
)

const head = "timestamp,value\n"

func rows(lines ...string) string { return head + strings.Join(lines, "\n") + "\n" }

func loads(t *testing.T, text string, step time.Duration) (*trace.Trace, string) {
	t.Helper()
	tr, err := trace.Read(strings.NewReader(text), step)
	require.NoError(t, err)
	var b strings.Builder
	for i := range tr.Len() {
		if v, known := tr.At(i); known {
			fmt.Fprintf(&b, "%g ", v)
		} else {
			b.WriteString("? ")
		}
	}
	return tr, strings.TrimSpace(b.String())
}

func at(minute int, value string) string {
	return time.Unix(int64(minute)*60, 0).UTC().Format(time.RFC3339) + "," + value
}

func TestRead(t *testing.T) {
	for name, tc := range map[string]struct {
		text, want string
		repairs    []string
	}{
		"plain":     {rows(at(0, "1"), at(1, "0"), at(2, "3")), "1 0 3", nil},
		"zone":      {rows(at(0, "1"), "1970-01-01T03:01:00+02:00,2", at(62, "3"), at(63, "3"), at(64, "3"), at(65, "3")), "", nil},
		"disorder":  {rows(at(1, "2"), at(0, "1"), at(2, "3")), "1 2 3", []string{"1 row out of order, at line 3: sorted"}},
		"duplicate": {rows(at(0, "1"), at(1, "2"), at(1, "2"), at(2, "3")), "1 2 3", []string{"1 row there twice, at line 4: left out"}},
		"gap": {
			rows(at(0, "1"), at(1, "2"), at(4, "5"), at(5, "6")), "1 2 ? ? 5 6",
			[]string{"1 gap of 2m0s in all, at line 4: unknown, not zero"},
		},
		"half steps": {rows(at(0, "1"), at(1, "2"), "1970-01-01T00:01:30Z,4", at(2, "3"), at(3, "3"), at(4, "3")), "1 3 3 3 3", nil},
	} {
		t.Run(name, func(t *testing.T) {
			tr, got := loads(t, tc.text, time.Minute)
			if name == "zone" {
				require.True(t, strings.HasPrefix(got, "1 ? "))
				return
			}
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.repairs, tr.Repairs.Strings())
			require.Equal(t, time.Unix(0, 0).UTC(), tr.Start)
		})
	}
}

func TestReadBadTraces(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"one row":     {rows(at(0, "1")), "at least two rows"},
		"empty":       {"", "line 1: the header"},
		"negative":    {rows(at(0, "1"), at(1, "-1")), "line 3: -1 arrivals a second: must not be negative"},
		"huge":        {rows(at(0, "1"), at(1, "1e10")), "line 3: 1e+10 arrivals a second: must not be above"},
		"NaN":         {rows(at(0, "1"), at(1, "NaN")), `line 3: "NaN" is not a finite number`},
		"two values":  {rows(at(0, "1"), at(1, "1"), at(1, "2")), "line 4: another value for the instant of line 3"},
		"no zone":     {rows("1970-01-01T00:00:00,1"), "line 2: "},
		"mixed steps": {rows(at(0, "1"), at(1, "1"), at(2, "1"), at(3, "1"), at(4, "1"), at(9, "1"), at(14, "1"), at(19, "1")), "line 9: the step changes from 1m0s to 5m0s"},
		"centuries":   {rows(at(0, "1"), at(1, "1"), "2100-01-01T00:00:00Z,1"), "line 4: more than 25 years"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := trace.Read(strings.NewReader(tc.text), time.Minute)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := trace.Read(strings.NewReader(rows(at(0, "1"), at(1, "1"))), 0)
	require.ErrorContains(t, err, "must be above 0")
}

func TestResamplingKeepsArrivals(t *testing.T) {
	text := rows(at(0, "1"), at(1, "2"), at(2, "4"), at(3, "5"))
	_, got := loads(t, text, 30*time.Second)
	require.Equal(t, "1 1 2 2 4 4 5 5", got)
	_, got = loads(t, text, 2*time.Minute)
	require.Equal(t, "1.5 4.5", got)
	_, got = loads(t, text, 3*time.Minute) // the last is known for a third
	require.Equal(t, "2.3333333333333335 ?", got)
}

// endless writes so many rows a second apart.
type endless struct {
	n, most int
	rest    []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.n > e.most {
			return 0, io.EOF
		}
		e.rest = append(e.rest[:0], head...)
		if e.n > 0 {
			e.rest = append(time.Unix(int64(e.n), 0).UTC().AppendFormat(e.rest[:0], time.RFC3339), ",1\n"...)
		}
		e.n++
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestTenMillionRowsAreStreamed(t *testing.T) {
	most := 10_000_000
	if testing.Short() {
		most = 1_000_000
	}
	s := trace.NewStream(&endless{most: most})
	n, peak := 0, uint64(0)
	var m runtime.MemStats
	for _, err := range s.Spans() {
		require.NoError(t, err)
		if n++; n%1_000_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	require.Equal(t, most, n)
	require.Less(t, peak, uint64(32<<20))
}

func TestDisorderBeyondTheWindow(t *testing.T) {
	lines := make([]string, 0, 6000)
	for i := 1; i < 6000; i++ {
		lines = append(lines, at(i, "1"))
	}
	_, err := trace.Read(strings.NewReader(rows(append(lines, at(0, "1"))...)), time.Minute)
	require.ErrorContains(t, err, "line 6001: out of order by more than 4096 rows")
}

func TestGenerate(t *testing.T) {
	s := trace.Shape{
		Step: time.Minute, Length: 24 * time.Hour, Mean: 100, Swing: 0.5, Noise: 0.05, Seed: 1,
		CrowdAt: 6 * time.Hour, Rise: 2 * time.Minute, Hold: 10 * time.Minute, CrowdBy: 5,
	}
	a, b := trace.Generate(s), trace.Generate(s)
	require.Equal(t, a, b)
	require.Equal(t, 24*60, a.Len())
	s.Seed = 2
	require.NotEqual(t, a, trace.Generate(s))
	low, _ := a.At(0)
	high, _ := a.At(12 * 60)
	crowd, _ := a.At(6*60 + 5)
	require.InDelta(t, 50, low, 15)
	require.InDelta(t, 150, high, 40)
	require.InDelta(t, 500, crowd, 120)
}

func TestSharedTraces(t *testing.T) {
	dir := os.Getenv("SCALER_TRACES")
	if dir == "" {
		t.Skip("SCALER_TRACES names no directory of traces")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		f, err := os.Open(name)
		require.NoError(t, err)
		tr, err := trace.Read(f, 30*time.Second)
		require.NoError(t, err, name)
		require.NoError(t, f.Close())
		t.Log(filepath.Base(name), tr.Len(), tr.Repairs.Strings())
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(rows(at(1, "2"), at(0, "1"), at(5, "3"))), int64(60))
	f.Fuzz(func(t *testing.T, text []byte, seconds int64) {
		if seconds < 60 || seconds > 1e6 {
			return
		}
		tr, err := trace.Read(strings.NewReader(string(text)), time.Duration(seconds)*time.Second)
		if err != nil {
			require.Nil(t, tr)
			return
		}
		require.Positive(t, tr.Len()+1)
		for i := range tr.Len() {
			v, known := tr.At(i)
			require.True(t, !known || v >= 0 && v <= 1e9*1.0001 && !math.IsInf(v, 0))
		}
	})
}
