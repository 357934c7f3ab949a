package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/bench/advise"
	replays "github.com/scaler-dev/scaler/bench/replay"
	"github.com/scaler-dev/scaler/bench/trial"
	"github.com/scaler-dev/scaler/internal/config"
)

// advising are the flags of advise.
type advising struct {
	files       *[]string
	out         *output
	trace       string
	slo         time.Duration
	budget      string
	queue       bool
	capacity    float64
	serviceTime time.Duration
	startUp     time.Duration
	most        int32
}

func newAdvise(h Host) *cobra.Command {
	a := &advising{}
	cmd := &cobra.Command{
		Use:   "advise --trace FILE --capacity N",
		Short: "Try the policies on your traffic, and tell which to use and what it costs",
		Long: `Advise replays recorded traffic over Scaler's policies and prints which to use, the
document to paste, what it would cost beside what runs today, and how sure it is. Where
no policy keeps the budget it says what would: a faster start, a reserve of replicas, or
time to wait.

The traffic is a CSV of timestamp,value, as scaler record writes it. What runs today is
the policy of the files with their Replay document; without files it is what people run
by default: the HPA at 70 % of the capacity, or KEDA with five messages a replica.`,
		Example: `  scaler advise --trace traffic.csv --slo 1s --budget 0.1% --capacity 150 --start-up 60s
  scaler advise --trace traffic.csv --queue --slo 30s --service-time 200ms --start-up 60s
  scaler advise -f examples/replay.yaml`,
		Args: cobra.NoArgs,
	}
	a.files = filesFlag(cmd)
	a.out = outputFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&a.trace, "trace", "", "a CSV `FILE` of traffic")
	f.DurationVar(&a.slo, "slo", time.Second, "what a request, or a message from its arrival to its end, may take")
	f.StringVar(&a.budget, "budget", "0.1%", "the `SHARE` that may take longer")
	f.BoolVar(&a.queue, "queue", false, "the traffic is messages that wait in a queue")
	f.Float64Var(&a.capacity, "capacity", 0, "how many a replica serves in a second")
	f.DurationVar(&a.serviceTime, "service-time", 100*time.Millisecond, "how long a replica takes for one")
	f.DurationVar(&a.startUp, "start-up", time.Minute, "from the order of a replica until it serves")
	f.Int32Var(&a.most, "max", 0, "replicas at most; 0: five times what the peak needs")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.run(cmd, h) }
	return cmd
}

func (a *advising) run(cmd *cobra.Command, h Host) error {
	ask, err := a.ask(h)
	if err != nil {
		return err
	}
	bar := newProgress(h.Stderr, ask.Name)
	ask.Progress = bar.show
	got, err := advise.New(cmd.Context(), ask)
	bar.end()
	if err != nil {
		return fmt.Errorf("advise on %s: %w", ask.Name, err)
	}
	return a.out.print(h.Stdout, got, got.Text)
}

func (a *advising) ask(h Host) (advise.Ask, error) {
	ask := advise.Ask{Queue: a.queue, Within: a.slo, Max: a.most}
	var err error
	if ask.Budget, err = trial.ParseShare(a.budget); err != nil {
		return ask, usage(fmt.Errorf("--budget: %w", err), "write a share, as in --budget 0.1%")
	}
	replayed := &v1alpha1.Replay{}
	if len(*a.files) > 0 {
		docs, err := readDocuments(h, *a.files)
		if err != nil {
			return ask, err
		}
		if replayed, err = a.today(&ask, docs); err != nil {
			return ask, err
		}
	} else {
		p := &replayed.Spec.Plant
		if p.Capacity = v1alpha1.Number(a.capacity); a.capacity <= 0 && !a.queue {
			return ask, usage(errors.New("--capacity is missing"), "say how many requests one replica serves in a second, as in --capacity 150; a load test tells")
		}
		p.ServiceTime.Duration, p.StartUp.Median.Duration = a.serviceTime, a.startUp
		replayed.Default()
		p.Step.Duration = 5 * time.Second
	}
	ask.Plant = replayed.Spec.Plant
	if a.trace == "" {
		return ask, usage(errors.New("no traffic is named"), "add --trace traffic.csv; scaler record writes one")
	}
	if ask.Within < ask.Plant.ServiceTime.Duration {
		return ask, usage(fmt.Errorf("--slo %s is less than the service time %s: everything would be late", ask.Within, ask.Plant.ServiceTime), "give more time, or a smaller --service-time")
	}
	ask.Name = filepath.Base(a.trace)
	ask.Trace, err = readTrace(a.trace, replayed, h.Stderr)
	return ask, err
}

// today takes what runs from the documents: its policy, the model and the objective.
func (a *advising) today(ask *advise.Ask, docs *config.Documents) (*v1alpha1.Replay, error) {
	r := &replaying{}
	doc, err := r.document(docs)
	if err != nil {
		return nil, err
	}
	ask.Today, ask.TodayReplay = docs.Policies[0], doc
	if doc.Spec.Policy != "" {
		if ask.Today, err = findPolicy(docs, doc.Spec.Policy); err != nil {
			return nil, err
		}
	}
	if a.trace == "" && doc.Spec.Trace != nil {
		a.trace = doc.Spec.Trace.File
	}
	ask.Within = doc.Spec.Objective.Latency.Duration
	ask.Min, ask.Max = ask.Today.Spec.Replicas.Min, ask.Today.Spec.Replicas.Max
	for name, b := range replays.Bindings(ask.Today, doc) {
		switch b.Quantity { //nolint:exhaustive // the others tell nothing of the traffic
		case v1alpha1.QueueVisible, v1alpha1.QueueMessages, v1alpha1.QueueOldestAge:
			ask.Queue = true
		case v1alpha1.Arrivals:
			if s, ok := doc.Spec.Sampling[name]; ok {
				ask.Sampling = &s
			}
		}
	}
	return doc, nil
}
