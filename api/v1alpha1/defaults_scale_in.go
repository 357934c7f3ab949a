package v1alpha1

import "time"

// holds says whether the demand keeps for a while what it asked for by itself.
func (d *Demand) holds() bool { return d.Auto != nil || d.Rate != nil || d.Deadline != nil }

// scaleInWindow is the default of scaleIn.stabilization: none where every demand that
// can fall holds by itself.
func (p *ScalingPolicySpec) scaleInWindow() time.Duration {
	held := false
	for i := range p.Demand {
		switch d := &p.Demand[i]; {
		case d.holds():
			held = true
		case d.lowers():
			return 5 * time.Minute
		}
	}
	if held {
		return 0
	}
	return 5 * time.Minute
}
