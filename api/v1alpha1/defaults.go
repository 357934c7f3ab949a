package v1alpha1

import "time"

const (
	defaultNamespace = "default"
	// MaxSignalValue is the largest value a signal may have and that is served.
	MaxSignalValue Number = 9.2e15
)

// Default fills what the user left out.
func (p *SignalProvider) Default() {
	switch c := p.Spec.Connection; {
	case c.AWS != nil:
		setDefault(&c.AWS.Protocol, ProtocolCBOR)
	case c.Prometheus != nil:
		c.Prometheus.Auth.setDefaults()
	case c.HTTP != nil:
		c.HTTP.Auth.setDefaults()
	case c.Trace != nil:
		setDefault(&c.Trace.Speed, 1)
	}
}

func (a *Auth) setDefaults() {
	if a != nil && a.SigV4 != nil {
		setDefault(&a.SigV4.Service, "aps")
	}
}

// Default fills what the user left out.
func (c *ScalerConfig) Default() {
	s := &c.Spec
	setDefault(&s.Ops.Listen, "127.0.0.1:8080")
	if s.ExternalMetrics != nil {
		s.ExternalMetrics.setDefaults()
	}
	if s.HighAvailability != nil {
		s.HighAvailability.setDefaults()
	}
	setDefault(&s.Tick, Duration{time.Second})
	setDefault(&s.MaxConcurrentPolls, 64)
}

func (e *ExternalMetricsServer) setDefaults() {
	setDefault(&e.Listen, "127.0.0.1:6443")
	setDefault(&e.Authentication, AuthenticationCluster)
	setDefault(&e.ServicePort, 443)
	drain := 5 * time.Second
	if e.Authentication == AuthenticationNone {
		drain = 0
	}
	e.DrainFor = orDefault(e.DrainFor, Duration{drain})
	if c := e.Certificate; c != nil && c.SelfManaged != nil {
		setDefault(&c.SelfManaged.ValidFor, Duration{90 * 24 * time.Hour})
	}
	if e.APIService == nil {
		e.APIService = &APIService{}
	}
	if e.Forward != nil {
		setDefault(&e.Forward.Port, 443)
	}
}

func (h *HighAvailability) setDefaults() {
	setDefault(&h.Lease, "scaler")
	setDefault(&h.Shards, 1)
	setDefault(&h.Listen, ":9443")
	setDefault(&h.Secret, "scaler-peers")
	setDefault(&h.SavedState, "scaler-state")
}

// Default fills what the user left out. RatioDemand.MaxAdd stays nil but for
// guards.
func (p *ScalingPolicy) Default() {
	setDefault(&p.Metadata.Namespace, defaultNamespace)
	s := &p.Spec
	for i := range s.Signals {
		s.Signals[i].ECS.setDefaults(s.Workload)
		s.Signals[i].setDefaults()
	}
	if s.Relays() {
		s.Publish.setDefaults(p.Metadata.Name)
		return
	}
	for i := range s.Demand {
		s.Demand[i].setDefaults()
	}
	setDefault(&s.Combine, "Max")
	s.ScaleOut = s.ScaleOut.orDefaults(0,
		ScalingLimit{Percent: new(int32(100)), Period: Duration{15 * time.Second}},
		ScalingLimit{Replicas: new(int32(4)), Period: Duration{15 * time.Second}})
	s.ScaleIn = s.ScaleIn.orDefaults(s.scaleInWindow(),
		ScalingLimit{Percent: new(int32(50)), Period: Duration{time.Minute}})
	if s.FailSafe == nil {
		s.FailSafe = &FailSafe{}
	}
	setDefault(&s.FailSafe.OnUnknown, UnknownHold)
	if s.Publish == nil {
		s.Publish = &Publish{ExternalMetric: &ExternalMetricSink{}}
	}
	s.Publish.setDefaults(p.Metadata.Name)
}

func (d *Demand) setDefaults() {
	if r := d.Ratio; r != nil {
		r.MayLower = orDefault(r.MayLower, true)
		r.Tolerance = orDefault(r.Tolerance, 10)
		if !*r.MayLower {
			r.MaxAdd = orDefault(r.MaxAdd, 50)
		}
	}
	if d.Seasonal != nil {
		d.Seasonal.setDefaults()
	}
	d.Deadline.setDefaults()
	d.Rate.setDefaults()
	d.Auto.setDefaults()
	if d.Schedule != nil {
		setDefault(&d.Schedule.TimeZone, "UTC")
	}
}

// orDefaults fills the rules; an empty list of limits is left for validation.
func (r *ScalingRules) orDefaults(window time.Duration, limits ...ScalingLimit) *ScalingRules {
	if r == nil {
		r = &ScalingRules{}
	}
	r.Stabilization = orDefault(r.Stabilization, Duration{window})
	setDefault(&r.Select, SelectMax)
	if r.Limits == nil {
		r.Limits = limits
	}
	return r
}

func (p *Publish) setDefaults(policy string) {
	if p.ExternalMetric != nil {
		setDefault(&p.ExternalMetric.Name, policy)
	}
	if p.CloudWatch != nil {
		setDefault(&p.CloudWatch.Namespace, "Scaler")
		setDefault(&p.CloudWatch.Period, Duration{time.Minute})
	}
	p.ECS.setDefaults()
}

// setDefault sets a value that is zero.
func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

// orDefault is the pointer, or one to the default.
func orDefault[T any](p *T, v T) *T {
	if p == nil {
		return &v
	}
	return p
}
