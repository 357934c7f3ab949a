package policy

import "github.com/scaler-dev/scaler/internal/signals"

// Past is what a provider remembers of a signal, and which of it is believed. Demands
// may learn of it what is usual; it is never a level, and lowers nothing by itself.
type Past struct {
	Signal   string
	Past     *signals.Past
	Min, Max float64
}
