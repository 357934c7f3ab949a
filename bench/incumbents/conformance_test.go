package incumbents

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// notApplicable are the cases of testdata/conformance that no test here runs, each
// with its reason. TestConformanceCountsEveryCase holds their number.
func notApplicable() map[string]string {
	return map[string]string{
		"keda.json fallback Value":          "a formula without numbers; the model has no failing triggers",
		"keda.json sqs missing attribute":   "an error of KEDA's parser of SQS answers, of which the model has none: it is given numbers",
		"keda.json sqs attribute no number": "the same",
	}
}

// read is a file of cases.
func read[T any](t *testing.T, name string) T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "conformance", name))
	require.NoError(t, err)
	var v T
	require.NoError(t, json.Unmarshal(data, &v))
	return v
}

// TestConformanceCountsEveryCase: what the files hold is run or listed. A new case in
// a file that no test runs would change the number.
func TestConformanceCountsEveryCase(t *testing.T) {
	hpa, kpa := read[hpaCases](t, "hpa.json"), read[kpaCases](t, "kpa.json")
	keda, aws := read[kedaCases](t, "keda.json"), read[awsCases](t, "aws.json")

	require.Len(t, hpa.ReplicaCalc, 33)
	require.Len(t, hpa.ScalingRules, 36)
	require.Equal(t, 14+2, len(hpa.Behaviors)+len(hpa.Legacy)+len(hpa.MinSelect))
	require.Equal(t, 11+11+3+3, len(kpa.Table)+len(kpa.Sequences)+len(kpa.StartInPanic)+len(kpa.WindowAverage))
	require.Len(t, keda.ScaledJob, 15)
	require.Equal(t, 4+2, len(keda.SQS)+len(keda.Fallback), "one of both and the note on defaults run, the rest is listed")
	require.Len(t, notApplicable(), 4+2-3)
	s := aws.StepScaling
	require.Equal(t, 4+1+4+1+1, len(s.Sequence)+len(s.MinAdjustment)+len(s.Rounding)+len(s.ChangeInCapacity)+len(s.Exact))
	require.NotEmpty(t, s.Cooldown)
	require.Len(t, aws.SQSBacklog, 1)
	require.Len(t, aws.Predictive, 1)
	// And nothing in a file that is not decoded above.
	for name, parts := range map[string]int{"hpa.json": 6, "kpa.json": 6, "keda.json": 4, "aws.json": 4} {
		require.Len(t, read[map[string]json.RawMessage](t, name), parts, name)
	}
	require.Len(t, read[struct{ StepScaling map[string]json.RawMessage }](t, "aws.json").StepScaling, 11)
}
