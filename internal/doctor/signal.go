package doctor

import (
	"cmp"
	"strings"
	"time"

	"github.com/scaler-dev/scaler/internal/explain"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// signalFinding judges one fetch of a signal.
func signalFinding(check string, o signals.Outcome, now time.Time) Finding {
	switch {
	case o.Err == nil && len(o.Samples) == 0:
		return finding(check, Warn, "is there data at all? look at it where it comes from", "no datapoint")
	case o.Err == nil:
		last := o.Samples[len(o.Samples)-1]
		age := time.Duration(0) // of the end of the fetch
		if !last.At.IsZero() {
			age = max(0, now.Add(o.Skew).Sub(last.At))
		}
		return finding(check, OK, "", "%s, %s old", explain.Number(last.Value), explain.Duration(age))
	case o.Err.Reason == signals.Absent:
		return finding(check, Warn, "no traffic is no datapoint; else compare the query with what the provider has", "%s", o.Err)
	case o.Err.Reason == signals.Throttled:
		return finding(check, Warn, providerHint(signals.Throttled), "%s", o.Err)
	}
	hints := map[signals.Reason]string{
		signals.Missing: "check the name in the policy, and the account and region of the provider",
		signals.Invalid: accepted, signals.Parse: accepted, signals.Partial: accepted,
	}
	return finding(check, Fail, cmp.Or(hints[o.Err.Reason], providerHint(o.Err.Reason)), "%s", o.Err)
}

const accepted = "look at what is read where it comes from; the README of its kind says what is accepted"

// workloadFinding judges one look at a workload.
func workloadFinding(o workload.Observation) Finding {
	check := "workload " + cmp.Or(strings.TrimPrefix(o.ID.String(), "(kubernetes)/"), "?")
	if o.Err == nil {
		return finding(check, OK, "", "%d ordered, %d ready", o.Ordered, o.Ready)
	}
	hint := providerHint(o.Err.Reason)
	if o.Err.Reason == signals.Missing {
		hint = "check the name in spec.workload of its policy"
	}
	return finding(check, Fail, hint, "%s", o.Err)
}
