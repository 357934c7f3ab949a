package apiservice

import (
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	k8stesting "k8s.io/client-go/testing"
	"k8s.io/klog/v2"
	v1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset/fake"
)

func TestMain(m *testing.M) {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

var (
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	want  = Want{Service: "scaler", Namespace: "scaler-system", Port: 443}
	quiet = slog.New(slog.DiscardHandler)
)

// entry is the APIService that leads to a Service and is available.
func entry(namespace, name string, edit ...func(*v1.APIService)) *v1.APIService {
	o := &v1.APIService{
		ObjectMeta: metav1.ObjectMeta{Name: Name},
		Spec: v1.APIServiceSpec{
			Group: "external.metrics.k8s.io", Version: "v1beta1", GroupPriorityMinimum: 100, VersionPriority: 100,
			Service: &v1.ServiceReference{Namespace: namespace, Name: name},
		},
		Status: v1.APIServiceStatus{Conditions: []v1.APIServiceCondition{{Type: v1.Available, Status: v1.ConditionTrue, Reason: "Passed", Message: "all checks passed"}}},
	}
	for _, e := range edit {
		e(o)
	}
	return o
}

func ours(edit ...func(*v1.APIService)) *v1.APIService {
	return entry(want.Namespace, want.Service, edit...)
}

func writtenBy(name string, at time.Time) func(*v1.APIService) {
	return func(o *v1.APIService) {
		fields := &metav1.FieldsV1{}
		if err := fields.UnmarshalJSON([]byte(`{"f:spec":{"f:caBundle":{},"f:service":{"f:name":{}}}}`)); err != nil {
			panic(err)
		}
		o.ManagedFields = append(o.ManagedFields, metav1.ManagedFieldsEntry{
			Manager: name, Operation: metav1.ManagedFieldsOperationUpdate, Time: &metav1.Time{Time: at}, FieldsType: "FieldsV1", FieldsV1: fields,
		})
	}
}

func unavailable(reason, message string) func(*v1.APIService) {
	return func(o *v1.APIService) {
		o.Status.Conditions = []v1.APIServiceCondition{{Type: v1.Available, Status: v1.ConditionFalse, Reason: reason, Message: message}}
	}
}

// registry is the API server's one entry. It knows conflicts, which the plain fake
// does not.
type registry struct {
	t       *testing.T
	client  *fake.Clientset
	entry   *v1.APIService
	version int
	patches int
	fail    error
	before  func() // runs once, in front of the next patch
}

func newRegistry(t *testing.T, o *v1.APIService) *registry {
	t.Helper()
	r := &registry{t: t, client: fake.NewClientset()}
	r.client.PrependReactor("*", "apiservices", r.react)
	r.set(o)
	return r
}

func (r *registry) set(o *v1.APIService) {
	if r.entry = o; o != nil {
		r.version++
		r.entry = o.DeepCopy()
		r.entry.ResourceVersion = strconv.Itoa(r.version)
	}
}

// rewrite has somebody else write the caBundle.
func (r *registry) rewrite(ca, by string, at time.Time) {
	o := r.entry.DeepCopy()
	o.Spec.CABundle, o.ManagedFields = []byte(ca), nil
	writtenBy("scaler", at.Add(time.Second))(o)
	writtenBy(by, at)(o)
	r.set(o)
}

func (r *registry) react(a k8stesting.Action) (bool, runtime.Object, error) {
	kind := schema.GroupResource{Group: "apiregistration.k8s.io", Resource: "apiservices"}
	if r.fail != nil {
		return true, nil, r.fail
	}
	p, patching := a.(k8stesting.PatchAction)
	if patching {
		if hook := r.before; hook != nil {
			r.before = nil
			hook()
		}
	}
	if r.entry == nil {
		return true, nil, apierrors.NewNotFound(kind, Name)
	}
	if patching {
		require.Equal(r.t, Name, p.GetName())
		next, version := merge(r.t, r.entry, p.GetPatch())
		if version != r.entry.ResourceVersion {
			return true, nil, apierrors.NewConflict(kind, Name, nil)
		}
		r.patches++
		r.set(next)
	} else {
		require.Equal(r.t, "get", a.GetVerb(), "no other right is asked for")
	}
	return true, r.entry.DeepCopy(), nil
}
