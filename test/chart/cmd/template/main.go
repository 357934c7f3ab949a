// Template prints the objects of the chart, as helm template does: for tests that
// apply them, and for who has no helm.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/strvals"

	"github.com/scaler-dev/scaler/test/chart/render"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("template", flag.ContinueOnError)
	chart := flags.String("chart", "../../charts/scaler", "the chart's directory")
	hooks := flags.Bool("hooks", false, "print hooks and tests too")
	notes := flags.Bool("notes", false, "print the notes and nothing else")
	o := render.Options{Values: map[string]any{}}
	flags.StringVar(&o.Release, "release", "scaler", "the release's name")
	flags.StringVar(&o.Namespace, "namespace", "scaler", "the release's namespace")
	flags.StringVar(&o.KubeVersion, "kube-version", "", "the cluster's version")
	flags.Func("f", "a file of values; may be repeated", func(file string) error {
		values, err := render.Values(file)
		o.Values = chartutil.CoalesceTables(values, o.Values)
		return err
	})
	flags.Func("set", "a value, as in replicas=1; may be repeated", func(s string) error {
		return strvals.ParseInto(s, o.Values)
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	release, err := render.Chart(*chart, o)
	if err != nil {
		return err
	}
	if *notes {
		_, err = io.WriteString(out, release.Notes)
		return err
	}
	for _, object := range release.Objects {
		if object.Hook() && !*hooks {
			continue
		}
		if _, err := fmt.Fprintf(out, "---\n# Source: %s\n%s", object.Template, object.YAML); err != nil {
			return err
		}
	}
	return nil
}
