package explain

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 6310: "6,310", 1234567: "1,234,567", -6310: "-6,310",
		3.7: "3.7", 3.75: "3.75", 2.9999: "3", 1234.5: "1,234.5", 0.25: "0.25", 0.01234567: "0.0123", 9.2e15: "9.2e+15",
		math.Inf(1): "not a number",
	} {
		require.Equal(t, want, Number(v))
	}
	require.Equal(t, "not a number", Number(math.NaN()))
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 400 * time.Millisecond: "400 ms", 8 * time.Second: "8 s", 59*time.Second + 600*time.Millisecond: "1 m",
		time.Minute: "1 m", 3*time.Minute + 12*time.Second: "3 m 12 s", 59*time.Minute + 59*time.Second: "59 m 59 s",
		2*time.Hour + 5*time.Minute: "2 h 5 m", 24 * time.Hour: "1 d", 49 * time.Hour: "2 d 1 h", -8 * time.Second: "-8 s",
	} {
		require.Equal(t, want, Duration(d))
	}
}
