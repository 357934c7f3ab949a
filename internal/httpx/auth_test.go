package httpx_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/signals"
)

func bearer(b v1alpha1.BearerAuth) *v1alpha1.Auth { return &v1alpha1.Auth{Bearer: &b} }

func TestAuthorization(t *testing.T) {
	var got string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
	for _, tc := range []struct {
		name string
		auth *v1alpha1.Auth
		want string
	}{
		{"none", nil, ""},
		{"token", bearer(v1alpha1.BearerAuth{Token: "hunter2"}), "Bearer hunter2"},
		{"basic", &v1alpha1.Auth{Basic: &v1alpha1.BasicAuth{Username: "u", Password: "p"}}, "Basic dTpw"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := get(t, t.Context(), newClient(t, httpx.Settings{Auth: tc.auth}), url)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestTokenFileIsReadAtEachRequest(t *testing.T) {
	var got string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
	file := filepath.Join(t.TempDir(), "token")
	c := newClient(t, httpx.Settings{Auth: bearer(v1alpha1.BearerAuth{TokenFile: file})})
	for _, token := range []string{"first", "second"} {
		require.NoError(t, os.WriteFile(file, []byte(token+"\n"), 0o600))
		_, err := get(t, t.Context(), c, url)
		require.NoError(t, err)
		require.Equal(t, "Bearer "+token, got)
	}
	for name, content := range map[string]string{
		"empty": "", "blank": " \n", "line break": "hunter2\nX: y", "too large": strings.Repeat("x", 64<<10+1),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
			_, err := get(t, t.Context(), c, url)
			requireReason(t, signals.Auth, err)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	require.NoError(t, os.Remove(file))
	_, err := get(t, t.Context(), c, url)
	requireReason(t, signals.Auth, err)
}

func TestBadAuth(t *testing.T) {
	for name, auth := range map[string]*v1alpha1.Auth{
		"empty union":   {},
		"no token":      bearer(v1alpha1.BearerAuth{}),
		"two tokens":    bearer(v1alpha1.BearerAuth{Token: "hunter2", TokenFile: "f"}),
		"sigV4 nowhere": {SigV4: &v1alpha1.SigV4Auth{}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := httpx.NewClient(httpx.Settings{Auth: auth})
			require.ErrorContains(t, err, "auth")
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// awsEnv keeps the SDK's default chain within this test's environment.
func awsEnv(t *testing.T, id, secret string) {
	t.Helper()
	none := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
	} {
		t.Setenv(name, value)
	}
}

// TestSigV4SaysNothing: the SDK of its own writes plain lines to standard error,
// here of metadata that wants no token.
func TestSigV4SaysNothing(t *testing.T) {
	awsEnv(t, "", "")
	var calls atomic.Int32
	metadata := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusForbidden)
	})
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata)
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer file.Close()
	stderr := os.Stderr
	os.Stderr = file
	defer func() { os.Stderr = stderr }()

	c := newClient(t, httpx.Settings{Auth: &v1alpha1.Auth{SigV4: &v1alpha1.SigV4Auth{Region: "eu-west-1"}}})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, metadata, http.NoBody)
	require.NoError(t, err)
	_, err = c.Do(req)
	require.Error(t, err)
	require.Greater(t, calls.Load(), int32(1), "the token, and then without one")
	said, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	require.Empty(t, string(said))
}

// TestSigV4 signs what arrived once more, as AWS does, and compares.
func TestSigV4(t *testing.T) {
	awsEnv(t, "AKIDEXAMPLE", "hunter2")
	const body = "query=up"
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		at, _ := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		again, _ := http.NewRequest(r.Method, "http://"+r.Host+r.URL.String(), bytes.NewReader(got))
		again.Header.Set("X-Scope-OrgID", "tenant")
		sum := sha256.Sum256(got)
		credentials := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "hunter2"}
		if err == nil {
			err = v4.NewSigner().SignHTTP(r.Context(), credentials, again, hex.EncodeToString(sum[:]), "aps", "eu-west-1", at)
		}
		if err != nil || string(got) != body || again.Header.Get("Authorization") != r.Header.Get("Authorization") {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	c := newClient(t, httpx.Settings{
		Auth:    &v1alpha1.Auth{SigV4: &v1alpha1.SigV4Auth{Region: "eu-west-1"}},
		Headers: map[string]v1alpha1.Secret{"X-Scope-OrgID": "tenant"},
	})
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/api/v1/query?a=b", strings.NewReader(body))
		require.NoError(t, err)
		resp, err := c.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Empty(t, req.Header.Get("Authorization"), "the caller's request was changed")
	}
}

func TestSigV4WithoutCredentials(t *testing.T) {
	awsEnv(t, "", "")
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, httpx.Settings{Auth: &v1alpha1.Auth{SigV4: &v1alpha1.SigV4Auth{Region: "eu-west-1"}}})
	_, err := get(t, t.Context(), c, url)
	requireReason(t, signals.Auth, err)
}

// TestSigV4AssumesRole lets a small STS hand out credentials, and looks for them
// in what arrives.
func TestSigV4AssumesRole(t *testing.T) {
	awsEnv(t, "AKIDEXAMPLE", "hunter2")
	var assumed atomic.Int32
	t.Setenv("AWS_ENDPOINT_URL_STS", serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("Action") != "AssumeRole" || r.FormValue("RoleArn") != "arn:aws:iam::123456789012:role/reader" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		assumed.Add(1)
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>`+
			`<AccessKeyId>AKIDASSUMED</AccessKeyId><SecretAccessKey>hunter3</SecretAccessKey><SessionToken>session</SessionToken>`+
			`<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	var got http.Header
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	sign := func(role string) *httpx.Client {
		return newClient(t, httpx.Settings{Auth: &v1alpha1.Auth{SigV4: &v1alpha1.SigV4Auth{Region: "eu-west-1", Service: "execute-api", RoleARN: role}}})
	}
	c := sign("arn:aws:iam::123456789012:role/reader")
	for range 3 {
		_, err := get(t, t.Context(), c, url)
		require.NoError(t, err)
	}
	require.Equal(t, int32(1), assumed.Load(), "credentials are kept")
	require.Contains(t, got.Get("Authorization"), "Credential=AKIDASSUMED/")
	require.Contains(t, got.Get("Authorization"), "/eu-west-1/execute-api/aws4_request")
	require.Equal(t, "session", got.Get("X-Amz-Security-Token"))

	_, err := get(t, t.Context(), sign("arn:aws:iam::123456789012:role/other"), url)
	requireReason(t, signals.Auth, err)
	require.NotContains(t, err.Error(), "role/other")
}
