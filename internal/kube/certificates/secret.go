package certificates

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/scaler-dev/scaler/internal/kube"
)

// The label of what is Scaler's own.
const (
	ownerKey = "app.kubernetes.io/managed-by"
	owner    = "scaler"
)

// callTimeout bounds one call to the API server.
const callTimeout = 5 * time.Second

// Secret is a Secret and the way to it.
type Secret struct {
	Client    corev1client.SecretsGetter
	Namespace string
	Name      string
	// Timeout of one call; 0: five seconds.
	Timeout time.Duration
}

// String is how messages name it.
func (s Secret) String() string { return "Secret " + s.Namespace + "/" + s.Name }

func (s Secret) get(ctx context.Context) (*corev1.Secret, error) {
	return s.call(ctx, "read", func(ctx context.Context) (*corev1.Secret, error) {
		return s.Client.Secrets(s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
	})
}

func (s Secret) create(ctx context.Context, b Bundle) error {
	_, err := s.call(ctx, "create", func(ctx context.Context) (*corev1.Secret, error) {
		return s.Client.Secrets(s.Namespace).Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: s.Name, Labels: map[string]string{ownerKey: owner}},
			Type:       corev1.SecretTypeTLS, Data: b.Data(),
		}, metav1.CreateOptions{FieldManager: owner})
	})
	return err
}

// update replaces what a Secret holds; a conflict, where that has changed since it
// was read.
func (s Secret) update(ctx context.Context, read *corev1.Secret, b Bundle) error {
	changed := read.DeepCopy()
	changed.Data = b.Data()
	_, err := s.call(ctx, "update", func(ctx context.Context) (*corev1.Secret, error) {
		return s.Client.Secrets(s.Namespace).Update(ctx, changed, metav1.UpdateOptions{FieldManager: owner})
	})
	return err
}

func (s Secret) call(ctx context.Context, verb string, do func(context.Context) (*corev1.Secret, error)) (*corev1.Secret, error) {
	timeout := s.Timeout
	if timeout == 0 {
		timeout = callTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	secret, err := do(ctx)
	if err != nil {
		return nil, &callError{verb: verb, secret: s.String(), err: err}
	}
	return secret, nil
}

// callError tells what went wrong without the API server's own words.
type callError struct {
	verb, secret string
	err          error
}

func (e *callError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.verb, e.secret, kube.Why(e.err))
}

func (e *callError) Unwrap() error { return e.err }

// problem is what is wrong at present. It is logged when it changes.
type problem struct {
	mu  sync.Mutex // guards err
	err error
}

func (p *problem) set(log *slog.Logger, secret Secret, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.err
	switch p.err = err; {
	case err == nil && before != nil:
		log.Info("certificate in order again", "secret", secret.String())
	case err != nil && (before == nil || before.Error() != err.Error()):
		log.Warn("certificate has a problem", "secret", secret.String(), "problem", err.Error())
	}
}

func (p *problem) get() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// pause waits, or for whoever wakes it. It is false when the context has ended.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-wake:
	}
	return ctx.Err() == nil
}

// The problems of a Secret that is there.
var (
	errForeign = errors.New("it is not Scaler's: it lacks the label " + ownerKey + "=" + owner +
		"; name another Secret in the configuration, or delete this one and Scaler makes its own")
	errGarbage = errors.New("it is Scaler's, and what it holds makes no sense, so it is left alone; delete it and Scaler makes a new one")
)
