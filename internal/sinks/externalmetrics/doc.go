// Package externalmetrics serves decisions and signals in the Kubernetes external
// metrics API, from memory alone: a request reads an immutable board and waits for
// nothing.
package externalmetrics
