package httpx

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnder(t *testing.T) {
	for _, tc := range []struct{ base, path, want string }{
		{"http://a.test", "/queues/orders", "http://a.test/queues/orders"},
		{"http://a.test/", "/queues/orders", "http://a.test/queues/orders"},
		{"http://a.test/api/v2/", "/queues/orders?detail=1&x=a%2Fb", "http://a.test/api/v2/queues/orders?detail=1&x=a%2Fb"},
		{"http://a.test/api%2Fv2", "/x%20y", "http://a.test/api%2Fv2/x%20y"},
		{"http://a.test", "/", "http://a.test/"},
		{"http://a.test", "/a..b/...", "http://a.test/a..b/..."},
		{"http://a.test", "/a//b", "http://a.test/a//b"},
		{"http://a.test", "/redirect?to=http://b.test/../x", "http://a.test/redirect?to=http://b.test/../x"},
		{"http://a.test", "/user@b.test:80/", "http://a.test/user@b.test:80/"},
		{"http://a.test", "/ü", "http://a.test/%C3%BC"},
	} {
		t.Run(tc.path, func(t *testing.T) {
			base, err := url.Parse(tc.base)
			require.NoError(t, err)
			got, err := Under(base, tc.path)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestPathsThatCouldEscape(t *testing.T) {
	base, err := url.Parse("http://a.test/api")
	require.NoError(t, err)
	for _, path := range []string{
		"", "orders", "?x=1", "//b.test/x", "http://b.test/x", "///b.test", "/..", "/../admin", "/a/../../admin", "/a/./b", "/.", "/a/..?x=1",
		"/%2e%2e/admin", "/%2E./admin", "/.%2e/admin", "/%252e%252e/admin", "/..%2fadmin", "/a%2fb", "/..;/admin", "/..;x=1/admin",
		"/..\\admin", "\\\\b.test\\x", "/%5c..%5cadmin", "/\\b.test", "/x#y", "/x%23y", "/x\r\nHost: b.test", "/x%0d%0aHost:b", "/x%00", "/x y", "/x?a b",
		"/%", "/%zz", "/x\x7f",
	} {
		t.Run(path, func(t *testing.T) {
			_, err := Under(base, path)
			require.ErrorIs(t, err, ErrPath)
		})
	}
}
