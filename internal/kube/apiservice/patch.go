package apiservice

import (
	"bytes"
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	v1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// patch is what Scaler writes of an entry, as a JSON merge patch. The resource
// version makes it fail where the entry has changed since it was read.
type patch struct {
	Metadata struct {
		ResourceVersion string            `json:"resourceVersion"`
		Annotations     map[string]string `json:"annotations,omitempty"`
	} `json:"metadata"`
	Spec struct {
		Service               *v1.ServiceReference `json:"service,omitempty"`
		CABundle              []byte               `json:"caBundle"`
		InsecureSkipTLSVerify bool                 `json:"insecureSkipTLSVerify"`
	} `json:"spec"`
}

// due is what is to be written now; nil: nothing.
func (s *Steward) due() *patch {
	if s.s.Bundle == nil {
		return nil
	}
	bundle := s.s.Bundle()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(bundle) == 0 || !s.dispute.mayWrite(s.s.Now()) {
		return nil
	}
	p := &patch{}
	p.Spec.CABundle = bundle
	switch {
	case s.report.Owner == Ours && (s.report.Insecure || !bytes.Equal(s.report.ca, bundle)):
		return p
	case s.report.Owner == Foreign && s.s.Force && !s.taken:
		w := s.s.Want
		p.Spec.Service = &v1.ServiceReference{Namespace: w.Namespace, Name: w.Service, Port: &w.Port}
		p.Metadata.Annotations = map[string]string{previousKey: s.report.Service}
		return p
	}
	return nil
}

func (s *Steward) patch(ctx context.Context, o *v1.APIService, p *patch) (*v1.APIService, error) {
	p.Metadata.ResourceVersion = o.ResourceVersion
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, &callError{"patch the APIService " + Name, err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.s.Timeout)
	defer cancel()
	o, err = s.s.Client.APIServices().Patch(ctx, Name, types.MergePatchType, raw, metav1.PatchOptions{FieldManager: manager})
	if err != nil {
		return nil, &callError{"patch the APIService " + Name, err}
	}
	return o, nil
}

// done takes in what was written.
func (s *Steward) done(o *v1.APIService, p *patch) {
	if from := p.Metadata.Annotations[previousKey]; from != "" {
		s.s.Log.Warn("api service taken over by force", "name", Name, "from", from, "to", s.s.Want.String())
	} else {
		s.s.Log.Info("api service given the certificate's authorities", "name", Name)
	}
	s.mu.Lock()
	s.taken = s.taken || p.Spec.Service != nil
	s.wrote = nil // it is Scaler itself that changed it
	s.mu.Unlock()
	s.found(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrote = p.Spec.CABundle
}
