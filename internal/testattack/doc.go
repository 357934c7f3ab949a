// Package testattack sends an external metrics API what nobody with good intentions
// would, and judges the answers. It knows nothing of the server, so that the same
// requests go to one in a test and to one behind a real cluster.
package testattack
