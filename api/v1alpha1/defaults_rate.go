package v1alpha1

import "time"

const defaultLate Percent = 0.1

func (r *RateDemand) setDefaults() {
	if r == nil {
		return
	}
	r.StartUp = orDefault(r.StartUp, Duration{time.Minute})
	if r.Margin == nil {
		r.Late = orDefault(r.Late, defaultLate)
	}
}

// holds says whether the demand keeps what it asked for by itself, so that scaleIn
// need not.
func (d *Demand) holds() bool {
	return d.Rate != nil
}

// inWindow is the default stabilization of scaleIn: none where every demand that can
// lower holds by itself.
func (p *ScalingPolicySpec) inWindow() time.Duration {
	for i := range p.Demand {
		if d := &p.Demand[i]; !d.holds() && d.Schedule == nil {
			return 5 * time.Minute
		}
	}
	return 0
}
