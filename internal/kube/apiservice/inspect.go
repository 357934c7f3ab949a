package apiservice

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	v1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	client "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset/typed/apiregistration/v1"

	"github.com/scaler-dev/scaler/internal/kube"
)

// callTimeout bounds one call to the API server.
const callTimeout = 5 * time.Second

// Inspect asks the API server once whose the entry is. It changes nothing.
func Inspect(ctx context.Context, c client.APIServicesGetter, w Want) (Status, error) {
	o, err := get(ctx, c, callTimeout)
	if err != nil {
		return Status{}, err
	}
	return read(o, w), nil
}

// get reads the entry; nil: there is none.
func get(ctx context.Context, c client.APIServicesGetter, timeout time.Duration) (*v1.APIService, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	o, err := c.APIServices().Get(ctx, Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // none is an answer
	case err != nil:
		return nil, &callError{"read the APIService " + Name, err}
	}
	return o, nil
}

// callError tells what went wrong without the API server's own words.
type callError struct {
	what string
	err  error
}

func (e *callError) Error() string {
	return fmt.Sprintf("%s: %s", e.what, kube.Why(e.err))
}

func (e *callError) Unwrap() error { return e.err }
