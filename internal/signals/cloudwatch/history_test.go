package cloudwatch_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/signals/cloudwatch"
	"github.com/scaler-dev/scaler/internal/testaws"
)

// TestHistoryIsPaged: a page completes the one before, and pages have an end.
func TestHistoryIsPaged(t *testing.T) {
	first := `{"NextToken":"more","MetricDataResults":[{"Id":"q0","StatusCode":"PartialData","Timestamps":[1767225600],"Values":[1]}]}`
	for name, tt := range map[string]struct {
		second string
		want   []float64
		err    string
	}{
		"whole":          {`{"MetricDataResults":[{"Id":"q0","StatusCode":"Complete","Timestamps":[1767225720,1767225900],"Values":[3,6]}]}`, []float64{1, 3}, ""},
		"another series": {`{"MetricDataResults":[{"Id":"q0","Label":"b","StatusCode":"Complete","Timestamps":[1767225720],"Values":[3]}]}`, nil, "more than one series"},
		"in part":        {`{"MetricDataResults":[]}`, nil, "partial"},
		"without end":    {first, nil, "too many pages"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if strings.Contains(string(body), "more") {
					_, _ = io.WriteString(w, tt.second)
					return
				}
				_, _ = io.WriteString(w, first)
			})
			from := time.Unix(1767225600, 0).UTC()
			got, err := cloudwatch.History(t.Context(), testaws.NewProvider(t, s.Provider(v1alpha1.ProtocolJSON)),
				[]v1alpha1.CloudWatchSignal{*metric("Sent").CloudWatch}, signals.Window{From: from, To: from.Add(5 * time.Minute)}, time.Minute)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			var values []float64
			for _, s := range got[0] {
				values = append(values, s.Value)
			}
			require.Equal(t, tt.want, values, "what lies beyond the window is not of it")
		})
	}
}
