package replay

import "github.com/scaler-dev/scaler/api/v1alpha1"

// Quantity is something of the model that a signal can read.
type Quantity = v1alpha1.Quantity

// percentileOf a latency, as a share; false for a mean and for what is none.
func percentileOf(q Quantity) (float64, bool) {
	switch q { //nolint:exhaustive // the others are no percentiles
	case v1alpha1.LatencyP50:
		return 0.5, true
	case v1alpha1.LatencyP90:
		return 0.9, true
	case v1alpha1.LatencyP95:
		return 0.95, true
	case v1alpha1.LatencyP99:
		return 0.99, true
	}
	return 0, false
}
