package app

import (
	"encoding/json"
	"log/slog"
	"strconv"

	"github.com/scaler-dev/scaler/api/v1alpha1"
)

// fixedField is a field that is read at the start only.
type fixedField struct{ path, value string }

func fixedFields(s v1alpha1.ScalerConfigSpec) []fixedField {
	api, listen, authentication := "off", "", ""
	if m := s.ExternalMetrics; m != nil {
		api, listen, authentication = "on", m.Listen, string(m.Authentication)
	}
	out := []fixedField{
		{"spec.ops.listen", s.Ops.Listen},
		{"spec.externalMetrics", api},
		{"spec.externalMetrics.listen", listen},
		{"spec.externalMetrics.authentication", authentication},
		{"spec.maxConcurrentPolls", strconv.Itoa(int(s.MaxConcurrentPolls))},
		{"spec.kubernetes", text(s.Kubernetes)},
		{"spec.highAvailability", text(s.HighAvailability)},
	}
	if m := s.ExternalMetrics; m != nil {
		rest := *m
		rest.Listen, rest.Authentication = "", ""
		out = append(out, fixedField{"spec.externalMetrics", text(rest)})
	}
	return out
}

// text shows a part of a document, none of which is secret.
func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil || string(raw) == "null" {
		return "off"
	}
	return string(raw)
}

// warnOfNextStart names each field whose change waits for the next start.
func warnOfNextStart(log *slog.Logger, running, next v1alpha1.ScalerConfigSpec) {
	before, after := fixedFields(running), fixedFields(next)
	for i, f := range after[:min(len(before), len(after))] {
		// What belongs to an API that goes on or off says nothing of its own.
		if was := before[i].value; was != f.value && was != "" && f.value != "" {
			log.Warn("a changed field takes effect at the next start", "field", f.path, "running", was, "next", f.value)
		}
	}
}
