//go:build !nok8s

package doctor

import (
	"context"
	"strings"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes"
	apiservices "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset/typed/apiregistration/v1"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/kube"
)

// Cluster is the Kubernetes cluster of the documents.
type Cluster struct {
	Client      kubernetes.Interface
	APIServices apiservices.APIServicesGetter
	// Skew is the API server's clock minus ours, as its last answer told.
	Skew     func() time.Duration
	Config   *v1alpha1.ScalerConfig
	Policies []*v1alpha1.ScalingPolicy
	Now      func() time.Time
}

// callTimeout bounds one call to the API server.
const callTimeout = 5 * time.Second

// ClusterChecks examine a cluster. Where its API server cannot be reached one of
// them says so, and the others are skipped.
func ClusterChecks(c Cluster) []Check {
	r := &reach{cluster: c}
	return []Check{
		{"kubernetes", r.check},
		r.then("rbac", c.rbac),
		r.then("apiService", c.apiService),
		r.then("certificate", c.certificate),
		r.then("workloads", c.workloads),
		r.then("hpas", c.hpas),
	}
}

// reach asks the API server once whether it is there.
type reach struct {
	cluster Cluster
	once    sync.Once
	version string
	who     string
	err     error
}

func (r *reach) ask(ctx context.Context) {
	r.once.Do(func() {
		r.err = within(ctx, func(ctx context.Context) error {
			v, err := discovery.ToServerVersionInterfaceWithContext(r.cluster.Client.Discovery()).ServerVersionWithContext(ctx)
			if err == nil {
				r.version = short(v.GitVersion)
			}
			return err
		})
		if r.err == nil { // which everybody may ask
			r.err = r.askWho(ctx)
		}
	})
}

// askWho finds out as whom. Not to be told is no fault.
func (r *reach) askWho(ctx context.Context) error {
	err := within(ctx, func(ctx context.Context) error {
		review, err := r.cluster.Client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
		if err == nil {
			r.who = short(review.Status.UserInfo.Username)
		}
		return err
	})
	if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func (r *reach) check(ctx context.Context) []Finding {
	r.ask(ctx)
	if r.err != nil {
		return []Finding{finding("kubernetes", Fail, "kubectl --kubeconfig FILE version tells more; is the token expired, the address right?", "%s", kube.Why(r.err))}
	}
	clock := clockFinding("clock kubernetes", r.cluster.Skew(), "certificates are not valid yet, or no more")
	switch {
	case r.who == "":
		return []Finding{finding("kubernetes", OK, "", "%s", r.version), clock}
	case !strings.HasPrefix(r.who, "system:serviceaccount:"):
		return []Finding{finding("kubernetes", Warn,
			"run it where Scaler runs: kubectl exec deploy/NAME -- scaler doctor -f …",
			"%s, as %s: what Scaler's own service account may do was not asked", r.version, r.who), clock}
	}
	return []Finding{finding("kubernetes", OK, "", "%s, as %s", r.version, r.who), clock}
}

// then is a check that needs the API server.
func (r *reach) then(name string, run func(context.Context) []Finding) Check {
	return Check{name, func(ctx context.Context) []Finding {
		r.ask(ctx)
		if r.err != nil {
			return []Finding{finding(name, Skip, "", "the API server cannot be asked")}
		}
		return run(ctx)
	}}
}

// within bounds one call.
func within(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return call(ctx)
}

// short makes one line of bounded length of what somebody else wrote.
func short(text string) string {
	const most = 120
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
