package certificates

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"
)

// store is the API server's one Secret, with the conflicts that the plain fake does
// not know.
type store struct {
	client *fake.Clientset

	mu      sync.Mutex // guards all below
	secret  *corev1.Secret
	version int
	writes  []Bundle
	fail    error
	before  func(*store) // runs once, in front of the next write
}

func newStore() *store {
	s := &store{client: fake.NewClientset()}
	s.client.PrependReactor("*", "secrets", s.react)
	return s
}

func (s *store) ref() Secret {
	return Secret{Client: s.client.CoreV1(), Namespace: "scaler", Name: "tls"}
}

func (s *store) react(a k8stesting.Action) (bool, runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return true, nil, s.fail
	}
	if hook := s.before; hook != nil && a.GetVerb() != "get" {
		s.before = nil
		hook(s)
	}
	kind := schema.GroupResource{Resource: "secrets"}
	switch a := a.(type) {
	case k8stesting.GetAction:
		if s.secret == nil {
			return true, nil, apierrors.NewNotFound(kind, a.GetName())
		}
	case k8stesting.UpdateAction: // a CreateAction has the same methods
		next, _ := a.GetObject().(*corev1.Secret)
		switch {
		case a.GetVerb() == "create" && s.secret != nil:
			return true, nil, apierrors.NewAlreadyExists(kind, next.Name)
		case a.GetVerb() == "update" && s.secret == nil:
			return true, nil, apierrors.NewNotFound(kind, next.Name)
		case a.GetVerb() == "update" && s.secret.ResourceVersion != next.ResourceVersion:
			return true, nil, apierrors.NewConflict(kind, next.Name, nil)
		}
		s.put(next)
		s.writes = append(s.writes, FromData(next.Data))
	}
	return true, s.secret.DeepCopy(), nil
}

func (s *store) put(next *corev1.Secret) {
	s.version++
	s.secret = next.DeepCopy()
	s.secret.ResourceVersion = strconv.Itoa(s.version)
}

// set is a write by somebody else; nil deletes.
func (s *store) set(secret *corev1.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret = nil; secret != nil {
		s.put(secret)
	}
}

func (s *store) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *store) get(t testing.TB) *corev1.Secret {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotNil(t, s.secret)
	return s.secret.DeepCopy()
}

func (s *store) written() []Bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// secretOf is a Secret of Scaler's with these data.
func secretOf(data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "scaler", Name: "tls", Annotations: map[string]string{"theirs": "kept"},
			Labels: map[string]string{ownerKey: owner, "chart": "kept"},
		},
		Type: corev1.SecretTypeTLS, Data: data,
	}
}
