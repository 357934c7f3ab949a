//go:build !nok8s

package app

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/kubernetes"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"

	"github.com/scaler-dev/scaler/internal/config"
	"github.com/scaler-dev/scaler/internal/doctor"
	"github.com/scaler-dev/scaler/internal/httpx"
	"github.com/scaler-dev/scaler/internal/kube"
)

// clusterChecks are those of the cluster that the documents name.
func clusterChecks(docs *config.Documents) []doctor.Check {
	c, err := connected(docs)
	if err != nil {
		return []doctor.Check{{Name: "kubernetes", Run: func(context.Context) []doctor.Finding {
			return []doctor.Finding{{Check: "kubernetes", State: doctor.Fail, Detail: err.Error(), Hint: "correct spec.kubernetes of the ScalerConfig"}}
		}}}
	}
	return doctor.ClusterChecks(c)
}

func connected(docs *config.Documents) (doctor.Cluster, error) {
	out := doctor.Cluster{Config: docs.Config, Policies: docs.Policies, Now: time.Now}
	cfg, err := kube.Connect(*docs.Config.Spec.Kubernetes)
	if err != nil {
		return out, err
	}
	meter := &httpx.SkewMeter{}
	cfg.Wrap(meter.Wrap)
	out.Skew = meter.Skew
	if out.Client, err = kubernetes.NewForConfig(cfg); err != nil {
		return out, fmt.Errorf("make a client of the cluster: %w", err)
	}
	services, err := aggregator.NewForConfig(cfg)
	if err != nil {
		return out, fmt.Errorf("make a client of API services: %w", err)
	}
	out.APIServices = services.ApiregistrationV1()
	return out, nil
}
