// Package apiservice tells who answers the cluster's external metrics, and keeps the
// certificate authorities that the cluster checks Scaler's answers with.
package apiservice

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	v1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// Name is the one entry in the cluster of who answers external metrics.
const Name = "v1beta1.external.metrics.k8s.io"

const (
	defaultPort = 443
	// maxWriters and maxText bound what is repeated of the object.
	maxWriters = 16
	maxText    = 300
	// previousKey notes whom the entry was taken from.
	previousKey = "scaler.dev/previous-service"
	// manager is how managedFields name what Scaler writes.
	manager = "scaler"
)

// Owner is whose the entry is.
type Owner string

// The owners.
const (
	// Missing: there is no entry, and nobody answers.
	Missing Owner = "missing"
	// Ours leads to Scaler's Service.
	Ours Owner = "ours"
	// Foreign leads to another Service.
	Foreign Owner = "foreign"
	// Local has no Service: the API server answers by itself.
	Local Owner = "local"
)

// Want is the Service that leads to Scaler.
type Want struct {
	Service, Namespace string
	Port               int32
}

func (w Want) String() string { return service(w.Namespace, w.Service, w.Port) }

// Status is what the entry says.
type Status struct {
	Owner Owner `json:"owner"`
	// Service is namespace/name:port of whoever the entry leads to; empty where there
	// is no entry, or no Service.
	Service string `json:"service,omitempty"`
	// WrongPort is set where the Service is ours and the port is not.
	WrongPort bool `json:"wrongPort,omitempty"`
	// Available is True, False or Unknown; Reason and Message are the API server's.
	Available string `json:"available,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Message   string `json:"message,omitempty"`
	// Insecure says that the API server checks no certificate.
	Insecure bool `json:"insecureSkipTLSVerify,omitempty"`
	// Writers of spec.caBundle, the latest first.
	Writers []Writer `json:"caBundleWriters,omitempty"`
	// Injector is cert-manager's annotation by which it writes the caBundle, key=value.
	Injector string `json:"injector,omitempty"`
	// Previous is whom Scaler took the entry from.
	Previous string `json:"previousService,omitempty"`

	want Want
	ca   []byte
}

// Writer is a field manager that has written spec.caBundle.
type Writer struct {
	Manager string    `json:"manager"`
	At      time.Time `json:"at,omitzero"`
}

// read makes out what an entry says; nil: there is none.
func read(o *v1.APIService, want Want) Status {
	s := Status{Owner: Missing, want: want}
	if o == nil {
		return s
	}
	s.ca, s.Insecure = o.Spec.CABundle, o.Spec.InsecureSkipTLSVerify
	s.Owner = Local
	if ref := o.Spec.Service; ref != nil {
		port := int32(defaultPort)
		if ref.Port != nil {
			port = *ref.Port
		}
		s.Owner, s.Service = Foreign, service(ref.Namespace, ref.Name, port)
		if ref.Namespace == want.Namespace && ref.Name == want.Service {
			s.Owner, s.WrongPort = Ours, port != want.Port
		}
	}
	s.Available = string(v1.ConditionUnknown)
	for _, c := range o.Status.Conditions {
		if c.Type == v1.Available {
			s.Available, s.Reason, s.Message = string(c.Status), short(c.Reason), short(c.Message)
		}
	}
	s.Writers = writers(o.ManagedFields)
	s.Injector = injector(o.Annotations)
	s.Previous = short(o.Annotations[previousKey])
	return s
}

func service(namespace, name string, port int32) string {
	return namespace + "/" + name + ":" + strconv.Itoa(int(port))
}

// writers are those who have written spec.caBundle, the latest first.
func writers(fields []metav1.ManagedFieldsEntry) []Writer {
	var list []Writer
	for _, f := range fields {
		if f.FieldsV1 == nil || !ownsCABundle(f.FieldsV1) {
			continue
		}
		w := Writer{Manager: short(f.Manager)}
		if f.Time != nil {
			w.At = f.Time.UTC()
		}
		list = append(list, w)
	}
	slices.SortStableFunc(list, func(a, b Writer) int { return b.At.Compare(a.At) })
	return list[:min(len(list), maxWriters)]
}

func ownsCABundle(f *metav1.FieldsV1) bool {
	raw, err := f.MarshalJSON()
	if err != nil || !bytes.Contains(raw, []byte("f:caBundle")) {
		return false
	}
	var set struct {
		Spec struct {
			CABundle json.RawMessage `json:"f:caBundle"`
		} `json:"f:spec"`
	}
	return json.Unmarshal(raw, &set) == nil && set.Spec.CABundle != nil
}

// injector finds the annotation by which cert-manager writes the caBundle.
func injector(annotations map[string]string) string {
	for _, key := range []string{
		"cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret", "cert-manager.io/inject-apiserver-ca",
	} {
		if v, ok := annotations[key]; ok {
			return key + "=" + short(v)
		}
	}
	return ""
}

// short makes one line of bounded length of what somebody else wrote.
func short(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}
