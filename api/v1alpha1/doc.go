// Package v1alpha1 holds the documents that users write: SignalProvider,
// ScalingPolicy and ScalerConfig, with their defaults and their validation.
//
// Unions are structs of pointers of which exactly one is set; they carry the
// struct tag `union:"..."` on the embedding field, which decoding, validation
// and the JSON Schema all read.
package v1alpha1
