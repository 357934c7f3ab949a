package apiservice

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// OK tells whether there is nothing to do: the entry leads to Scaler, and the API
// server reaches it.
func (s Status) OK() bool {
	return s.Owner == Ours && !s.WrongPort && s.Available == "True" && s.Injector == ""
}

// Sentences say how things stand and what to do.
func (s Status) Sentences() []string {
	switch s.Owner {
	case Ours:
		return s.ours()
	case Foreign:
		return s.foreign()
	case Local:
		return []string{
			Name + " has no Service: the API server answers by itself and passes nothing to Scaler.",
			"Delete the APIService (and a CustomResourceDefinition of that group, if there is one), then create it with the Service " + s.want.String() + ".",
		}
	case Missing:
	}
	return []string{
		"There is no APIService " + Name + ": nobody answers external metrics, and no HorizontalPodAutoscaler sees Scaler's.",
		"Create it with the Service " + s.want.String() + "; the chart has it.",
	}
}

func (s Status) ours() []string {
	list := []string{fmt.Sprintf("%s leads to Scaler, %s, and is %s.", Name, s.Service, s.availability())}
	if s.WrongPort {
		list = append(list, "Its port is not that of Scaler's Service: set it to "+strconv.Itoa(int(s.want.Port))+".")
	}
	if s.Available != "True" {
		list = append(list, s.hint())
	}
	if s.Injector != "" {
		list = append(list, "cert-manager writes its caBundle ("+s.Injector+"): right with certificate.secret, to be removed with certificate.selfManaged.")
	}
	if w := s.others(); len(w) > 0 {
		list = append(list, "Besides Scaler its caBundle was written by "+strings.Join(w, ", ")+".")
	}
	if s.Insecure {
		list = append(list, "The API server does not check Scaler's certificate: replace insecureSkipTLSVerify by a caBundle.")
	}
	return list
}

func (s Status) foreign() []string {
	name, port, _ := strings.Cut(s.Service, ":")
	list := []string{
		fmt.Sprintf("%s leads to %s, which is %s. Scaler does not take it by itself.", Name, s.Service, s.availability()),
		fmt.Sprintf("To move to Scaler: set externalMetrics.forward (service: %s, port: %s), so that the other's metrics go on, and externalMetrics.apiService.force: true.", name, port),
	}
	if s.Injector != "" {
		list = append(list, "Before that, remove the annotation "+s.Injector+": by it cert-manager writes the caBundle.")
	}
	if w := s.others(); len(w) > 0 {
		list = append(list, "Its caBundle was written by "+strings.Join(w, ", ")+": make sure first that nobody writes it again.")
	}
	return list
}

// others are the writers of spec.caBundle that are not Scaler.
func (s Status) others() []string {
	var list []string
	for _, w := range s.Writers {
		if w.Manager == manager {
			continue
		}
		when := ""
		if !w.At.IsZero() {
			when = " (last at " + w.At.Format(time.RFC3339) + ")"
		}
		list = append(list, w.Manager+when)
	}
	return list
}

func (s Status) availability() string {
	switch {
	case s.Available == "True":
		return "available"
	case s.Reason == "":
		return "not known to be available"
	}
	return strings.TrimSuffix(fmt.Sprintf("not available (%s: %s", s.Reason, s.Message), ".") + ")"
}

// hint is what to look at, by the API server's reason.
func (s Status) hint() string {
	switch s.Reason {
	case "ServiceNotFound":
		return "Create the Service, or name the right one in externalMetrics.service."
	case "ServicePortError", "ServiceAccessError":
		return "Compare the port of the Service with that of the APIService."
	case "EndpointsNotFound", "MissingEndpoints", "EndpointsAccessError":
		return "No replica is ready behind the Service: look at the pods and at the Service's selector."
	case "FailedDiscoveryCheck":
		return "The API server cannot ask Scaler: look at network policies and firewalls from the control plane to the pods' port, then at the caBundle."
	}
	return "Wait a minute; then look at the conditions of the APIService."
}
