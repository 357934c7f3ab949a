package v1alpha1

// ScrapeAggregate makes one number of the series that match.
type ScrapeAggregate string

// The ways to make one number of several series.
const (
	AggregateSum     ScrapeAggregate = "Sum"
	AggregateAverage ScrapeAggregate = "Average"
	AggregateMax     ScrapeAggregate = "Max"
	AggregateMin     ScrapeAggregate = "Min"
)

// ScrapeSignal is a number on a page of metrics, as Prometheus scrapes them: in its
// text format or in OpenMetrics.
type ScrapeSignal struct {
	// Path and query under the provider's URL; /metrics by default.
	Path string `json:"path,omitempty"`
	// Metric is the name of the series, as in http_requests_total: of histograms and
	// summaries, that of their count or sum.
	Metric string `json:"metric"`
	// Labels that a series has, with exactly these values; it may have others. An
	// empty value matches a series without the label.
	Labels map[string]string `json:"labels,omitempty"`
	// Rate takes how much the series grew in a second since the look before, in place
	// of its value: for counters.
	Rate bool `json:"rate,omitempty"`
	// Aggregate makes one number of all series that match: Sum (the default), Average,
	// Max or Min.
	Aggregate ScrapeAggregate `json:"aggregate,omitempty"`
}

func (c *ScrapeSignal) setDefaults() {
	setDefault(&c.Path, "/metrics")
	setDefault(&c.Aggregate, AggregateSum)
}
