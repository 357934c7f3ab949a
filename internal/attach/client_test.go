package attach

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/testaws"
)

const (
	serviceAnswer = `{"services":[{"serviceName":"orders-svc","status":"ACTIVE","desiredCount":4,"runningCount":3,"pendingCount":1,"schedulingStrategy":"REPLICA","deployments":[{"rolloutState":"COMPLETED"}]}]}`
	targetAnswer  = `{"ScalableTargets":[
		{"ResourceId":"service/prod/other","MinCapacity":9,"MaxCapacity":9,"ScalableTargetARN":"arn:other"},
		{"ResourceId":"service/prod/orders-svc","MinCapacity":1,"MaxCapacity":50,"ScalableTargetARN":"arn:aws:application-autoscaling:x:123456789012:scalable-target/1",
		 "SuspendedState":{"DynamicScalingInSuspended":true,"DynamicScalingOutSuspended":false,"ScheduledScalingSuspended":false}}]}`
	// As AWS would ignore a filter, and in two pages.
	policiesAnswer = `{"ScalingPolicies":[{"PolicyName":"scaler/shop/orders","ResourceId":"service/prod/other","PolicyType":"StepScaling"},
		{"PolicyName":"cpu-70","ResourceId":"service/prod/orders-svc","PolicyType":"TargetTrackingScaling"}],"NextToken":"more"}`
	morePolicies = `{"ScalingPolicies":[{"PolicyName":"scaler/shop/orders","ResourceId":"service/prod/orders-svc","PolicyType":"TargetTrackingScaling",
		"Alarms":[{"AlarmName":"high"},{"AlarmName":"low"}],
		"TargetTrackingScalingPolicyConfiguration":{"TargetValue":100.0,"ScaleOutCooldown":0,"ScaleInCooldown":300,"DisableScaleIn":false,
		"CustomizedMetricSpecification":{"Namespace":"Scaler","MetricName":"Utilization","Statistic":"Average","Dimensions":[{"Name":"Policy","Value":"orders"},{"Name":"Namespace","Value":"shop"}]}}}]}`
	actionsAnswer    = `{"ScheduledActions":[{"ScheduledActionName":"scaler.shop.orders","ResourceId":"service/prod/orders-svc","ScalableTargetAction":{"MinCapacity":1}}]}`
	activitiesAnswer = `{"ScalingActivities":[
		{"ActivityId":"0","StartTime":1772366000,"StatusCode":"Failed","Cause":"before it scaled","Description":"d"},
		{"ActivityId":"1","StartTime":1772366100,"StatusCode":"Successful","Cause":"c","Description":"d"},
		{"ActivityId":"2","StartTime":1772366300,"StatusCode":"Unfulfilled","Cause":"account 123456789012","Description":"d","StatusMessage":"account 123456789012"},
		{"ActivityId":"3","StartTime":1772366350,"StatusCode":"NotScaled","Cause":"c","Description":"d","NotScaledReasons":[{"Code":"AlreadyAtMaxCapacity","MaxCapacity":50}]}]}`
	alarmsAnswer = `{"MetricAlarms":[
		{"AlarmName":"low","StateValue":"OK","ComparisonOperator":"LessThanThreshold"},
		{"AlarmName":"somebody's","StateValue":"ALARM","ComparisonOperator":"LessThanThreshold"},
		{"AlarmName":"high","StateValue":"INSUFFICIENT_DATA","ComparisonOperator":"GreaterThanThreshold"}]}`
)

// small is an AWS that answers by operation, and fails where fail gives a code.
func small(t *testing.T, fail map[string]string) (*Client, *testaws.Server) {
	t.Helper()
	answers := map[string]string{
		"DescribeServices": serviceAnswer, "DescribeScalableTargets": targetAnswer, "DescribeScheduledActions": actionsAnswer,
		"ListTagsForResource": `{"Tags":{"scaler.dev/policy":"shop/orders","team":"x"}}`, "DescribeScalingActivities": activitiesAnswer,
		"DescribeAlarms": alarmsAnswer, "DescribeClusters": `{"clusters":[{"clusterName":"prod","settings":[{"name":"containerInsights","value":"enhanced"}]}]}`,
	}
	s := testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		operation := testaws.Operation(r)
		if code := fail[operation]; code != "" {
			status := http.StatusBadRequest
			if code == "InternalServiceException" {
				status = http.StatusInternalServerError
			}
			if code == "html" { // as moto for what it does not know
				w.WriteHeader(http.StatusInternalServerError)
				_, _ = io.WriteString(w, "<!doctype html>")
				return
			}
			testaws.Fault(w, status, code)
			return
		}
		body, _ := io.ReadAll(r.Body)
		switch {
		case operation == "DescribeScalingPolicies" && strings.Contains(string(body), "more"):
			_, _ = io.WriteString(w, morePolicies)
		case operation == "DescribeScalingPolicies":
			_, _ = io.WriteString(w, policiesAnswer)
		default:
			_, _ = io.WriteString(w, answers[operation])
		}
	})
	c := New(testaws.NewProvider(t, s.Provider(v1alpha1.ProtocolJSON)), "aws", orders)
	c.pauses = []time.Duration{time.Millisecond, time.Millisecond}
	return c, s
}

func TestSee(t *testing.T) {
	c, s := small(t, nil)
	seen, err := c.See(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, &Service{Desired: 4, Running: 3, Pending: 1}, seen.Service)
	require.Equal(t, &Target{Min: 1, Max: 50, Owner: "shop/orders", SuspendedIn: true}, seen.Target)
	require.Equal(t, []Policy{
		{Name: "cpu-70", Type: tracking},
		{Name: "scaler/shop/orders", Type: tracking, Fields: fields(configuration(want())), Alarms: []string{"high", "low"}},
	}, seen.Policies)
	require.Equal(t, []Action{ourFloor}, seen.Actions)
	require.Equal(t, []Alarm{{Direction: Out, State: stateUnknown}, {Direction: In, State: "OK"}}, seen.Alarms)
	at := func(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
	require.Equal(t, []NotScaled{{At: at(1772366350), Code: "AlreadyAtMaxCapacity"}, {At: at(1772366300), Code: "Unfulfilled", Failed: true}}, seen.NotScaled)
	require.Equal(t, []string{"service/prod/other"}, seen.Elsewhere)
	require.Equal(t, 10, s.Total())
	require.NoError(t, c.Divides(t.Context()))
	for _, f := range ReportOf(want(), seen).Findings {
		require.NotContains(t, f.Detail+f.Hint, "123456789012")
	}
}

// TestFailures: each error of AWS's is one line in our own words, with a hint.
func TestFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		operation, code string
		text, hint      string
	}{
		"no cluster":      {"DescribeServices", "ClusterNotFoundException", "look at the service prod/orders-svc: the cluster does not exist", "spec.workload.ecs.cluster"},
		"denied to look":  {"DescribeServices", "AccessDeniedException", "look at the service prod/orders-svc: AWS denies access", "allow ecs:DescribeServices to the credentials of the SignalProvider aws"},
		"denied targets":  {"DescribeScalableTargets", "AccessDeniedException", "look at the scalable target of prod/orders-svc: AWS denies access", "application-autoscaling:DescribeScalableTargets"},
		"throttled":       {"DescribeScalingPolicies", "ThrottlingException", "look at the scaling policies of prod/orders-svc: AWS throttles the calls of this account", "try again in a minute"},
		"no alarms right": {"DescribeScalingPolicies", "FailedResourceAccessException", "look at the scaling policies of prod/orders-svc: Application Auto Scaling cannot read the policy's alarms", "AWSServiceRoleForApplicationAutoScaling_ECSService"},
		"broken":          {"DescribeScheduledActions", "InternalServiceException", "look at the scheduled actions of prod/orders-svc: ", "try again"},
		"throttled tags":  {"ListTagsForResource", "ThrottlingException", "read the tags of the scalable target of prod/orders-svc: AWS throttles", "try again"},
		"denied alarms":   {"DescribeAlarms", "AccessDenied", "look at the alarms of scaler/shop/orders: AWS denies access", "cloudwatch:DescribeAlarms"},
		"expired":         {"DescribeServices", "ExpiredTokenException", "look at the service prod/orders-svc: AWS refuses the credentials or denies access", "check the credentials of this shell"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := small(t, map[string]string{tt.operation: tt.code})
			_, err := c.See(t.Context(), now)
			requireClear(t, err, tt.text, tt.hint)
		})
	}
}

// TestNoActivities: the rest of status is told without them.
func TestNoActivities(t *testing.T) {
	c, _ := small(t, map[string]string{"DescribeScalingActivities": "AccessDeniedException"})
	seen, err := c.See(t.Context(), now)
	require.NoError(t, err)
	require.Len(t, seen.Alarms, 2)
	requireClear(t, seen.Unread, "look at the scaling activities of prod/orders-svc: AWS denies access", "application-autoscaling:DescribeScalingActivities")
}

func requireClear(t *testing.T, err error, text, hint string) {
	t.Helper()
	require.ErrorContains(t, err, text)
	require.Contains(t, HintOf(err), hint)
	for _, secret := range []string{"123456789012", "queue.example", "secret", "127.0.0.1", "\n"} {
		require.NotContains(t, err.Error()+HintOf(err), secret)
	}
}

func TestFailuresOfActs(t *testing.T) {
	attaching := func(t *testing.T) Plan {
		t.Helper()
		p, err := Attach(want(), bare(4), false)
		require.NoError(t, err)
		return p
	}
	for name, tt := range map[string]struct {
		operation, code string
		detach          bool
		text, hint      string
	}{
		"quota of targets":  {"RegisterScalableTarget", "LimitExceededException", false, "register the scalable target of prod/orders-svc: a quota of the account is used up", "Service Quotas"},
		"denied":            {"RegisterScalableTarget", "AccessDeniedException", false, "register the scalable target of prod/orders-svc: AWS denies access", "allow application-autoscaling:RegisterScalableTarget and application-autoscaling:TagResource to"},
		"not valid":         {"RegisterScalableTarget", "ValidationException", false, "AWS refuses the request as not valid", "--dry-run"},
		"target not yet":    {"PutScalingPolicy", "ObjectNotFoundException", false, "put the scaling policy scaler/shop/orders: AWS does not find it (1 of 2 changes were made before)", "try again in some seconds"},
		"at the same time":  {"PutScalingPolicy", "ConcurrentUpdateException", false, "somebody else is changing it at the moment (1 of 2 changes were made before)", "try again in some seconds"},
		"quota of policies": {"PutScalingPolicy", "LimitExceededException", false, "a quota of the account is used up", "scaling policies of a target"},
		"throttled":         {"PutScalingPolicy", "ThrottlingException", false, "AWS throttles the calls of this account", "try again in a minute"},
		"denied to delete":  {"DeleteScalingPolicy", "AccessDeniedException", true, "delete the scaling policy scaler/shop/orders: AWS denies access", "application-autoscaling:DeleteScalingPolicy"},
		"busy":              {"DeleteScheduledAction", "ConcurrentUpdateException", true, "delete the scheduled action scaler.shop.orders: somebody else is changing it", "try again"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := small(t, map[string]string{tt.operation: tt.code})
			p := Detach(orders, attached(func(h *Have) { h.Actions = []Action{ourFloor} }))
			if !tt.detach {
				p = attaching(t)
			}
			requireClear(t, c.Do(t.Context(), &p, want()), tt.text, tt.hint)
		})
	}
	t.Run("registered just now", func(t *testing.T) {
		c, s := small(t, map[string]string{"PutScalingPolicy": notFound})
		require.Error(t, c.Do(t.Context(), new(attaching(t)), want()))
		require.Equal(t, 3, s.Calls("PutScalingPolicy"))
		require.Equal(t, 1, s.Calls("RegisterScalableTarget"))
	})
	t.Run("gone already", func(t *testing.T) {
		c, s := small(t, map[string]string{"DeleteScalingPolicy": "ObjectNotFoundException"})
		p := Detach(orders, attached())
		require.NoError(t, c.Do(t.Context(), &p, want()))
		require.Equal(t, 1, s.Calls("DeleteScalingPolicy"))
		require.Zero(t, s.Calls("DeregisterScalableTarget"), "cpu-70 came meanwhile, and would go with it")
		require.Equal(t, Keep, p.Steps[1].Verb)
	})
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := testaws.Serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := New(testaws.NewProvider(t, s.Provider("")), "aws", orders).Read(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "look at the service prod/orders-svc: context canceled")
}

// TestOwnerUnread: a target whose tags cannot be read counts as somebody else's.
func TestOwnerUnread(t *testing.T) {
	for code, why := range map[string]string{
		"AccessDeniedException": "application-autoscaling:ListTagsForResource is denied", "UnknownOperationException": "the endpoint does not tell tags",
		"html": "the endpoint does not tell tags",
	} {
		c, _ := small(t, map[string]string{"ListTagsForResource": code})
		h, err := c.Read(t.Context())
		require.NoError(t, err)
		require.Empty(t, h.Target.Owner)
		require.Equal(t, why, h.Target.Unread)
	}
}

func TestNoService(t *testing.T) {
	for name, answer := range map[string]string{
		"missing":  `{"services":[],"failures":[{"arn":"arn:aws:ecs:x:123456789012:service/prod/orders-svc","reason":"MISSING"}]}`,
		"deleted":  `{"services":[{"serviceName":"orders-svc","status":"INACTIVE"}]}`,
		"another":  `{"services":[{"serviceName":"other","status":"ACTIVE"}]}`,
		"no words": `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				if testaws.Operation(r) == "DescribeServices" {
					_, _ = io.WriteString(w, answer)
					return
				}
				_, _ = io.WriteString(w, `{}`)
			})
			_, err := New(testaws.NewProvider(t, s.Provider("")), "aws", orders).See(t.Context(), now)
			requireClear(t, err, "the service prod/orders-svc does not exist", "spec.workload.ecs")
		})
	}
}

// TestRole: a role that cannot be assumed is told as that, whichever call needed it.
func TestRole(t *testing.T) {
	s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>account 123456789012 secret</Message></Error></ErrorResponse>`)
	})
	spec := s.Provider("")
	spec.RoleARN, spec.ExternalID = "arn:aws:iam::123456789012:role/secret", "secret"
	_, err := New(testaws.NewProvider(t, spec), "aws", orders).Read(t.Context())
	requireClear(t, err, "look at the service prod/orders-svc: the role cannot be assumed or the credentials are refused", "roleARN, externalID and the role's trust policy")
}

// TestClock: a clock ten minutes off is named where AWS refuses signatures for it.
func TestClock(t *testing.T) {
	s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
		testaws.Fault(w, http.StatusBadRequest, "InvalidSignatureException")
	})
	_, err := New(testaws.NewProvider(t, s.Provider("")), "aws", orders).Read(t.Context())
	requireClear(t, err, "AWS refuses the credentials", "this host's clock differs from AWS's by 10 m")
}

func TestInsightsOff(t *testing.T) {
	s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"clusters":[{"clusterName":"prod","settings":[{"name":"containerInsights","value":"disabled"}]}]}`)
	})
	err := New(testaws.NewProvider(t, s.Provider("")), "aws", orders).Divides(t.Context())
	requireClear(t, err, "Container Insights is off in the cluster prod", "leave --math out")
}

// TestEndless: an answer that goes on for ever is none of AWS's.
func TestEndless(t *testing.T) {
	s := testaws.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch testaws.Operation(r) {
		case "DescribeServices":
			_, _ = io.WriteString(w, serviceAnswer)
		default:
			_, _ = io.WriteString(w, `{"NextToken":"again"}`)
		}
	})
	_, err := New(testaws.NewProvider(t, s.Provider("")), "aws", orders).Read(t.Context())
	requireClear(t, err, "there is no end of scaling policies", "endpointURL")
	require.Equal(t, maxPages, s.Calls("DescribeScalingPolicies"))
}
