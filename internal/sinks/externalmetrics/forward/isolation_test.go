package forward

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOwnIsNeverTouched shows that Scaler's own metrics and discovery are answered at
// once, and the same, whatever the adapter does to as many requests as there may be,
// and that of those each is answered within the deadline.
func TestOwnIsNeverTouched(t *testing.T) {
	const clients = maxInFlight + 16
	for _, c := range faults() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.adapter, changes(c.change)...)
				own := listPath + "/namespaces/shop/own"
				list := w.get(listPath).Body.String()
				start := time.Now()
				var all sync.WaitGroup
				codes := make([]int, clients)
				for i := range codes {
					all.Go(func() { codes[i] = w.get(metricPath).Code })
				}
				synctest.Wait()
				for range 100 {
					require.Equal(t, ours, w.get(own).Body.String())
					require.Equal(t, list, w.get(listPath).Body.String())
				}
				require.Zero(t, time.Since(start))
				require.LessOrEqual(t, len(w.f.slots), maxInFlight)
				if c.name == "hangs" {
					require.InDelta(t, clients-maxInFlight, w.count(resultBusy), 0, "at once")
				}
				all.Wait()
				require.LessOrEqual(t, time.Since(start), deadline)
				require.Subset(t, []int{c.code, http.StatusServiceUnavailable}, codes)
				require.Empty(t, w.f.slots)
				require.LessOrEqual(t, len(w.requests()), 2*clients, "one, and perhaps a second on another connection")
			})
		})
	}
}
