package externalmetrics

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/policy"
)

// BenchmarkHandler tells what the filter costs on top of the library.
func BenchmarkHandler(b *testing.B) {
	board := NewBoard(at(0))
	require.NoError(b, NewSink(board, map[policy.ID]string{orders: "w"}).Publish(b.Context(), []policy.Decision{known(orders, 4, 37)}))
	server := newServer(b, board)
	outer := server.generic.Handler.FullHandlerChain.(*filter)
	for name, h := range map[string]http.Handler{"library": outer.next, "filtered": outer} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, httptest.NewRequestWithContext(b.Context(), http.MethodGet, metricPath("shop", "w"), http.NoBody))
				if rec.Code != http.StatusOK {
					b.Fatal(rec.Code)
				}
			}
		})
	}
}
