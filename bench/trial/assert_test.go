package trial

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAssertions(t *testing.T) {
	s := Scores{Late: 0.001, Hours: 500, Over: math.NaN(), WorstWait: 5 * time.Second, LongestRun: time.Minute, StartsADay: 40}
	for text, want := range map[string]bool{
		"late<=0.1%": true, "late < 0.1%": false, "late<=0.0005": false, "hours<500": false, "hours>=500": true, "wait<=5s": true,
		"wait<5000ms": false, "run<=1m": true, "starts>40": false, "over<=10": false, "over>10": false,
	} {
		a, err := ParseAssertion(text)
		require.NoError(t, err, text)
		require.Equal(t, want, a.Holds(s), text)
	}
	for _, text := range []string{"", "late", "late<=", "late=0.1%", "latte<=1", "late<=much", "late<=0.1%%", "<=1"} {
		_, err := ParseAssertion(text)
		require.Error(t, err, text)
	}
}
