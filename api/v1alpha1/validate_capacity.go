package v1alpha1

// validateCapacity checks what a replica carries: either given under a name, or to be
// learned.
func validateCapacity(s scope, refs signalRefs, given string, fixed Number, learned *CapacityRule) {
	if learned == nil {
		s.at(given).positive(fixed)
		return
	}
	s.exactlyOne(member{given, fixed != 0}, member{"capacity", true})
	learned.validate(s.at("capacity"), refs)
}

// validate checks a capacity to be learned, beside the signals it may name.
func (c *CapacityRule) validate(s scope, refs signalRefs) {
	refs.validate(s.at("latency"), c.Latency, KindPerReplica, "; a latency does not fall to each replica's share")
	if c.Within.Duration <= 0 {
		s.at("within").add("must be above 0, as in 300ms")
	}
	if c.Start < 0 {
		s.at("start").add("must be above 0, or be left out")
	}
}

// validateWorkload checks that what the rule learns from can be seen.
func (c *CapacityRule) validateWorkload(s scope, w *Workload) {
	if w == nil {
		s.restingOn([]string{"spec.workload"}, func(s scope) {
			s.add("needs spec.workload: it divides by the replicas that were ready")
		})
	}
}
