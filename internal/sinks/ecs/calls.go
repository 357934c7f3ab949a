package ecs

import (
	"time"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/sinks/ecs/floor"
)

// IdleCalls are those made of so many services of a provider while their floors are
// down, each time the interval has passed.
func IdleCalls(services int) (calls awsx.Calls, interval time.Duration) {
	for range (services + perLook - 1) / perLook {
		calls.Each = append(calls.Each,
			awsx.Call{Service: awsx.ServiceAutoScaling, Operation: "DescribeScalableTargets"},
			awsx.Call{Service: awsx.ServiceAutoScaling, Operation: "DescribeScheduledActions"})
	}
	return calls, floor.LookIdle
}
