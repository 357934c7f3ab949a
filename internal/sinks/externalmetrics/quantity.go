package externalmetrics

import (
	"math"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/scaler-dev/scaler/internal/signals"
)

// minValue is the smallest value above zero that is served: the
// HorizontalPodAutoscaler rounds anything smaller up to it.
const minValue = 0.001

const milliPerUnit = 1000

// milli is a value in thousandths, to the nearest one; false if the
// HorizontalPodAutoscaler would read it wrongly: negative, not finite, below
// minValue but not zero, or above signals.MaxValue. It never clamps.
func milli(v float64) (int64, bool) {
	if v == 0 {
		return 0, true
	}
	if math.IsNaN(v) || v < minValue || v > signals.MaxValue {
		return 0, false
	}
	// Apart, because v*1000 is not exact for large values.
	whole, fraction := math.Modf(v)
	return int64(whole)*milliPerUnit + int64(math.Round(fraction*milliPerUnit)), true
}

// quantity writes whole numbers as such and others in thousandths.
func quantity(milli int64) resource.Quantity {
	if milli%milliPerUnit == 0 {
		return *resource.NewQuantity(milli/milliPerUnit, resource.DecimalSI)
	}
	return *resource.NewMilliQuantity(milli, resource.DecimalSI)
}
