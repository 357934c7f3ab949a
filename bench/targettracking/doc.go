// Package targettracking is our model of target tracking, as Application Auto
// Scaling documents it for services of Amazon ECS. It is a model: AWS publishes
// neither the arithmetic nor the alarms' exact shape, and nothing here was held
// against a real account. What is documented is a named test; what had to be
// assumed is a parameter, or listed here. It reads no clock and does no I/O: equal
// steps give equal results.
//
// Documented, and where:
//
//   - how alarms treat missing data, their evaluation range and the premature alarm
//     state: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing
//     data". The alarms of target tracking have the default, missing;
//   - proportional scale-out, conservative scale-in, cooldowns, several policies,
//     insufficient data, real zeros: Application Auto Scaling User Guide, "How target
//     tracking scaling works";
//   - the range, and what pulls capacity inside it: "Application Auto Scaling
//     concepts", RegisterScalableTarget, ScalableTargetAction;
//   - suspended scaling: "Suspending and resuming scaling";
//   - no scale-in during a deployment: Amazon ECS Developer Guide, "Automatically
//     scale your Amazon ECS service".
//
// Assumed:
//
//   - alarms of 3 × 60 s above the target and 15 × 60 s more than a tenth below it, as
//     users report them: parameters, which FromAlarms reads from real ones;
//   - alarms are evaluated once a period, at its end plus Settings.Delay, and act at
//     each evaluation that finds them in ALARM;
//   - capacity becomes ceil(count × metric ÷ target), with the newest datapoint; the
//     count is Settings.Multiplier;
//   - while a scale-out cooldown lasts, what it added already is taken off what would
//     be added; each scale-out begins it anew and adds to that;
//   - at 0, Settings.WakeAfter datapoints above the target add one task.
package targettracking
