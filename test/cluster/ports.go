package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
)

// Ports are below those that the kernel gives to outgoing connections, so that none
// takes the port of a program while it restarts.
const (
	firstPort = 20000
	lastPort  = 32000
)

type ports struct {
	etcd, etcdPeer, apiServer, controllerManager, scheduler, kwok int
}

func freePorts() (ports, error) {
	var p ports
	for _, port := range []*int{&p.etcd, &p.etcdPeer, &p.apiServer, &p.controllerManager, &p.scheduler, &p.kwok} {
		free, err := freePort()
		if err != nil {
			return ports{}, err
		}
		*port = free
	}
	return p, nil
}

// freePort picks at random, so that clusters started at the same time do not meet.
func freePort() (int, error) {
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port)) //nolint:noctx // it listens at once or not at all
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("find a free port: none of 100 is")
}

// HostIP returns an IPv4 address of this machine that is not loopback. The endpoints
// of a Service need one.
func HostIP() (netip.Addr, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("list the addresses of this machine: %w", err)
	}
	for _, address := range addresses {
		prefix, err := netip.ParsePrefix(address.String())
		if err != nil {
			continue
		}
		if ip := prefix.Addr().Unmap(); ip.Is4() && ip.IsGlobalUnicast() {
			return ip, nil
		}
	}
	return netip.Addr{}, errors.New("this machine has no IPv4 address but loopback")
}
