package awsx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

// stsModel answers as STS does, without a network.
type stsModel struct {
	calls  int
	forms  []url.Values
	hosts  []string
	status int
	life   time.Duration
	ahead  time.Duration // of its clock
	takes  time.Duration // for each call
}

func (m *stsModel) Do(req *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(req.Body)
	form, _ := url.ParseQuery(string(body))
	m.calls++
	m.forms, m.hosts = append(m.forms, form), append(m.hosts, req.URL.Host)
	select {
	case <-time.After(m.takes):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	answer := fmt.Sprintf(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>`+
		`<AccessKeyId>KEY%d</AccessKeyId><SecretAccessKey>SECRETKEY</SecretAccessKey><SessionToken>token</SessionToken>`+
		`<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
		m.calls, time.Now().Add(m.ahead+m.life).UTC().Format(time.RFC3339))
	if m.status != 0 {
		answer = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>secret</Message></Error></ErrorResponse>`
	}
	return &http.Response{StatusCode: max(m.status, 200), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: req}, nil
}

func startSession(t *testing.T, m *stsModel) *session {
	t.Helper()
	if m.life == 0 {
		m.life = time.Hour
	}
	cfg := aws.Config{
		Region: "eu-west-1", HTTPClient: m, Retryer: onceOnly,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "BASE", SecretAccessKey: "SECRETKEY"}, nil
		}),
	}
	s := newSession(t.Context(), cfg, v1alpha1.AWSProvider{RoleARN: "arn:aws:iam::123456789012:role/scaler", ExternalID: "EXTERNALID"},
		func() time.Duration { return m.ahead })
	t.Cleanup(s.close)
	return s
}

// key is what a poll is given; a poll may wait for nothing.
func key(t *testing.T, s *session) string {
	t.Helper()
	began := time.Now()
	got, err := s.Retrieve(t.Context())
	require.NoError(t, err)
	require.Equal(t, began, time.Now(), "the poll waited")
	return got.AccessKeyID
}

func TestSessionIsRegionalAndAnHourLong(t *testing.T) {
	t.Setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy") // which others take to mean sts.amazonaws.com
	m := &stsModel{}
	_, err := startSession(t, m).Retrieve(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"sts.eu-west-1.amazonaws.com"}, m.hosts)
	require.Equal(t, "3600", m.forms[0].Get("DurationSeconds"))
	require.Equal(t, "EXTERNALID", m.forms[0].Get("ExternalId"))
}

func TestSessionIsRenewedAtHalfItsLife(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"clocks agree": 0, "AWS is ahead": 50 * time.Minute, "AWS is behind": -50 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &stsModel{ahead: ahead}
				s := startSession(t, m)
				require.Equal(t, "KEY1", key(t, s))
				m.takes = time.Second
				time.Sleep(29*time.Minute + 59*time.Second)
				require.Equal(t, "KEY1", key(t, s))
				synctest.Wait()
				require.Equal(t, 1, m.calls)
				time.Sleep(time.Second)
				for range 3 {
					require.Equal(t, "KEY1", key(t, s), "the old serve meanwhile")
				}
				time.Sleep(2 * time.Second)
				require.Equal(t, "KEY2", key(t, s))
				require.Equal(t, 2, m.calls)
			})
		})
	}
}

func TestSessionServesToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &stsModel{}
		s := startSession(t, m)
		require.Equal(t, "KEY1", key(t, s))
		m.status = http.StatusForbidden
		for range 59*60 + 49 {
			time.Sleep(time.Second)
			require.Equal(t, "KEY1", key(t, s))
		}
		require.Greater(t, m.calls, 30)
		require.LessOrEqual(t, m.calls, 61, "once in 30 to 45 seconds")

		time.Sleep(time.Minute)
		_, err := s.Retrieve(t.Context())
		failure, ok := errors.AsType[*signals.Error](err)
		require.True(t, ok)
		require.Equal(t, signals.Auth, failure.Reason)
		require.Equal(t, "the role's session has ended and a new one is not to be had: "+
			"the role cannot be assumed or the credentials are refused", failure.Detail)

		m.status = 0
		time.Sleep(askPause)
		require.Contains(t, key(t, s), "KEY")
	})
}

func TestSessionOfAFailureIsNotAskedForAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &stsModel{status: http.StatusForbidden}
		s := startSession(t, m)
		for range 12 {
			_, err := s.Retrieve(t.Context())
			require.Equal(t, signals.Auth, classify(err).Reason)
			time.Sleep(time.Second)
		}
		require.Equal(t, 3, m.calls)
	})
}

func TestSessionConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &stsModel{takes: 2 * time.Second}
		s := startSession(t, m)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var polls sync.WaitGroup
		polls.Go(func() {
			_, err := s.Retrieve(impatient)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
		for range 10 {
			polls.Go(func() {
				_, err := s.Retrieve(t.Context())
				require.NoError(t, err)
			})
		}
		polls.Wait()
		require.Equal(t, 1, m.calls)
	})
}

func TestSessionClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &stsModel{}
		s := startSession(t, m)
		require.Equal(t, "KEY1", key(t, s))
		time.Sleep(31 * time.Minute)
		m.takes = time.Hour
		require.Equal(t, "KEY1", key(t, s))
		synctest.Wait()
		s.close()
		require.Equal(t, 2, m.calls)
		require.Nil(t, s.asking, "the call has ended")
		time.Sleep(time.Minute)
		require.Equal(t, "KEY1", key(t, s), "until their end")
		time.Sleep(time.Hour)
		_, err := s.Retrieve(t.Context())
		require.Equal(t, signals.Auth, classify(err).Reason)
		require.Equal(t, 2, m.calls)
	})
}
