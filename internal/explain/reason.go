package explain

import "github.com/scaler-dev/scaler/internal/policy"

// Reason is what a reason means, as the end of a sentence. It is false for one
// that has none, and the reason itself is then all there is to say.
func Reason(r policy.Reason) (string, bool) {
	s, ok := sentences()[r]
	if !ok {
		return string(r), false
	}
	return s, true
}

func meaning(r policy.Reason) string {
	s, _ := Reason(r)
	return s
}

// sentences has one for every reason of a policy, and for those of signals that
// pass through.
func sentences() map[policy.Reason]string {
	return map[policy.Reason]string{
		policy.ReasonLargest:    "the largest proposal counts",
		policy.ReasonSum:        "the proposals are added up",
		policy.ReasonExpression: "the policy's expression over the proposals counts",
		policy.ReasonGuardCap:   "capped by maxAdd above the other demands",

		policy.ReasonConfirmed:    "every demand known and confirmed: may lower",
		policy.ReasonUnconfirmed:  "not confirmed by fresh data: may raise, not lower",
		policy.ReasonDemandDoubt:  "a demand is unknown: may raise, not lower",
		policy.ReasonMassGuard:    "too many signals of one provider failed at once: nothing may lower",
		policy.ReasonColdStart:    "just started: waiting for confirmed data",
		policy.ReasonAllAbstained: "no demand has anything to say",
		policy.ReasonNotComputed:  "the result is not a finite number of at least 0",
		policy.ReasonNoWorkload:   "the workload's replicas are needed and not known",
		policy.ReasonMissing:      "the workload does not exist, so there is nothing to scale",
		policy.ReasonNoTraffic:    "its source answered and has nothing to say (no traffic)",
		policy.ReasonOutside:      "outside its window",
		policy.ReasonInside:       "inside its window",
		policy.ReasonHeld:         "its last proposal is held while its source fails",
		policy.ReasonTolerated:    "close enough to its target",
		policy.ReasonSeason:       "as in the last days at this time of day",
		policy.ReasonSeasonCold:   "not a whole day has been seen yet",
		policy.ReasonSeasonLost:   "the last days have not told what came: it is not worth going by them",
		policy.ReasonGroups:       "cut to the message groups: more replicas would find nothing to do",
		policy.ReasonInFlight:     "cut to the queue's limit of messages in flight: more replicas would be given none",
		policy.ReasonRelay:        "the policy only publishes signals",
		policy.ReasonLearning:     "what one replica carries is still being learned",

		policy.ReasonUnchanged:      "no change",
		policy.ReasonScaleOutWindow: "held by the scaleOut window",
		policy.ReasonScaleInWindow:  "held by the scaleIn window",
		policy.ReasonScaleOutLimit:  "held to the scaleOut limits",
		policy.ReasonScaleInLimit:   "held to the scaleIn limits",
		policy.ReasonDeployment:     "scale-in is paused while a deployment is in progress",
		policy.ReasonMin:            "raised to replicas.min",
		policy.ReasonMax:            "cut to replicas.max",

		policy.ReasonHold:         "no number is served: the autoscaler keeps what it has",
		policy.ReasonAtLeast:      "failSafe.atLeast is served meanwhile",
		policy.ReasonWakeFromZero: "failSafe.wakeFromZero is served meanwhile",

		"throttled":   "its provider asks us to slow down",
		"auth":        "its provider refused our credentials",
		"timeout":     "its provider did not answer in time",
		"unavailable": "its provider cannot be reached or answers with errors",
		"dns":         "its provider's host name was not found",
		"tls":         "its provider's certificate was not accepted",
		"parse":       "the answer was not understood",
		"partial":     "the answer was incomplete",
		"invalid":     "the answer is not a number that can be believed",
		"missing":     "what it reads does not exist",
		"absent":      "the answer held no datapoint",
		"not_polled":  "not read yet",
		"stale":       "the data is no longer fresh",
		"expired":     "the data is too old to be used",
		"error":       "reading it failed",
		"fresh":       "the data is fresh",
	}
}
