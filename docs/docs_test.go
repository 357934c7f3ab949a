// Package docs_test compares the documentation with what it describes.
package docs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/sinks/ecs"
	"github.com/scaler-dev/scaler/internal/sinks/externalmetrics/forward"
	promsink "github.com/scaler-dev/scaler/internal/sinks/prometheus"
)

// requirement is a module that a go.mod requires.
type requirement struct {
	Path     string
	Version  string
	Indirect bool
}

// TestDependenciesAreExplained holds the table of dependencies.md to go.mod: every
// direct requirement has a row with its version, and every row is required.
func TestDependenciesAreExplained(t *testing.T) {
	explained := rows(t, "dependencies.md")
	required := map[string]string{}
	for _, r := range requirements(t, "../tools/go.mod") {
		required[r.Path] = r.Version
	}
	for _, r := range requirements(t, "../go.mod") {
		required[r.Path] = r.Version
		if !r.Indirect {
			require.Equalf(t, r.Version, explained[r.Path], "dependencies.md needs a row for %s with the version of go.mod", r.Path)
		}
	}
	for path, version := range explained {
		require.Equalf(t, version, required[path], "dependencies.md has a row for %s, which go.mod does not require", path)
	}
}

// TestRecordsAreListed holds adr/README.md to the records.
func TestRecordsAreListed(t *testing.T) {
	index, err := os.ReadFile(filepath.Join("adr", "README.md"))
	require.NoError(t, err)
	records, err := filepath.Glob(filepath.Join("adr", "0*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, records)
	for _, r := range records {
		require.Contains(t, string(index), "("+filepath.Base(r)+")")
	}
}

// TestTheReadmeExplains: the trail in README.md is one that was computed.
func TestTheReadmeExplains(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	trail, err := os.ReadFile(filepath.Join("..", "internal", "demo", "testdata", "second_day.txt"))
	require.NoError(t, err)
	require.Contains(t, string(readme), "```text\n"+string(trail)+"```\n")
}

// link is a Markdown link to something in the repository.
var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestLinksLead checks every relative link of the repository's Markdown.
func TestLinksLead(t *testing.T) {
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, l := range link.FindAllStringSubmatch(string(text), -1) {
			require.FileExistsf(t, existing(filepath.Join(filepath.Dir(page), l[1])), "%s links to %s", page, l[1])
		}
	}
}

// existing is the path itself, or for a folder some file of it.
func existing(path string) string {
	if files, err := filepath.Glob(filepath.Join(path, "*")); err == nil && len(files) > 0 {
		return files[0]
	}
	return path
}

// fence is a block of YAML.
var fence = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestBlocksLoad loads every block of the Markdown's YAML that is of ours. Others,
// such as a HorizontalPodAutoscaler or a fragment, do not name our API.
func TestBlocksLoad(t *testing.T) {
	lookup := func(string) (string, bool) { return "set", true }
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		blocks, ours := fence.FindAllStringSubmatch(string(text), -1), 0
		for _, block := range blocks {
			if !strings.Contains(block[1], v1alpha1.GroupVersion) {
				continue
			}
			ours++
			_, err := config.Load([]config.File{{Name: page, Data: []byte(block[1])}}, lookup)
			require.NoError(t, err)
		}
		if len(blocks) > 0 {
			require.Positivef(t, ours, "%s has YAML, and no document of ours: the rule above may have missed one", page)
		}
	}
}

// metricRow is a row of a table of metrics.
var metricRow = regexp.MustCompile("(?m)^\\| `(scaler_[a-z_]+)` \\|")

// metricName is a metric's name as prometheus.Desc shows it.
var metricName = regexp.MustCompile(`fqName: "([^"]+)"`)

// TestMetricsAreListed holds operating.md to what the loop and the sink register.
// The build's own metric is made by internal/app.
func TestMetricsAreListed(t *testing.T) {
	page, err := os.ReadFile("operating.md")
	require.NoError(t, err)
	var listed []string
	for _, row := range metricRow.FindAllStringSubmatch(string(page), -1) {
		listed = append(listed, row[1])
	}
	registered := &kept{}
	runner.NewMetrics(registered)
	registered.MustRegister(promsink.New(func() time.Duration { return 0 }))
	registered.MustRegister(runner.NewStanding(func() *runner.Status { return nil }))
	forward.NewMetrics(registered)
	registered.MustRegister(ecs.NewFloors(func() signals.Instant { return signals.Instant{} }))
	awsx.NewMetrics(registered)
	want := append(registered.names(), "scaler_build_info", "scaler_leader", "scaler_serving_certificate_expiry_timestamp_seconds")
	slices.Sort(want)
	require.Equal(t, slices.Compact(want), listed, "operating.md lists each metric once, in the order of their names")
}

// kept is a registerer that keeps what is registered.
type kept struct{ all []prometheus.Collector }

func (k *kept) Register(c prometheus.Collector) error {
	k.all = append(k.all, c)
	return nil
}

func (k *kept) MustRegister(cs ...prometheus.Collector) { k.all = append(k.all, cs...) }
func (k *kept) Unregister(prometheus.Collector) bool    { return false }

func (k *kept) names() []string {
	var names []string
	for _, c := range k.all {
		descs := make(chan *prometheus.Desc, 64)
		c.Describe(descs)
		close(descs)
		for d := range descs {
			names = append(names, metricName.FindStringSubmatch(d.String())[1])
		}
	}
	return names
}

// versionCell is a cell that holds a version.
var versionCell = regexp.MustCompile(`^ v[0-9]`)

func pages(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"../*.md", "*.md", "*/*.md", "../internal/*/README.md", "../internal/*/*/README.md", "../bench/*/README.md", "../bench/*.md", "../deploy/*/README.md"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		found = append(found, files...)
	}
	require.NotEmpty(t, found)
	return found
}

func requirements(t *testing.T, file string) []requirement {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", file).Output()
	require.NoError(t, err)
	var mod struct{ Require []requirement }
	require.NoError(t, json.Unmarshal(out, &mod))
	require.NotEmpty(t, mod.Require)
	return mod.Require
}

// rows reads module and version from the tables of a page.
func rows(t *testing.T, page string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	versions := map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) > 3 && versionCell.MatchString(cells[2]) {
			versions[strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2])
		}
	}
	require.NotEmpty(t, versions)
	return versions
}
