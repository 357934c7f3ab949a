//go:build !nok8s

package doctor

import (
	"context"
	"strings"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/kube/apiservice"
)

// apiService tells whether external metrics lead to Scaler, and who writes the
// caBundle.
func (c Cluster) apiService(ctx context.Context) []Finding {
	const check = "apiService"
	e := c.Config.Spec.ExternalMetrics
	switch {
	case e == nil:
		return []Finding{finding(check, Skip, "", "the external metrics API is off")}
	case e.Authentication != v1alpha1.AuthenticationCluster:
		return []Finding{finding(check, Skip, "", "the external metrics API is served on a loopback address only")}
	}
	want := apiservice.Want{Namespace: c.Config.Spec.Kubernetes.Namespace, Service: e.Service, Port: e.ServicePort}
	status, err := apiservice.Inspect(ctx, c.APIServices, want)
	if err != nil {
		return []Finding{finding(check, Fail, "scaler generate rbac prints the right that this needs", "%s", err)}
	}
	return []Finding{judgeAPIService(status, e.Certificate)}
}

func judgeAPIService(s apiservice.Status, c *v1alpha1.ServingCertificate) Finding {
	sentences := s.Sentences()
	state, hint := Fail, strings.Join(sentences[1:], " ")
	own := c != nil && c.SelfManaged != nil
	works := s.Owner == apiservice.Ours && !s.WrongPort && s.Available == "True"
	others := len(s.Writers) > 1 || len(s.Writers) == 1 && s.Writers[0].Manager != "scaler"
	switch {
	case !works:
	case own && (s.Injector != "" || others), s.Insecure:
		state = Warn
	default:
		state, hint = OK, ""
	}
	return finding("apiService", state, hint, "%s", sentences[0])
}
