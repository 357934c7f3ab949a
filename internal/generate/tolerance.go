package generate

import "fmt"

// defaultTolerance is the HPA's own, of its controller's flag.
const defaultTolerance = 0.1

// swallowed tells whether the HPA stays where it is when it is told another number
// of replicas. It calculates as the HPA does, in thousandths.
func swallowed(from, to int32) bool {
	tolerance := defaultTolerance
	ratio := float64(int64(to)*1000) / (1000 * float64(from))
	return 1.0-tolerance <= ratio && ratio <= 1.0+tolerance
}

// loss is what the default tolerance does to a policy that moves between low and
// high.
type loss struct {
	first int32 // the smallest size from which a change is swallowed; 0: none is
	least int32 // of what is not followed down from high
	top   int32 // the smallest size from which high is not reached; high: none
}

func lossOf(low, high int32) loss {
	low = max(low, 1) // from and to 0 every change is followed
	l := loss{least: high, top: high}
	for from := low; from <= high && l.first == 0; from++ {
		if from > low && swallowed(from, from-1) || from < high && swallowed(from, from+1) {
			l.first = from
		}
	}
	for l.least > low && swallowed(high, l.least-1) {
		l.least--
	}
	for l.top > low && swallowed(l.top-1, high) {
		l.top--
	}
	return l
}

// text tells the loss with a policy's own numbers.
func (l loss) text(low, high int32) string {
	if l.first == 0 {
		return fmt.Sprintf("Between %d and %d replicas every change is larger than that, so nothing is lost.\n", low, high)
	}
	example := fmt.Sprintf("from %d to %d replicas (ratio %.3g)", l.first, l.first-1, float64(l.first-1)/float64(l.first))
	if l.first < high && swallowed(l.first, l.first+1) {
		example = fmt.Sprintf("from %d to %d replicas (ratio %.3g)", l.first, l.first+1, float64(l.first+1)/float64(l.first))
	}
	out := fmt.Sprintf("A decision to go %s is served and not followed.\n"+
		"That is so from %d replicas up: at %d, everything from %d to %d changes nothing", example, l.first, high, l.least, high)
	if l.top < high {
		out += fmt.Sprintf(",\nand from %d or more replicas %d is never reached", l.top, high)
	}
	return out + ".\nWhere kube-controller-manager is yours, --horizontal-pod-autoscaler-tolerance=0 ends that, for all HPAs.\n"
}

// Swallows tells whether an HPA with a tolerance of 10 % does not follow some change
// between two sizes.
func Swallows(low, high int32) bool { return lossOf(low, high).first != 0 }
