package v1alpha1

import (
	"regexp"
	"unicode/utf8"
)

const maxScrapeLabels = 32

var (
	seriesRE = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]{0,254}$`)
	labelsRE = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,254}$`)
)

func (c *ScrapeSignal) validate(s scope) {
	validatePath(s.at("path"), c.Path)
	s.at("metric").match(c.Metric, seriesRE, "the name of a series, as in http_requests_total; labels have a field of their own")
	oneOf(s.at("aggregate"), c.Aggregate, AggregateSum, AggregateAverage, AggregateMax, AggregateMin)
	labels := s.at("labels")
	labels.atMost(len(c.Labels), maxScrapeLabels)
	for name, value := range c.Labels {
		if !labelsRE.MatchString(name) || name == "__name__" {
			labels.key(name).add("is not a label's name, as in handler")
		}
		if len(value) > 1024 || !utf8.ValidString(value) {
			labels.key(name).add("has no value of at most 1024 bytes of text")
		}
	}
}
