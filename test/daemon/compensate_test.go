package daemon_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testaws"
)

// TestCompensateReports89: ten tasks, of which nine are enough.
func TestCompensateReports89(t *testing.T) {
	t.Parallel()
	m := testaws.StartOwn(t, "MOTO_ECS_SERVICE_RUNNING=10")
	queue(t, m, "orders", 87)
	m.CLI(t, "ecs", "create-cluster", "--cluster-name", "prod")
	m.CLI(t, "ecs", "register-task-definition", "--family", "orders", "--container-definitions", `[{"name":"a","image":"b","memory":128}]`)
	m.CLI(t, "ecs", "create-service", "--cluster", "prod", "--service-name", "orders", "--task-definition", "orders", "--desired-count", "10")
	doc := strings.NewReplacer(
		"  replicas: {min: 1, max: 50}", "  replicas: {min: 1, max: 50}\n  workload: {ecs: {provider: aws, cluster: prod, service: orders}}",
		"period: 10s}", "period: 10s, compensate: true}",
	).Replace(ordersDocument(m.URL, m.URL, "interval: 2s, freshFor: 10s", ""))
	doc = strings.Replace(doc, "  publish:", scaleInAtOnce+"\n  publish:", 1)
	d := start(t, doc)
	d.becomes("orders-worker", "9")
	now := time.Now().UTC()
	require.Eventually(t, func() bool {
		out := m.CLI(t, "cloudwatch", "get-metric-statistics", "--namespace", "Scaler", "--metric-name", "Utilization",
			"--dimensions", "Name=Namespace,Value=shop", "Name=Policy,Value=orders-worker", "--statistics", "Average",
			"--period", "10", "--start-time", now.Add(-time.Hour).Format(time.RFC3339), "--end-time", now.Add(time.Hour).Format(time.RFC3339))
		return strings.Contains(out, `"Average": 89.0`)
	}, patience, time.Second, "89 in the place of 90")
}
