package v1alpha1

import "time"

// ECSSink acts on the policy's own service of Amazon ECS, beside its target
// tracking. It needs workload.ecs, whose provider it uses.
type ECSSink struct {
	// Floor raises the minimum capacity of the service's scalable target as soon as a
	// decision exceeds what runs.
	Floor *ECSFloor `json:"floor,omitempty"`
}

// ECSFloor is a raised minimum capacity under a dead-man's switch: a scheduled
// action that restores the minimum when nobody renews it.
type ECSFloor struct {
	// TTL is how long a raised minimum outlives Scaler: 1m to 1h, 5m by default. It
	// is renewed when half of it is left.
	TTL Duration `json:"ttl,omitzero"`
	// Cooldown is the least time between two raises: 5s to 10m, 15s by default.
	Cooldown Duration `json:"cooldown,omitzero"`
}

const (
	minFloorTTL, maxFloorTTL           = time.Minute, time.Hour
	minFloorCooldown, maxFloorCooldown = 5 * time.Second, 10 * time.Minute
)

func (e *ECSSink) setDefaults() {
	if e == nil || e.Floor == nil {
		return
	}
	setDefault(&e.Floor.TTL, Duration{5 * time.Minute})
	setDefault(&e.Floor.Cooldown, Duration{15 * time.Second})
}

func (e *ECSSink) validate(s scope) {
	if e == nil {
		return
	}
	if e.Floor == nil {
		s.add("has no floor; write floor: {} for its defaults, or remove it")
		return
	}
	f := s.at("floor")
	f.at("ttl").span(e.Floor.TTL, minFloorTTL, maxFloorTTL)
	f.at("cooldown").span(e.Floor.Cooldown, minFloorCooldown, maxFloorCooldown)
}

// validateECS reports a sink that has no service to act on.
func (p *ScalingPolicySpec) validateECS(s scope) {
	if p.Publish.ECS == nil {
		return
	}
	s.restingOn([]string{"spec.workload"}, func(s scope) {
		if p.Workload == nil || p.Workload.ECS == nil {
			s.add("needs spec.workload.ecs: it acts on that service")
		}
	})
}
