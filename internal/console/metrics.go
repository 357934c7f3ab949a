package console

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	maxScrapes    = 4 // at once; more are answered 503
	scrapeTimeout = 10 * time.Second
)

func (c *console) metrics() http.Handler {
	return promhttp.HandlerFor(c.Gatherer, promhttp.HandlerOpts{
		ErrorLog:            scrapeLog{c.Log},
		ErrorHandling:       promhttp.ContinueOnError,
		EnableOpenMetrics:   true,
		MaxRequestsInFlight: maxScrapes,
		Timeout:             scrapeTimeout,
	})
}

// scrapeLog is the logger that promhttp asks for.
type scrapeLog struct{ log *slog.Logger }

// Println logs why some metrics could not be gathered.
func (l scrapeLog) Println(v ...any) { l.log.Warn("metrics incomplete", "error", fmt.Sprint(v...)) }
