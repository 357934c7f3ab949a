package awsx_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/testaws"
)

func metricInput(id string) *cloudwatch.GetMetricDataInput {
	now := time.Unix(1_700_000_000, 0)
	return &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(now.Add(-time.Minute)), EndTime: &now,
		MetricDataQueries: []types.MetricDataQuery{{Id: &id, Expression: aws.String("1")}},
	}
}

const queueAnswer = `{"QueueUrl":"http://queue.example/orders"}`

func TestNewAsksNobody(t *testing.T) {
	testaws.Env(t)
	var calls atomic.Int32
	metadata := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer metadata.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.URL)
	testaws.NewProvider(t, v1alpha1.AWSProvider{Region: "eu-west-1", RoleARN: "arn:aws:iam::123456789012:role/scaler", ExternalID: "EXTERNALID"})
	require.Zero(t, calls.Load())
}

// TestTheSDKSaysNothing: of its own it writes plain lines to standard error, here
// of metadata that wants no token.
func TestTheSDKSaysNothing(t *testing.T) {
	testaws.Env(t)
	var calls atomic.Int32
	metadata := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer metadata.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.URL)
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer file.Close()
	stderr := os.Stderr
	os.Stderr = file
	defer func() { os.Stderr = stderr }()

	failure := queueURL(t.Context(), testaws.NewProvider(t, v1alpha1.AWSProvider{Region: "eu-west-1", EndpointURL: metadata.URL}))
	require.Equal(t, signals.Auth, failure.Reason)
	require.Greater(t, calls.Load(), int32(1), "the token, and then without one")
	said, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	require.Empty(t, string(said))
}

func TestNewNeedsARegion(t *testing.T) {
	testaws.Env(t)
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	_, err := awsx.New(t.Context(), v1alpha1.AWSProvider{})
	require.EqualError(t, err, "aws.region: required")
}

func TestNoCredentials(t *testing.T) {
	s := testaws.Serve(t, answer(200, queueAnswer))
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	failure := queueURL(t.Context(), testaws.NewProvider(t, s.Provider("")))
	require.Equal(t, &signals.Error{Reason: signals.Auth, Detail: "no AWS credentials found"}, failure)
	require.Zero(t, s.Total())
}

func TestRole(t *testing.T) {
	spec := func(s *testaws.Server) v1alpha1.AWSProvider {
		spec := s.Provider("")
		spec.RoleARN, spec.ExternalID = "arn:aws:iam::123456789012:role/scaler", "EXTERNALID"
		return spec
	}
	t.Run("assumed once", func(t *testing.T) {
		var assumed []string
		s := testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Amz-Target") != "" {
				if !strings.Contains(r.Header.Get("Authorization"), "Credential=ASSUMED/") {
					testaws.Fault(w, http.StatusForbidden, "InvalidClientTokenId")
					return
				}
				answer(200, queueAnswer)(w, r)
				return
			}
			assumed = append(assumed, r.FormValue("Action")+" "+r.FormValue("ExternalId"))
			answer(200, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>`+
				`<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>SECRETKEY</SecretAccessKey><SessionToken>token</SessionToken>`+
				`<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)(w, r)
		})
		p := testaws.NewProvider(t, spec(s))
		for range 3 {
			require.Nil(t, queueURL(t.Context(), p))
		}
		require.Equal(t, []string{"AssumeRole EXTERNALID"}, assumed)
	})
	t.Run("denied", func(t *testing.T) {
		s := testaws.Serve(t, answer(403, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>arn:aws:iam::123456789012:role/scaler secret</Message></Error></ErrorResponse>`))
		failure := queueURL(t.Context(), testaws.NewProvider(t, spec(s)))
		require.Equal(t, signals.Auth, failure.Reason)
		require.Contains(t, failure.Detail, "role")
		requireSilent(t, failure)
	})
	t.Run("throttled", func(t *testing.T) {
		s := testaws.Serve(t, answer(400, `<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>`))
		require.Equal(t, signals.Throttled, queueURL(t.Context(), testaws.NewProvider(t, spec(s))).Reason)
	})
}

func TestEndpoint(t *testing.T) {
	s := testaws.Serve(t, answer(200, queueAnswer))
	t.Run("of the environment", func(t *testing.T) {
		t.Setenv("AWS_ENDPOINT_URL", s.URL)
		require.Nil(t, queueURL(t.Context(), testaws.NewProvider(t, v1alpha1.AWSProvider{Region: "eu-west-1"})))
	})
	t.Run("of the document wins", func(t *testing.T) {
		t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
		t.Setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1")
		require.Nil(t, queueURL(t.Context(), testaws.NewProvider(t, s.Provider(""))))
	})
}

func TestCertificates(t *testing.T) {
	testaws.Env(t)
	server := httptest.NewTLSServer(answer(200, queueAnswer))
	defer server.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	spec := v1alpha1.AWSProvider{Region: "eu-west-1", EndpointURL: server.URL}
	t.Run("unknown", func(t *testing.T) {
		require.Equal(t, signals.TLS, queueURL(t.Context(), testaws.NewProvider(t, spec)).Reason)
	})
	t.Run("of the document", func(t *testing.T) {
		spec := spec
		spec.TLS = &v1alpha1.TLS{CA: string(ca)}
		require.Nil(t, queueURL(t.Context(), testaws.NewProvider(t, spec)))
	})
	t.Run("of AWS_CA_BUNDLE", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "ca.pem")
		require.NoError(t, os.WriteFile(file, ca, 0o600))
		t.Setenv("AWS_CA_BUNDLE", file)
		require.Nil(t, queueURL(t.Context(), testaws.NewProvider(t, spec)))
	})
}

func TestSkew(t *testing.T) {
	s := testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(3*time.Minute).UTC().Format(http.TimeFormat))
		answer(200, queueAnswer)(w, r)
	})
	p := testaws.NewProvider(t, s.Provider(""))
	require.Zero(t, p.Skew())
	require.Nil(t, queueURL(t.Context(), p))
	require.InDelta(t, 180, p.Skew().Seconds(), 5)
}

func TestAttempts(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "7")
	t.Setenv("AWS_RETRY_MODE", "adaptive")
	c := testaws.StartCloudWatch(t)
	c.Fail = func(string) (int, string) { return 500, "InternalServiceFault" }
	p := testaws.NewProvider(t, c.Provider(""))

	_, err := p.CloudWatch().GetMetricData(t.Context(), metricInput("q"))
	require.Equal(t, signals.Unavailable, p.Failure(err).Reason)
	require.Equal(t, 1, c.Calls("GetMetricData"))

	_, err = p.CloudWatchPublisher().PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{
		Namespace: aws.String("Scaler"), MetricData: []types.MetricDatum{{MetricName: aws.String("a")}},
	})
	require.Equal(t, signals.Unavailable, p.Failure(err).Reason)
	require.Equal(t, 2, c.Calls("PutMetricData"))
}

// TestProtocols: the answer to each protocol's request is read.
func TestProtocols(t *testing.T) {
	for protocol, handler := range map[v1alpha1.AWSProtocol]http.HandlerFunc{
		v1alpha1.ProtocolJSON: answer(200, `{"MetricDataResults":[{"Id":"q","StatusCode":"Complete","Timestamps":[1700000000],"Values":[1.5]}]}`),
		v1alpha1.ProtocolQuery: answer(200, `<GetMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><GetMetricDataResult><MetricDataResults><member>`+
			`<Id>q</Id><StatusCode>Complete</StatusCode><Timestamps><member>2023-11-14T22:13:20Z</member></Timestamps><Values><member>1.5</member></Values>`+
			`</member></MetricDataResults></GetMetricDataResult></GetMetricDataResponse>`),
	} {
		t.Run(string(protocol), func(t *testing.T) {
			s := testaws.Serve(t, handler)
			got, err := testaws.NewProvider(t, s.Provider(protocol)).CloudWatch().GetMetricData(t.Context(), metricInput("q"))
			require.NoError(t, err)
			require.Equal(t, []float64{1.5}, got.MetricDataResults[0].Values)
		})
	}
}
