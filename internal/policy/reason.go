package policy

import (
	"strings"

	"github.com/scaler-dev/scaler/internal/signals"
)

// Reason names why a step did what it did. The set is closed, but for the
// reasons of signals, which pass through.
type Reason string

// The reasons.
const (
	// Combining.
	ReasonLargest    Reason = "largest_proposal" // Max, or a combination that lacks an input
	ReasonSum        Reason = "sum_of_proposals"
	ReasonExpression Reason = "expression_of_proposals"
	ReasonGuardCap   Reason = "guard_capped" // maxAdd above the other demands

	// Doubt.
	ReasonConfirmed    Reason = "all_confirmed"    // every demand is known and may lower
	ReasonUnconfirmed  Reason = "may_not_lower"    // a signal is held or not confirmed
	ReasonDemandDoubt  Reason = "demand_unknown"   // a demand is unknown: raising only
	ReasonMassGuard    Reason = "mass_guard"       // too many signals of a provider failed at once
	ReasonColdStart    Reason = "cold_start"       // nothing to lower from is known yet
	ReasonAllAbstained Reason = "all_abstained"    // no demand has anything to say
	ReasonNotComputed  Reason = "not_finite"       // an expression gave no finite number of at least 0
	ReasonNoWorkload   Reason = "workload_unknown" // replicas are needed and not known
	ReasonMissing      Reason = "workload_missing" // it does not exist: nothing to scale
	ReasonNoTraffic    Reason = "nothing_to_say"   // a guard's source answered without a datapoint
	ReasonOutside      Reason = "outside_window"   // a schedule out of its window
	ReasonInside       Reason = "inside_window"    // a schedule in its window
	ReasonHeld         Reason = "held_proposal"    // a guard's last proposal, while its source fails
	ReasonTolerated    Reason = "within_tolerance" // a ratio close enough to its target
	ReasonSeason       Reason = "season"           // as in the last days at this time
	ReasonSeasonCold   Reason = "season_cold"      // less than a day was seen
	ReasonSeasonLost   Reason = "season_not_worth" // the last days have not told what came
	ReasonGroups       Reason = "message_groups"   // more replicas than groups find nothing to do
	ReasonInFlight     Reason = "in_flight_limit"  // more replicas than the queue hands messages to
	ReasonRelay        Reason = "signals_only"     // the policy decides nothing
	ReasonLearning     Reason = "learning"         // what a replica carries is not known yet

	// Behaviour.
	ReasonUnchanged      Reason = "unchanged"
	ReasonScaleOutWindow Reason = "scale_out_stabilized"
	ReasonScaleInWindow  Reason = "scale_in_stabilized"
	ReasonScaleOutLimit  Reason = "scale_out_limited"
	ReasonScaleInLimit   Reason = "scale_in_limited"
	ReasonDeployment     Reason = "deployment_in_progress" // the workload is being deployed: no scale-in
	ReasonMin            Reason = "at_min"
	ReasonMax            Reason = "at_max"

	// Fail-safe.
	ReasonHold         Reason = "hold"
	ReasonAtLeast      Reason = "at_least"
	ReasonWakeFromZero Reason = "wake_from_zero"
)

// ReasonOf is the reason of a signal without a number: what its latest outcome
// says, or else its state.
func ReasonOf(o signals.Observation) Reason {
	if r := o.Reason(); r != "" {
		return Reason(r)
	}
	return Reason(strings.ToLower(string(o.State())))
}
