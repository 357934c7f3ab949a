package console

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/runner"
)

type lifted struct {
	Provider string `json:"provider"`
	Result   string `json:"result"`
}

// lift lifts a provider's mass guard, for somebody on this machine.
func (c *console) lift(w http.ResponseWriter, r *http.Request) {
	if !local(r) {
		refuse(w, http.StatusForbidden, "a guard is lifted from this machine only, and not by a page of another site",
			"run curl where Scaler runs; on Kubernetes through kubectl port-forward")
		return
	}
	s, ok := c.ticked(w)
	if !ok {
		return
	}
	provider := r.PathValue("provider")
	g, ok := guard(s, provider)
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, fmt.Sprintf("there is no provider %q that signals are read from", provider), providers(s))
	case !g.Tripped:
		writeJSON(w, http.StatusOK, lifted{provider, "its guard has not tripped: there is nothing to lift"})
	case !c.Lift(provider):
		refuse(w, http.StatusConflict, "this replica only follows: the one that decides lifts the guard",
			"ask the replica whose metric scaler_leader is 1")
	default:
		c.Log.WarnContext(r.Context(), "mass guard lifted by hand", "provider", provider)
		writeJSON(w, http.StatusAccepted, lifted{provider, "its guard is lifted with the next tick"})
	}
}

func guard(s *runner.Status, provider string) (engine.Guard, bool) {
	for _, g := range s.Guards {
		if g.Provider == provider {
			return g, true
		}
	}
	return engine.Guard{}, false
}

func providers(s *runner.Status) string {
	names := make([]string, 0, maxNamed)
	for _, g := range s.Guards[:min(len(s.Guards), maxNamed)] {
		names = append(names, g.Provider)
	}
	if len(names) == 0 {
		return "no signal is read from any provider"
	}
	return "there is " + strings.Join(names, ", ")
}

// local tells whether a request comes from this machine and, if from a browser,
// from a page of this very server. A name that an attacker points here is no
// loopback host.
func local(r *http.Request) bool {
	if !loopback(r.RemoteAddr) || !loopback(r.Host) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		return false
	}
	origin := r.Header.Values("Origin")
	return len(origin) == 0 || (len(origin) == 1 && origin[0] == "http://"+r.Host)
}

// loopback tells whether a host, with or without a port, is this machine by its
// address or by the name localhost.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}
