package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ExternalNameService makes a Service through which the API server reaches an
// aggregated server on loopback. The APIService names the same port. It does not work
// with AggregatorRouting.
func (c *Cluster) ExternalNameService(ctx context.Context, namespace, name string, port int) error {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.ServiceSpec{
			Type:         corev1.ServiceTypeExternalName,
			ExternalName: "localhost",
			Ports:        []corev1.ServicePort{{Port: int32(port)}},
		},
	}
	_, err := c.client.CoreV1().Services(namespace).Create(ctx, service, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create service %s/%s: %w", namespace, name, err)
	}
	return nil
}

// endpointsPort is the port of a Service made by SetEndpoints, and its name.
const (
	endpointsPort     = 443
	endpointsPortName = "https"
)

// SetEndpoints gives a Service on port 443 exactly these endpoints, each ready and
// with a port of its own, and makes the Service where it is not there. The API server
// routes to them when AggregatorRouting is set. HostIP has an address that is allowed.
func (c *Cluster) SetEndpoints(ctx context.Context, namespace, name string, endpoints ...netip.AddrPort) error {
	service := fmt.Appendf(nil, "{apiVersion: v1, kind: Service, metadata: {name: %q, namespace: %q}, "+
		"spec: {ports: [{name: %s, port: %d}]}}", name, namespace, endpointsPortName, endpointsPort)
	if err := c.Apply(ctx, service); err != nil {
		return err
	}
	slices := c.client.DiscoveryV1().EndpointSlices(namespace)
	old, err := slices.List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + name})
	if err != nil {
		return fmt.Errorf("list the endpoints of service %s/%s: %w", namespace, name, err)
	}
	stale := map[string]bool{}
	for _, slice := range old.Items {
		stale[slice.Name] = true
	}
	for _, endpoint := range endpoints {
		slice := endpointSlice(name, endpoint)
		if stale[slice.Name] {
			delete(stale, slice.Name)
			continue
		}
		if _, err := slices.Create(ctx, slice, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("add an endpoint to service %s/%s: %w", namespace, name, err)
		}
	}
	for slice := range stale {
		if err := slices.Delete(ctx, slice, metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("remove an endpoint of service %s/%s: %w", namespace, name, err)
		}
	}
	return nil
}

// endpointSlice is named after its endpoint, because ports are those of a whole slice.
func endpointSlice(service string, endpoint netip.AddrPort) *discoveryv1.EndpointSlice {
	portName, port, ready := endpointsPortName, int32(endpoint.Port()), true
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name:   service + "-" + endpoint.Addr().String() + "-" + strconv.Itoa(int(endpoint.Port())),
			Labels: map[string]string{discoveryv1.LabelServiceName: service},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{
			Addresses:  []string{endpoint.Addr().String()},
			Conditions: discoveryv1.EndpointConditions{Ready: &ready},
		}},
		Ports: []discoveryv1.EndpointPort{{Name: &portName, Port: &port}},
	}
}

// WaitAPIService waits, a minute at most, until an APIService is Available.
func (c *Cluster) WaitAPIService(ctx context.Context, name string) error {
	kind := schema.GroupVersionKind{Group: "apiregistration.k8s.io", Version: "v1", Kind: "APIService"}
	return c.WaitCondition(ctx, kind, "", name, "Available")
}
