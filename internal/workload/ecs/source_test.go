package ecs_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/testaws"
	"github.com/scaler-dev/scaler/internal/workload"
	"github.com/scaler-dev/scaler/internal/workload/ecs"
)

func service(cluster, name string) ecs.Service {
	return ecs.Service{
		ID:   workload.ID{Provider: "aws", Name: cluster + "/" + name},
		Spec: v1alpha1.ECSWorkload{Cluster: cluster, Service: name},
	}
}

func TestMoto(t *testing.T) {
	m := testaws.StartOwn(t, "MOTO_ECS_SERVICE_RUNNING=2")
	m.CLI(t, "ecs", "create-cluster", "--cluster-name", "prod")
	m.CLI(t, "ecs", "register-task-definition", "--family", "f", "--container-definitions", `[{"name":"a","image":"b","memory":64}]`)
	m.CLI(t, "ecs", "create-service", "--cluster", "prod", "--service-name", "orders", "--task-definition", "f", "--desired-count", "3")

	orders, nowhere, elsewhere := service("prod", "orders"), service("prod", "nowhere"), service("none", "orders")
	sources := ecs.New(testaws.NewProvider(t, m.Provider()), []ecs.Service{orders, elsewhere, nowhere})
	require.Len(t, sources, 2, "one for each cluster")
	got, err := sources[0].Observe(t.Context())
	require.NoError(t, err)
	require.Equal(t, []workload.Observation{
		{ID: orders.ID, Ordered: 3, Ready: 2, Pending: 1, Deploying: true},
		{ID: nowhere.ID, Err: &signals.Error{Reason: signals.Missing, Detail: "the service does not exist"}},
	}, got)
	_, err = sources[1].Observe(t.Context())
	require.Equal(t, &signals.Error{Reason: signals.Missing, Detail: "the cluster does not exist"}, err)
}

func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want workload.Observation
	}{
		"steady":           {`{"services":[{"serviceName":"orders","status":"ACTIVE","desiredCount":3,"runningCount":3,"deployments":[{"rolloutState":"COMPLETED"}]}]}`, workload.Observation{Ordered: 3, Ready: 3}},
		"no deployments":   {`{"services":[{"serviceName":"orders","desiredCount":3,"runningCount":1}]}`, workload.Observation{Ordered: 3, Ready: 1}},
		"two deployments":  {`{"services":[{"serviceName":"orders","desiredCount":1,"runningCount":2,"deployments":[{"rolloutState":"COMPLETED"},{}]}]}`, workload.Observation{Ordered: 1, Ready: 2, Deploying: true}},
		"rolling out":      {`{"services":[{"serviceName":"orders","desiredCount":1,"runningCount":1,"deployments":[{"rolloutState":"IN_PROGRESS"}]}]}`, workload.Observation{Ordered: 1, Ready: 1, Deploying: true}},
		"deleted":          {`{"services":[{"serviceName":"orders","status":"INACTIVE"}]}`, failed(signals.Missing, "the service was deleted")},
		"pending":          {`{"services":[{"serviceName":"orders","desiredCount":3,"runningCount":1,"pendingCount":2}]}`, workload.Observation{Ordered: 3, Ready: 1, Pending: 2}},
		"negative pending": {`{"services":[{"serviceName":"orders","pendingCount":-1}]}`, failed(signals.Parse, "a count is negative")},
		"negative":         {`{"services":[{"serviceName":"orders","desiredCount":-1}]}`, failed(signals.Parse, "a count is negative")},
		"another one":      {`{"services":[{"serviceName":"others","desiredCount":1}]}`, failed(signals.Partial, "the answer lacks the service")},
		"nothing":          {``, failed(signals.Partial, "the answer lacks the service")},
		"other failure":    {`{"failures":[{"arn":"arn:aws:ecs:x:123456789012:service/prod/orders","reason":"ODD"}]}`, failed(signals.Unavailable, "ECS cannot describe the service")},
		"another missing":  {`{"failures":[{"arn":"arn:aws:ecs:x:123456789012:service/prod/others","reason":"MISSING"}]}`, failed(signals.Partial, "the answer lacks the service")},
	} {
		t.Run(name, func(t *testing.T) {
			s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tt.body) })
			orders := service("prod", "orders")
			got, err := ecs.New(testaws.NewProvider(t, s.Provider("")), []ecs.Service{orders})[0].Observe(t.Context())
			require.NoError(t, err)
			tt.want.ID = orders.ID
			require.Equal(t, []workload.Observation{tt.want}, got)
		})
	}
}

func failed(reason signals.Reason, detail string) workload.Observation {
	return workload.Observation{Err: &signals.Error{Reason: reason, Detail: detail}}
}

func TestFaults(t *testing.T) {
	for code, want := range map[string]signals.Reason{
		"ThrottlingException":      signals.Throttled,
		"AccessDeniedException":    signals.Auth,
		"ClusterNotFoundException": signals.Missing,
		"ServerException":          signals.Unavailable,
	} {
		t.Run(code, func(t *testing.T) {
			s := testaws.Serve(t, func(w http.ResponseWriter, _ *http.Request) { testaws.Fault(w, 400, code) })
			got, err := ecs.New(testaws.NewProvider(t, s.Provider("")), []ecs.Service{service("prod", "orders")})[0].Observe(t.Context())
			require.Empty(t, got)
			var failure *signals.Error
			require.ErrorAs(t, err, &failure)
			require.Equal(t, want, failure.Reason)
			require.Equal(t, 1, s.Total())
		})
	}
}

func TestPacking(t *testing.T) {
	var services []ecs.Service
	for i := range 25 {
		services = append(services, service("prod", fmt.Sprint("s", i)), service("test", fmt.Sprint("s", i)))
	}
	s := testaws.Serve(t, func(http.ResponseWriter, *http.Request) {})
	sources := ecs.New(testaws.NewProvider(t, s.Provider("")), services)
	require.Len(t, sources, 6, "ten services of a cluster a call")
	var ids []workload.ID
	for _, source := range sources {
		_, err := source.Observe(t.Context())
		require.NoError(t, err)
		ids = append(ids, source.Workloads()...)
	}
	require.Len(t, ids, 50)
	require.Equal(t, 6, s.Total())
}
