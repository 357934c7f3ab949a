package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"
)

// report prints what was measured.
func report(w io.Writer, s settings, all []*subject) {
	fmt.Fprintf(w, "measured for %s; %d cores, %s %s/%s\n", s.run, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(w, "one scrape signal read every %s and published every %s\nover TLS; memory and time as /proc has them\n\n", s.interval, s.interval)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tsize MiB\tRSS max MiB\tof it anonymous\tRSS at the end\tCPU of a core\tCPU after the start\tpublished\t")
	for _, b := range all {
		whole, steady := b.share()
		fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f %%\t%.2f %%\t%d\t\n", b.name, float64(b.size)/(1<<20),
			b.worst.total, b.worst.anonymous, b.last.total, whole, steady, b.published)
	}
	_ = t.Flush()
	verdict := "within"
	if all[0].tooMuch(s) {
		verdict = "ABOVE"
	}
	fmt.Fprintf(w, "\nthe program without Kubernetes is %s the bounds: %.0f MiB, %g %% of a core over %s, its start included\n",
		verdict, s.maxRSS, s.maxCPU, s.run.Round(time.Second))
}
