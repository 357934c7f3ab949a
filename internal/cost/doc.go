// Package cost tells what documents will cost at AWS: calls, money, what sharing
// them saves, and how near they come to an account's limits. It knows no source: it
// multiplies what sources say that they will call.
package cost
