package forward

import (
	"math/big"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
)

func TestBodies(t *testing.T) {
	for body, want := range map[string]bool{
		metricBody:                         true,
		list(``):                           true,
		strings.TrimSuffix(list(``), "]}"): false,
		list(``) + list(``):                false,
		list(`{"value":"0"}`):              true,
		list(`{"value":0}`):                true,
		list(`{"value":"-1"}`):             true, // the adapter's affair
		list(`{"value":"10P"}`):            true,
		list(`{"value":"1.5Ki"},{"value":"2e3"},{"value":"1n"}`):       true,
		list(`{"value":"` + strings.Repeat("9", maxQuantity) + `"}`):   true,
		list(`{"value":"` + strings.Repeat("9", maxQuantity+1) + `"}`): false,
		list(`{}`):                       false, // a client would read 0
		list(`{"value":null}`):           false,
		list(`{"Value":"5"}`):            false,
		list(`{"value":""}`):             false,
		list(`{"value":" 5"}`):           false,
		list(`{"value":"\u0035"}`):       false,
		list(`{"value":[5]}`):            false,
		list(`{"value":{"value":"5"}}`):  false,
		list(`{"value":true}`):           false,
		list(`{"value":"NaN"}`):          false,
		list(`{"value":"1e4294967297"}`): false, // a client would read 10
		list(`{"value":"5"},{}`):         false,
		list(`null`):                     false,
		list(`5`):                        false,
		``:                               false,
		`null`:                           false,
		`[]`:                             false,
		`{}`:                             false,
		`{"kind":"ExternalMetricValueList","items":[]}`:                                                false,
		`{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1","items":[]}`:      false,
		`{"kind":"MetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":[]}`:         false,
		`{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1"}`:            true,
		`{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":{}}`: false,
		`{"KIND":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":[]}`: false,
		list(`{"value":"5"}`)[:len(list(`{"value":"5"}`))-1] + `,"items":[{"value":null}]}`:            false,
		strings.Repeat("[", 100_000): false,
	} {
		require.Equal(t, want, validMetric([]byte(body)), "%.200s", body)
	}
}

// TestBodyTakesLittle shows that no body within the bound makes its check slow, or
// many times its size.
func TestBodyTakesLittle(t *testing.T) {
	fill := func(s string) string { return list(strings.Repeat(s+",", maxMetricBody/(len(s)+1)-100) + s) }
	for name, body := range map[string]string{
		"items":    fill(`{}`),
		"values":   fill(`{"value":1}`),
		"exponent": fill(`{"value":"` + strings.Repeat("9", 60) + `e99"}`),
		"labels":   list(`{"value":1,"metricLabels":{` + strings.Repeat(`"a":"",`, maxMetricBody/8) + `"b":""}}`),
		"nested":   list(strings.Repeat(`{"a":`, 9_000) + "1" + strings.Repeat("}", 9_000)),
	} {
		t.Run(name, func(t *testing.T) {
			require.LessOrEqual(t, len(body), maxMetricBody)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			validMetric([]byte(body))
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			require.Less(t, took, 10*time.Second)
			if !raceDetector(t) { // under which nothing is pooled
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8*maxMetricBody+1<<20))
			}
		})
	}
}

func raceDetector(t *testing.T) bool {
	t.Helper()
	info, ok := debug.ReadBuildInfo()
	require.True(t, ok)
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// FuzzMetricBody shows that what is passed on takes its reader no time, and that no
// value comes out of it that the adapter did not write.
func FuzzMetricBody(f *testing.F) {
	for _, s := range []string{
		metricBody, list(``), list(`{}`), list(`{"value":"5"},{"value":1e3}`), list(`{"value":"-0.5Ki"}`),
		list(`{"value":"1000000000000000000000e99999999"}`), list(`{"value":"5","value":null}`), `null`, `{"items":[`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !validMetric(body) {
			return
		}
		var wrote struct {
			Items []struct {
				Value any `json:"value"`
			} `json:"items"`
		}
		require.NoError(t, json.Unmarshal(body, &wrote))
		var values struct {
			Items []struct {
				Value *resource.Quantity `json:"value"`
			} `json:"items"`
		}
		require.NoError(t, json.Unmarshal(body, &values))
		for i, item := range values.Items {
			require.NotNil(t, item.Value)
			if s, ok := wrote.Items[i].Value.(string); ok {
				requireSame(t, s, item.Value.AsDec().String())
			}
		}
		var read v1beta1.ExternalMetricValueList
		if json.Unmarshal(body, &read) == nil { // else a label or a time is wrong: an error, and no number
			require.Len(t, read.Items, len(wrote.Items))
		}
	})
}

// requireSame compares plain numbers; suffixes are the library's.
func requireSame(t *testing.T, s string, read string) {
	t.Helper()
	want, ok := new(big.Rat).SetString(s)
	if !ok || strings.ContainsAny(s, "eE") {
		return
	}
	got, ok := new(big.Rat).SetString(read)
	require.True(t, ok)
	off := new(big.Rat).Sub(want, got)
	if new(big.Rat).Abs(want).Cmp(big.NewRat(1<<53, 1)) > 0 {
		return // read as the largest there is
	}
	require.LessOrEqual(t, off.Abs(off).Cmp(big.NewRat(1, 1_000_000_000)), 0, "%s read as %s", s, read)
}

// FuzzNames shows that no name comes out of discovery that is not one segment.
func FuzzNames(f *testing.F) {
	f.Add([]byte(`{"kind":"APIResourceList","groupVersion":"external.metrics.k8s.io/v1beta1","resources":[{"name":"a"},{"name":"../b"}]}`))
	f.Add([]byte(`{"kind":"APIResourceList","groupVersion":"external.metrics.k8s.io/v1beta1","resources":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		names, ok := namesIn(body)
		if !ok {
			require.Empty(t, names)
		}
		for _, n := range names {
			require.True(t, validName(n))
			require.NotContains(t, n, "/")
		}
	})
}
