package forward

import (
	"encoding/json"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

// refuse answers with a Status of our own words: what the server says of a metric
// that is nowhere, or the reason alone.
func refuse(w http.ResponseWriter, t target, res result) {
	status := apierrors.NewServiceUnavailable(res.reason()).Status()
	if res == resultNotFound {
		status = provider.NewMetricNotFoundError(external_metrics.Resource(t.metric), t.metric).Status()
	}
	if res == resultRedirected {
		status.Code, status.Reason = http.StatusBadGateway, metav1.StatusReasonUnknown
	}
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	body, err := json.Marshal(status)
	if err != nil {
		body = nil
	}
	send(w, int(status.Code), body)
}

func send(w http.ResponseWriter, code int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client may be gone, and nobody else would care
}
