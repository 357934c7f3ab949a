package main

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
	// {{.Budget}} of late arrivals as a share, {{.Factor}}, {{times .Capacity .Factor}};
	// and as elements of signals: {{template "requests" .}}, {{template "latency" .}},
	// {{template "backlog" .}}, {{template "inflight" .}}, {{template "messages" .}} and
	// {{template "oldest" .}}, whose age depends on the table.
	spec string
}

// usualSweep finds 0.1 % and 1 % for proportional policies.
func usualSweep() []float64 {
	return []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.45, 1.7, 2, 3, 5}
}

// ours are our policies, and what they are without one of their parts.
func ours() []contender {
	return []contender{
		{
			name: "per-replica", title: "perReplica, a replica at 0.7 of its capacity", kinds: []kind{requests, queue}, sweep: usualSweep(), lead: true,
			spec: `
  signals: [{{if .Queue}}{{template "messages" .}}{{else}}{{template "requests" .}}{{end}}]
  demand: [{name: load, perReplica: {signal: {{if .Queue}}messages{{else}}requests{{end}}, amount: {{.Amount}}}}]
`,
		},
	}
}
