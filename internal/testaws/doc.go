// Package testaws is AWS for tests: moto_server where its answers are right, and
// small servers for CloudWatch over CBOR, for faults and for limits.
package testaws
