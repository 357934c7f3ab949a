package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/testgolden"
)

func load(t *testing.T, docs ...string) *config.Documents {
	t.Helper()
	d, err := config.Load([]config.File{{Name: "dir/test.yaml", Data: []byte(strings.Join(docs, "\n---\n"))}}, lookup)
	require.NoError(t, err)
	return d
}

const awsDoc = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec:
  aws: {region: eu-west-1}`

const policyDoc = `
apiVersion: scaler.dev/v1alpha1
kind: ScalingPolicy
metadata: {name: %s, namespace: %s}
spec:
  replicas: {min: 1, max: 50}
  signals:
    - {name: backlog, provider: aws, sqs: {queue: orders}}
  demand:
    - {name: drain, perReplica: {signal: backlog, amount: 10}}`

func policy(namespace, name string) string { return fmt.Sprintf(policyDoc, name, namespace) }

func TestLoadDefaultsEverything(t *testing.T) {
	t.Parallel()
	d := load(t, awsDoc, policy("shop", "orders"))
	require.Equal(t, v1alpha1.ProtocolCBOR, d.Providers["aws"].Spec.AWS.Protocol)
	require.Equal(t, "127.0.0.1:8080", d.Config.Spec.Ops.Listen)
	require.Nil(t, d.Config.Spec.ExternalMetrics)
	require.Equal(t, time.Second, d.Config.Spec.Tick.Duration)

	text, err := json.MarshalIndent(d.Policies[0], "", "  ")
	require.NoError(t, err)
	testgolden.Equal(t, "testdata/good/defaults.json", string(text)+"\n")
}

func TestLoadSortsPolicies(t *testing.T) {
	t.Parallel()
	d := load(t, policy("b", "a"), awsDoc, policy("a", "z"), policy("a", "b"))
	names := make([]string, 0, len(d.Policies))
	for _, p := range d.Policies {
		names = append(names, p.Metadata.Namespace+"/"+p.Metadata.Name)
	}
	require.Equal(t, []string{"a/b", "a/z", "b/a"}, names)
}

// A file that was emptied or cut off must not end the policies that run.
func TestLoadRefusesNothing(t *testing.T) {
	t.Parallel()
	const want = "x.yaml: holds no document; write one, or leave the file out"
	sound := config.File{Name: "sound.yaml", Data: []byte(awsDoc)}
	for _, text := range []string{"", "\n", "---\n---\n", "# only a comment\n", "null\n", "\ufeff"} {
		empty := config.File{Name: "x.yaml", Data: []byte(text)}
		_, err := config.Load([]config.File{empty}, lookup)
		require.EqualError(t, err, want, "%q", text)
		_, err = config.Load([]config.File{sound, empty}, lookup)
		require.EqualError(t, err, want, "%q", text)
	}
	_, err := config.Load(nil, lookup)
	require.EqualError(t, err, "no document is given")
}

func TestLoadSkipsTheByteOrderMark(t *testing.T) {
	t.Parallel()
	mark := "\ufeff"
	for _, text := range []string{strings.TrimSpace(awsDoc), "---" + awsDoc, `{"apiVersion": "scaler.dev/v1alpha1", "kind": "SignalProvider",
		"metadata": {"name": "aws"}, "spec": {"aws": {"region": "eu-west-1"}}}`} {
		d, err := config.Load([]config.File{{Name: "x.yaml", Data: []byte(mark + text)}}, lookup)
		require.NoError(t, err, text)
		require.Equal(t, 1, d.Count)
		require.Equal(t, "eu-west-1", d.Providers["aws"].Spec.AWS.Region)
	}
	_, err := config.Load([]config.File{{Name: "x.yaml", Data: []byte(mark + "kinds: ScalerConfig")}}, lookup)
	require.ErrorContains(t, err, "x.yaml:1:1: kind: is required") // as editors count
}

// Of tabs YAML's own messages show the tab itself.
func TestTabs(t *testing.T) {
	t.Parallel()
	for text, at := range map[string]string{
		"a:\n\tb: 1\n": "2:1", "a:\n  b: 1\n\tc: 1\n": "3:1", "a:\n  b:\n  \tc: 1\n": "3:3", "-\tb: 1\n": "1:3", "a:\n  b: |\n\tx\n": "3:1",
	} {
		_, err := config.Load([]config.File{{Name: "x.yaml", Data: []byte(text)}}, lookup)
		require.EqualError(t, err, "x.yaml:"+at+": a tab; YAML is indented with spaces", "%q", text)
	}
}

func TestLoadJSON(t *testing.T) {
	t.Parallel()
	d := load(t, `{"apiVersion": "scaler.dev/v1alpha1", "kind": "SignalProvider", "metadata": {"name": "p"},
		"spec": {"prometheus": {"url": "http://h:9090"}}}`)
	require.Equal(t, "http://h:9090", d.Providers["p"].Spec.Prometheus.URL)
}

func TestLoadExpandsTheEnvironment(t *testing.T) {
	t.Parallel()
	d := load(t, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: prom}
spec:
  prometheus:
    url: http://prometheus:${env:PORT}/$${x}
    auth: {bearer: {token: "${env:TOKEN}"}}
    headers: {X-A: "a${env:TOKEN}b"}
`, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: trace}
spec:
  trace: {file: day.csv, speed: "${env:SPEED}", repeat: "${env:REPEAT}"}
`, `
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec:
  ops: {listen: "127.0.0.1:${env:PORT}"}
`)
	p := d.Providers["prom"].Spec.Prometheus
	require.Equal(t, "http://prometheus:9090/${x}", p.URL)
	require.Equal(t, "hunter2", p.Auth.Bearer.Token.Reveal())
	require.Equal(t, "ahunter2b", p.Headers["X-A"].Reveal())
	require.InDelta(t, 4, float64(d.Providers["trace"].Spec.Trace.Speed), 0)
	require.True(t, d.Providers["trace"].Spec.Trace.Repeat)
	require.Equal(t, "127.0.0.1:9090", d.Config.Spec.Ops.Listen)
}

func TestSecretsNeverShow(t *testing.T) {
	t.Parallel()
	d := load(t, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: prom}
spec:
  prometheus:
    url: https://prometheus
    auth: {bearer: {token: "${env:TOKEN}"}}
    headers: {X-A: hunter2}
`, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: web}
spec:
  http: {url: "https://web", auth: {basic: {username: u, password: hunter2}}}
`, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec:
  aws: {region: eu-west-1, roleARN: "arn:aws:iam::123456789012:role/r", externalID: hunter2}
`)
	var logged bytes.Buffer
	for _, p := range d.Providers {
		text, err := json.Marshal(p)
		require.NoError(t, err)
		require.Contains(t, string(text), "secret")
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("loaded", "provider", p)
		slog.New(slog.NewTextHandler(&logged, nil)).Info("loaded", "provider", p)
		for _, c := range []any{p.Spec.AWS, p.Spec.Prometheus, p.Spec.HTTP} {
			logged.WriteString(string(text) + fmt.Sprintf("%v %+v %#v %s", c, c, c, c))
		}
		secrets(&logged, p.Spec)
	}
	require.NotContains(t, logged.String(), "hunter2")
}

// secrets prints what holds secrets with every verb, without a pointer between.
func secrets(w *bytes.Buffer, s v1alpha1.SignalProviderSpec) {
	var all []any
	if s.AWS != nil {
		all = append(all, *s.AWS)
	}
	if s.Prometheus != nil {
		all = append(all, *s.Prometheus, *s.Prometheus.Auth.Bearer, s.Prometheus.Headers)
	}
	if s.HTTP != nil {
		all = append(all, *s.HTTP, *s.HTTP.Auth.Basic, s.HTTP.Auth.Basic.Password)
	}
	for _, v := range all {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(w, verb, v)
		}
	}
}

func TestLoadResolvesPaths(t *testing.T) {
	t.Parallel()
	d := load(t, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: prom}
spec:
  prometheus: {url: "https://h", auth: {bearer: {tokenFile: token}}, tls: {caFile: /etc/ca.pem}}
`, `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: trace}
spec:
  trace: {file: ../day.csv}
`)
	p := d.Providers["prom"].Spec.Prometheus
	require.Equal(t, filepath.Join("dir", "token"), p.Auth.Bearer.TokenFile)
	require.Equal(t, "/etc/ca.pem", p.TLS.CAFile)
	require.Equal(t, "day.csv", d.Providers["trace"].Spec.Trace.File)
}

func TestLoadAcceptsQueueURLs(t *testing.T) {
	t.Parallel()
	const at = `
apiVersion: scaler.dev/v1alpha1
kind: SignalProvider
metadata: {name: aws}
spec:
  aws: {region: %s, endpointURL: "%s"}`
	tests := []struct{ region, endpoint, url string }{
		{"eu-west-1", "", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"},
		{"cn-north-1", "", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders"},
		{"us-east-1", "http://127.0.0.1:5000", "http://127.0.0.1:5000/123456789012/orders"},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			t.Parallel()
			provider := strings.Replace(fmt.Sprintf(at, tt.region, tt.endpoint), `, endpointURL: ""`, "", 1)
			d := load(t, provider, strings.Replace(policy("shop", "orders"), "queue: orders", `queue: "`+tt.url+`"`, 1))
			require.Equal(t, tt.url, d.Policies[0].Spec.Signals[0].SQS.Queue)
		})
	}
}

func TestHashIsOfTheFilesBytes(t *testing.T) {
	t.Parallel()
	a, b := config.File{Name: "a.yaml", Data: []byte(awsDoc)}, config.File{Name: "b.yaml", Data: []byte(policy("shop", "orders"))}
	token := config.File{Name: "c.yaml", Data: []byte(strings.Replace(awsDoc, "name: aws", "name: other", 1) + "\n  allowedNamespaces: []")}
	load := func(env string, files ...config.File) string {
		d, err := config.Load(files, func(string) (string, bool) { return env, true })
		require.NoError(t, err)
		return d.Hash
	}
	require.Len(t, load("", a, b), 64)
	require.Equal(t, load("x", a, b), load("y", b, a))
	require.NotEqual(t, load("", a, b), load("", a, b, token))
	require.NotEqual(t, load("", a), load("", config.File{Name: "a.yaml", Data: append(slices.Clip(a.Data), '\n')}))
}

func TestFaultsOfAllFilesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]config.File{
		{Name: "z.yaml", Data: []byte("kind: [")},
		{Name: "b.yaml", Data: []byte(policy("shop", "orders"))},
		{Name: "a.yaml", Data: []byte(strings.Replace(awsDoc, "eu-west-1", "Ireland", 1))},
		{Name: "c.yaml", Data: []byte{0xff, 0xfe, 0}},
		{Name: "d.yaml", Data: bytes.Repeat([]byte("#"), 5<<20)},
	}, lookup)
	var faults config.Faults
	require.ErrorAs(t, err, &faults)
	// The file that cannot be read may hold provider aws: that it is missing is not said.
	require.Equal(t, `a.yaml:6:17: spec.aws.region: "Ireland" is not a region, as in eu-west-1
c.yaml: is not text in UTF-8
d.yaml: has more than 4 MiB
z.yaml:1:7: is not YAML: sequence end token ']' not found`, err.Error())
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(awsDoc + "\n---\n" + policy("shop", "orders")))
	names, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(f, err)
	for _, name := range names {
		files, err := config.ReadFiles([]string{name}, nil)
		require.NoError(f, err)
		f.Add(files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := config.Load([]config.File{{Name: "f.yaml", Data: data}}, lookup)
		if err == nil {
			require.NotNil(t, d.Config)
			return
		}
		var faults config.Faults
		require.ErrorAs(t, err, &faults)
		for i, fault := range faults {
			require.NotEmpty(t, fault.Message)
			require.NotContains(t, fault.Message, "\n")
			require.LessOrEqual(t, fault.Line, bytes.Count(data, []byte("\n"))+1+bytes.Count(data, []byte("\r")))
			if i > 0 {
				require.NotEqual(t, faults[i-1], fault)
			}
		}
	})
}

func TestFaultsAreBounded(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]config.File{{Name: "a.yaml", Data: []byte(strings.Repeat("a: b\n---\n", 2000))}}, lookup)
	var faults config.Faults
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 1001)
	require.Equal(t, "and 1000 more faults", faults[1000].Error())
}
