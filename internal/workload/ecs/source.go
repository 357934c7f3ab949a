// Package ecs looks at services of Amazon ECS.
package ecs

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
	"github.com/scaler-dev/scaler/internal/workload"
)

// maxServices is what DescribeServices takes in one call.
const maxServices = 10

const (
	inactive = "INACTIVE" // the status of a service that was deleted
	missing  = "MISSING"  // the failure of one that never was
)

// Service is a workload: a service of a cluster.
type Service struct {
	ID   workload.ID
	Spec v1alpha1.ECSWorkload
}

// Source looks at up to ten services of one cluster in one call.
type Source struct {
	provider *awsx.Provider
	cluster  string
	services []Service
}

var _ workload.Source = (*Source)(nil)

// New makes as few sources as calls are needed: one for each ten services of a
// cluster.
func New(provider *awsx.Provider, services []Service) []workload.Source {
	var clusters []string
	byCluster := map[string][]Service{}
	for _, s := range services {
		if _, ok := byCluster[s.Spec.Cluster]; !ok {
			clusters = append(clusters, s.Spec.Cluster)
		}
		byCluster[s.Spec.Cluster] = append(byCluster[s.Spec.Cluster], s)
	}
	var out []workload.Source
	for _, cluster := range clusters {
		for chunk := range slices.Chunk(byCluster[cluster], maxServices) {
			out = append(out, &Source{provider: provider, cluster: cluster, services: chunk})
		}
	}
	return out
}

// Workloads are the services.
func (s *Source) Workloads() []workload.ID {
	out := make([]workload.ID, len(s.services))
	for i, service := range s.services {
		out[i] = service.ID
	}
	return out
}

// Calls are those that Observe makes.
func (s *Source) Calls() awsx.Calls {
	return awsx.Calls{Each: []awsx.Call{{Service: awsx.ServiceECS, Operation: "DescribeServices"}}}
}

// Observe makes one call of DescribeServices.
func (s *Source) Observe(ctx context.Context) ([]workload.Observation, error) {
	names := make([]string, len(s.services))
	for i, service := range s.services {
		names[i] = service.Spec.Service
	}
	slices.Sort(names)
	got, err := s.provider.ECS().DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster: &s.cluster, Services: slices.Compact(names),
	})
	if err != nil {
		failure := s.provider.Failure(err)
		if failure.Reason == signals.Missing {
			failure = &signals.Error{Reason: signals.Missing, Detail: "the cluster does not exist"}
		}
		return nil, failure
	}
	out := make([]workload.Observation, len(s.services))
	for i, service := range s.services {
		out[i] = observe(got, service.Spec.Service)
		out[i].ID = service.ID
	}
	return out, nil
}

// observe finds a service in an answer.
func observe(got *ecs.DescribeServicesOutput, name string) workload.Observation {
	for _, service := range got.Services {
		if aws.ToString(service.ServiceName) != name {
			continue
		}
		if aws.ToString(service.Status) == inactive {
			return failed(signals.Missing, "the service was deleted")
		}
		if service.DesiredCount < 0 || service.RunningCount < 0 || service.PendingCount < 0 {
			return failed(signals.Parse, "a count is negative")
		}
		return workload.Observation{
			Ordered: service.DesiredCount, Ready: service.RunningCount, Pending: service.PendingCount, Deploying: deploying(service.Deployments),
		}
	}
	for _, f := range got.Failures {
		switch {
		case !strings.HasSuffix(aws.ToString(f.Arn), "/"+name):
		case aws.ToString(f.Reason) == missing:
			return failed(signals.Missing, "the service does not exist")
		default:
			return failed(signals.Unavailable, "ECS cannot describe the service")
		}
	}
	return failed(signals.Partial, "the answer lacks the service")
}

func failed(reason signals.Reason, detail string) workload.Observation {
	return workload.Observation{Err: &signals.Error{Reason: reason, Detail: detail}}
}

// deploying says that a deployment is under way. Controllers other than ECS's own
// tell no rollout state.
func deploying(deployments []types.Deployment) bool {
	if len(deployments) > 1 {
		return true
	}
	return slices.ContainsFunc(deployments, func(d types.Deployment) bool {
		return d.RolloutState == types.DeploymentRolloutStateInProgress
	})
}
