package plant

import (
	"slices"
	"time"
)

// become orders new replicas, or stops some: the youngest first.
func (p *Plant) become(desired int32) {
	for p.state.Ready+p.state.Starting < desired {
		p.starting = append(p.starting, p.state.Now+p.s.StartUp.draw(p.random))
		p.state.Starting++
		p.state.Starts++
	}
	for p.state.Starting > 0 && p.state.Ready+p.state.Starting > desired {
		p.starting = p.starting[:len(p.starting)-1]
		p.state.Starting--
	}
	if stop := p.state.Ready - desired; stop > 0 {
		p.stop(stop)
	}
	p.ripen()
}

// stop lets replicas finish what they have: their even share of all.
func (p *Plant) stop(replicas int32) {
	share := float64(replicas) / float64(p.state.Ready)
	p.state.Ready -= replicas
	working := p.working.all()
	if len(working) == 0 {
		return
	}
	for i := range working {
		w := &working[i]
		w.left += (w.amount - w.left) * share
	}
	p.draining = append(p.draining, drain{working[len(working)-1].ends, replicas})
	p.state.Draining += replicas
}

// ripen lets replicas whose start-up is over serve, and those go that have finished.
func (p *Plant) ripen() {
	now := p.state.Now
	if len(p.starting)+len(p.draining) == 0 {
		return
	}
	before := len(p.starting)
	p.starting = slices.DeleteFunc(p.starting, func(at time.Duration) bool { return at <= now })
	ripe := int32(before - len(p.starting))
	p.state.Starting -= ripe
	p.state.Ready += ripe
	p.draining = slices.DeleteFunc(p.draining, func(d drain) bool {
		if d.ends > now {
			return false
		}
		p.state.Draining -= d.replicas
		return true
	})
}

// bill counts every replica for the step, and one that drains to its end.
func (p *Plant) bill(dt time.Duration) {
	p.state.Billed += time.Duration(p.state.Ready+p.state.Starting) * dt
	for _, d := range p.draining {
		p.state.Billed += time.Duration(d.replicas) * min(dt, max(0, d.ends-p.state.Now))
	}
}
