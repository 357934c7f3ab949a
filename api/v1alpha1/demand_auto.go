package v1alpha1

// AutoDemand is what to start with: what follows the traffic, and a floor from the
// days before as soon as those tell what comes. It asks for nothing but what is known
// of the service and its objective. Exactly one of requests and queue is set.
type AutoDemand struct {
	// Requests that wait for their response: rate, and seasonal.
	Requests *RateDemand `json:"requests,omitempty"`
	// Queue of messages: deadline, and seasonal where its arrivals are a signal and it
	// leaves too little time to start replicas.
	Queue *DeadlineDemand `json:"queue,omitempty"`
	// Period after which the traffic repeats itself, in whole minutes, 1m to 24h; a day
	// by default.
	Period *Duration `json:"period,omitempty"`
}

func (r *AutoDemand) setDefaults() {
	if r == nil {
		return
	}
	r.Period = orDefault(r.Period, Duration{wholeDay})
	r.Requests.setDefaults()
	r.Queue.setDefaults()
}

func (r *AutoDemand) validate(s scope, refs signalRefs) {
	s.exactlyOne(member{"requests", r.Requests != nil}, member{"queue", r.Queue != nil})
	validatePeriod(s.at("period"), *r.Period)
	if q := r.Requests; q != nil {
		q.validate(s.at("requests"), refs)
		if q.Margin != nil {
			s.at("requests").at("margin").add("is learned by auto; use rate to fix it")
		}
	}
	if r.Queue != nil {
		r.Queue.validate(s.at("queue"), refs)
	}
}
