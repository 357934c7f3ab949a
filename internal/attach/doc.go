// Package attach connects a policy with Application Auto Scaling: the scalable
// target of an ECS service, and the target-tracking policy that follows what Scaler
// publishes. It reads what there is, compares it with what a document wants, which is
// pure, and then acts. What somebody else made is told and left alone.
package attach
