package awsx_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// TestAnswerInPieces: an answer whose headers are faster than the rest is read.
func TestAnswerInPieces(t *testing.T) {
	s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, queueAnswer[:10])
		w.(http.Flusher).Flush()
		time.Sleep(time.Millisecond)
		_, _ = io.WriteString(w, queueAnswer[10:])
	})
	for range 300 {
		p := testaws.NewProvider(t, s.Provider("")) // the fault is of new connections
		require.Nil(t, queueURL(t.Context(), p))
		p.Close()
	}
}
