//go:build !nok8s

package doctor

import (
	"context"
	"errors"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/internal/generate"
	"github.com/scaler-dev/scaler/internal/kube"
)

// rbac asks whether everything is allowed that `scaler generate rbac` would grant.
func (c Cluster) rbac(ctx context.Context) []Finding {
	grants, err := generate.Grants(c.Config, c.Policies)
	if err != nil {
		return []Finding{finding("rbac", Skip, "", "%s", err)}
	}
	var found []Finding
	for _, g := range grants {
		found = append(found, c.granted(ctx, g))
	}
	if len(found) == 0 {
		return []Finding{finding("rbac", OK, "", "these documents need no right")}
	}
	return found
}

func (c Cluster) granted(ctx context.Context, g generate.Grant) Finding {
	check := "rbac " + strings.Join(g.Verbs, ",") + " " + g.Resource
	if len(g.Names) == 1 {
		check += " " + g.Names[0]
	}
	for _, verb := range g.Verbs {
		for _, name := range ends(g.Names) {
			allowed, err := c.allowed(ctx, authorizationv1.ResourceAttributes{
				Namespace: g.Namespace, Group: g.Group, Resource: g.Resource, Name: name, Verb: verb,
			})
			switch {
			case err != nil:
				return finding(check, Skip, "", "%s", kube.Why(err))
			case !allowed:
				return finding(check, Fail, "scaler generate rbac -f FILE | kubectl apply -f -", "may not %s %s %s: Scaler %s", verb, g.Resource, place(g.Namespace, name), g.Why)
			}
		}
	}
	return finding(check, OK, "", "%s", g.Why)
}

// place says where an object is.
func place(namespace, name string) string {
	if namespace == "" {
		return strings.TrimSpace(name + " in the cluster")
	}
	return strings.TrimSpace(name + " in " + namespace)
}

// ends are the first and the last of many names: who grants some grants all.
func ends(names []string) []string {
	switch n := len(names); n {
	case 0:
		return []string{""}
	case 1, 2:
		return names
	default:
		return []string{names[0], names[n-1]}
	}
}

var errUnevaluated = errors.New("the API server cannot evaluate it")

func (c Cluster) allowed(ctx context.Context, a authorizationv1.ResourceAttributes) (bool, error) {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &a}}
	err := within(ctx, func(ctx context.Context) error {
		var err error
		review, err = c.Client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		return err
	})
	if err != nil {
		return false, err
	}
	if !review.Status.Allowed && review.Status.EvaluationError != "" {
		return false, errUnevaluated
	}
	return review.Status.Allowed, nil
}
