package forward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"k8s.io/apimachinery/pkg/util/validation"
)

const defaultPort = 443

// Settings are what the host gives a Forwarder.
type Settings struct {
	// Service, Namespace and Port are the adapter's; port 443 if 0.
	Service, Namespace string
	Port               int32
	// CABundle is PEM that the adapter's certificate, for service.namespace.svc, is
	// checked with; empty: the system's authorities.
	CABundle []byte
	// InsecureSkipTLSVerify trusts whoever answers with Scaler's token. Not with
	// CABundle.
	InsecureSkipTLSVerify bool
	// Token is Scaler's own. It is called for every request, because tokens rotate,
	// from many goroutines, and must be quick.
	Token func() (string, error)
	// Knows tells what Scaler serves itself, which is never forwarded. It is called
	// for every request, from many goroutines, and must answer from memory.
	Knows func(namespace, metric string) bool
	// Dial connects to an address; nil: over the network, but not to link-local
	// addresses.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Logger; nil: none.
	Logger *slog.Logger
	// Metrics; nil: none.
	Metrics *Metrics
}

// host is the name of the adapter, as its certificate has it.
func (s *Settings) host() string { return s.Service + "." + s.Namespace + ".svc" }

func (s *Settings) complete() error {
	if s.Port == 0 {
		s.Port = defaultPort
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.Metrics == nil {
		s.Metrics = NewMetrics(nil)
	}
	switch {
	case len(validation.IsDNS1123Label(s.Service)) > 0:
		return fmt.Errorf("service %q is not a DNS label", s.Service)
	case len(validation.IsDNS1123Label(s.Namespace)) > 0:
		return fmt.Errorf("namespace %q is not a DNS label", s.Namespace)
	case len(validation.IsValidPortNum(int(s.Port))) > 0:
		return fmt.Errorf("port %d is not a port", s.Port)
	case s.InsecureSkipTLSVerify && len(s.CABundle) > 0:
		return errors.New("a CA bundle is of no use without verification: give one of them")
	case s.Token == nil || s.Knows == nil:
		return errors.New("the functions Token and Knows are required")
	}
	return nil
}
