package main

import "slices"

// contender is one of our policies. It has one default setting for all traces: nothing
// in its document is chosen for a trace, but for what a user knows of the own
// service, which the template has under a name.
type contender struct {
	// name is what tables call it, with "scaler/" before it.
	name string
	// title says what it is, for people.
	title string
	// kinds of traffic that it is for.
	kinds []kind
	// sweep are factors of what the document writes with {{.Factor}}, or with what is
	// multiplied with it, besides 1, dearest first. nil: it has nothing to turn.
	sweep []float64
	// of is the policy of which this one is without a part: it is in the table of
	// parts only.
	of string
	// lead is the policy for which losses are explained, one for each kind.
	lead bool
	// spec is the ScalingPolicy's, without replicas and workload. These are there:
	// {{.Amount}} of load that a replica is to have, {{.Capacity}} of a replica in a
	// second, {{.Service}} and {{.StartUp}}, {{.Wait}} and {{.Latency}} of the objective,
	// {{.Budget}} of late arrivals as a share, {{.Factor}}, {{times .Capacity .Factor}}, {{stretch .Wait .Factor}};
	// and as elements of signals: {{template "requests" .}}, {{template "latency" .}},
	// {{template "backlog" .}}, {{template "inflight" .}}, {{template "messages" .}} and
	// {{template "oldest" .}}, whose age depends on the table.
	spec string
}

// usualSweep finds 0.1 % and 1 % for proportional policies.
func usualSweep() []float64 {
	return []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.45, 1.7, 2, 3, 5}
}

// shortSweep is for policies that keep a budget by themselves.
func shortSweep() []float64 { return []float64{0.5, 0.7, 0.85, 0.95, 1.1, 1.3, 1.6} }

// ours are our policies, and what they are without one of their parts.
func ours() []contender {
	return append(slices.Concat(oursOfRequests(), oursOfQueues()), contender{
		name: "per-replica", title: "perReplica, a replica at 0.7 of its capacity", kinds: kinds(), sweep: usualSweep(),
		spec: `
  signals: [{{if .Queue}}{{template "messages" .}}{{else}}{{template "requests" .}}{{end}}]
  demand: [{name: load, perReplica: {signal: {{if .Queue}}messages{{else}}requests{{end}}, amount: {{.Amount}}}}]
`,
	})
}

func oursOfRequests() []contender {
	return []contender{
		{
			name: "auto", title: "auto: follows the traffic and the days before", kinds: []kind{requests}, sweep: shortSweep(), lead: true,
			spec: `
  signals: [{{template "requests" .}}]
  demand: [{name: traffic, auto: {requests: {signal: requests, perReplica: {{times .Capacity .Factor}}, startUp: {{.StartUp}}, late: "{{times .Budget 100}}%"}}}]
`,
		},
		{
			name: "auto-without-season", title: "auto without the days before", kinds: []kind{requests}, of: "auto",
			spec: `
  signals: [{{template "requests" .}}]
  demand: [{name: traffic, rate: {signal: requests, perReplica: {{.Capacity}}, startUp: {{.StartUp}}, late: "{{times .Budget 100}}%"}}]
`,
		},
		{
			name: "auto-without-margin", title: "auto with a fixed margin of 1.4", kinds: []kind{requests}, of: "auto",
			spec: `
  signals: [{{template "requests" .}}]
  demand:
    - {name: traffic, rate: {signal: requests, perReplica: {{.Capacity}}, startUp: {{.StartUp}}, margin: 1.4}}
    - {name: usual, seasonal: {signal: requests, perReplica: {{.Capacity}}, startUp: {{.StartUp}}}}
`,
		},
		{
			name: "auto-without-churn", title: "auto, with orders kept for a start-up alone", kinds: []kind{requests}, of: "auto",
			spec: `
  signals: [{{template "requests" .}}]
  demand: [{name: traffic, auto: {requests: {signal: requests, perReplica: {{.Capacity}}, startUp: {{.StartUp}}, churn: 0s, late: "{{times .Budget 100}}%"}}}]
`,
		},
		{
			name: "auto-learned", title: "auto that is told neither what a replica carries nor how long it starts", kinds: []kind{requests}, of: "auto",
			spec: `
  signals: [{{template "requests" .}}, {{template "latency" .}}]
  demand: [{name: traffic, auto: {requests: {signal: requests, capacity: {latency: latency, within: {{.Latency}}}, late: "{{times .Budget 100}}%"}}}]
`,
		},
	}
}

func oursOfQueues() []contender {
	return []contender{
		{
			name: "auto", title: "auto of a queue: starts every message in time", kinds: []kind{queue, patient}, sweep: shortSweep(), lead: true,
			spec: `
  signals: [{{template "backlog" .}}, {{template "inflight" .}}, {{template "oldest" .}}]
  demand: [{name: drain, auto: {queue: {backlog: backlog, inFlight: inflight, oldestAge: oldest, within: {{stretch .Wait .Factor}}, serviceTime: {{.Service}}, startUp: {{.StartUp}}}}}]
`,
		},
		{
			name: "auto-with-arrivals", title: "auto that reads arrivals too, and so knows the days before", kinds: []kind{queue, patient}, of: "auto",
			spec: `
  signals: [{{template "backlog" .}}, {{template "inflight" .}}, {{template "oldest" .}}, {{template "requests" .}}]
  demand: [{name: drain, auto: {queue: {backlog: backlog, inFlight: inflight, oldestAge: oldest, arrivals: requests, within: {{.Wait}}, serviceTime: {{.Service}}, startUp: {{.StartUp}}}}}]
`,
		},
		{
			name: "auto-of-backlog", title: "auto that reads the backlog alone", kinds: []kind{queue, patient}, of: "auto",
			spec: `
  signals: [{{template "backlog" .}}]
  demand: [{name: drain, auto: {queue: {backlog: backlog, within: {{.Wait}}, serviceTime: {{.Service}}, startUp: {{.StartUp}}}}}]
`,
		},
		{
			name: "auto-without-age", title: "auto that reads no age of the oldest message", kinds: []kind{queue, patient}, of: "auto",
			spec: `
  signals: [{{template "backlog" .}}, {{template "inflight" .}}]
  demand: [{name: drain, auto: {queue: {backlog: backlog, inFlight: inflight, within: {{.Wait}}, serviceTime: {{.Service}}, startUp: {{.StartUp}}}}}]
`,
		},
		{
			name: "auto-learned-queue", title: "auto that is told neither how long a message takes nor how long a replica starts, but what arrives", kinds: []kind{queue, patient}, of: "auto",
			spec: `
  signals: [{{template "backlog" .}}, {{template "inflight" .}}, {{template "oldest" .}}, {{template "requests" .}}]
  demand: [{name: drain, auto: {queue: {backlog: backlog, inFlight: inflight, oldestAge: oldest, arrivals: requests, within: {{.Wait}}}}}]
`,
		},
	}
}
