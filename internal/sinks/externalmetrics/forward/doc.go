// Package forward passes requests for external metrics that Scaler does not have to
// the adapter that had the APIService before, in Scaler's own name. Nothing the
// adapter does reaches what Scaler serves itself: a forwarded call has a deadline, a
// limit and a breaker of its own, and discovery is answered from memory.
package forward
