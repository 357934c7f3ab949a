package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/console"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/runner"
	"github.com/scaler-dev/scaler/internal/signals"
)

// TestScripts runs the scripts of testdata/script, which read as documentation.
// Each finds a daemon's ops server at $OPS, another server at $OTHER, one that
// answers JSON at $JSON, and nobody at the address $NOBODY.
func TestScripts(t *testing.T) {
	ops := httptest.NewServer(console.New(console.Settings{
		Status: status, Mono: func() time.Duration { return time.Hour }, Lift: func(string) bool { return true },
	}))
	t.Cleanup(ops.Close)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>\x1b[31mhello</html>")
	}))
	t.Cleanup(other.Close)
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status": "up"}`)
	}))
	t.Cleanup(foreign.Close)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("OPS", ops.URL)
			e.Setenv("OTHER", other.URL)
			e.Setenv("JSON", foreign.URL)
			e.Setenv("NOBODY", closed(t))
			e.Setenv("TAKEN", ops.Listener.Addr().String())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "eventually": eventually},
	})
}

// exits runs a command that must end with a code: exits 3 scaler validate ….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if e := (interface{ ExitCode() int })(nil); errors.As(err, &e) {
		code = e.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// eventually repeats a command until it succeeds and prints a text:
// eventually TEXT scaler explain ….
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually TEXT COMMAND...")
	}
	for range 200 {
		if err := ts.Exec(args[1], args[2:]...); err == nil && strings.Contains(ts.ReadFile("stdout"), args[0]) {
			return
		}
		time.Sleep(100 * time.Millisecond) // a real process is being waited for
	}
	ts.Fatalf("it never printed %q, at last:\n%s%s", args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
}

// closed is an address that nobody listens on.
func closed(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func status() *runner.Status {
	value, now := 37.0, signals.Instant{Wall: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Mono: time.Hour}
	orders := policy.Decision{
		Policy: policy.ID{Namespace: "shop", Name: "orders-worker"}, At: now, Desired: policy.Replicas(9), Previous: new(int32(9)),
		Workload: policy.Workload{State: policy.WorkloadNone},
		Signals: []policy.Reading{{
			Name: "backlog", Provider: "aws", State: signals.StateFresh, Value: &value, MayLower: true, Age: 8 * time.Second,
		}},
		Proposals: []policy.Proposal{{Demand: "drain", State: policy.Proposed, Replicas: 4, MayLower: true, Signal: "backlog", Value: 37, Divisor: 10}},
		Trail: []policy.Step{
			{Stage: policy.StageCombine, Reason: policy.ReasonLargest, Before: 9, After: 4, Subject: "drain"},
			{Stage: policy.StageDoubt, Reason: policy.ReasonConfirmed, Before: 4, After: 4},
			{Stage: policy.StageStabilize, Reason: policy.ReasonScaleInWindow, Before: 4, After: 9, Bound: 9, Until: now.Mono + 192*time.Second},
			{Stage: policy.StageLimit, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
			{Stage: policy.StageClamp, Reason: policy.ReasonUnchanged, Before: 9, After: 9},
		},
		DataAt: now.Wall.Add(-8 * time.Second), Expires: now.Mono + time.Minute,
	}
	web := orders
	web.Policy.Name, web.Desired = "web", policy.Unknown("missing")
	web.Trail = []policy.Step{{Stage: policy.StageFailSafe, Reason: policy.ReasonHold, Before: 9, After: 9, Subject: "backlog"}}
	return &runner.Status{Now: now, Interval: time.Second, Decisions: []policy.Decision{orders, web}}
}

func host(args ...string) (Host, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	return Host{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &err,
		LookupEnv: func(string) (string, bool) { return "", false }, Program: "scaler", Version: "v1.2.3",
	}, &out, &err
}

// TestEveryCommandHasAnExample walks all commands, help and completion included.
func TestEveryCommandHasAnExample(t *testing.T) {
	h, _, _ := host()
	seen := map[string]bool{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		seen[c.Name()] = true
		require.NotEmpty(t, c.Example, c.CommandPath())
		require.NotEmpty(t, c.Short, c.CommandPath())
		require.Contains(t, c.Example, "scaler", c.CommandPath())
		for line := range strings.SplitSeq(c.Example, "\n") {
			require.True(t, strings.HasPrefix(line, "  "), "%s: %q", c.CommandPath(), line)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(h))
	for _, name := range []string{"scaler", "run", "demo", "validate", "explain", "doctor", "generate", "hpa", "rbac", "ecs", "attach", "detach", "status", "schema", "version", "completion", "help"} {
		require.True(t, seen[name], name)
	}
}

func TestVersionOfAPlainBuild(t *testing.T) {
	h, out, _ := host("version")
	h.Version = ""
	require.Equal(t, exitOK, Main(t.Context(), h))
	require.Contains(t, out.String(), "scaler devel (")
}

func TestHelpShowsTheExample(t *testing.T) {
	h, out, _ := host("run", "--help")
	require.Equal(t, exitOK, Main(t.Context(), h))
	require.Contains(t, out.String(), "Examples:\n  scaler run -f scaler.yaml\n")
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer hang.Close()
	h, _, stderr := host("explain", "shop/orders-worker", "--address", hang.URL)
	require.Equal(t, exitInterrupted, Main(ctx, h))
	require.Empty(t, stderr.String())
}

func TestSchemaIsJSON(t *testing.T) {
	h, out, _ := host("schema")
	require.Equal(t, exitOK, Main(t.Context(), h))
	require.True(t, json.Valid(out.Bytes()))
}

// TestFullDisk: what cannot be printed is a failure.
func TestFullDisk(t *testing.T) {
	for _, args := range [][]string{{"schema"}, {"version"}, {"version", "-o", "json"}} {
		h, _, _ := host(args...)
		h.Stdout = fullDisk{}
		require.Equal(t, exitFailure, Main(t.Context(), h), args)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestColourOnATerminalOnly(t *testing.T) {
	h, _, _ := host()
	require.False(t, h.text().Colour, "a buffer is no terminal")
	f, err := os.Create(t.TempDir() + "/out")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	h.Stdout = f
	require.False(t, h.text().Colour, "a file is no terminal")

	tty, err := os.OpenFile("/dev/null", os.O_WRONLY, 0) // a character device, as a terminal is
	require.NoError(t, err)
	defer func() { require.NoError(t, tty.Close()) }()
	h.Stdout = tty
	require.True(t, h.text().Colour)
	for name, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		h.LookupEnv = func(asked string) (string, bool) { return value, asked == name }
		require.False(t, h.text().Colour, name)
	}
}

func TestShown(t *testing.T) {
	require.Equal(t, "a b [31mc", shown("a\nb\x1b[31mc"))
	require.Len(t, []rune(shown(strings.Repeat("é", 2000))), maxShown+1)
}

func TestParseID(t *testing.T) {
	id, err := parseID("shop/orders-worker")
	require.NoError(t, err)
	require.Equal(t, policy.ID{Namespace: "shop", Name: "orders-worker"}, id)
	for _, bad := range []string{"", "shop", "/", "shop/", "/web", "shop/../x", "shop/a/b", "shop/a?b", "Shop/a", "shop/-a", "shop/" + strings.Repeat("a", 64)} {
		_, err := parseID(bad)
		require.Equal(t, exitUsage, codeOf(err), bad)
	}
}
