//go:build e2e

package kubernetes_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"

	"github.com/scaler-dev/scaler/internal/kube/certificates"
)

// takeLease writes another holder into a Lease, and keeps it there for a while.
func (st *stage) takeLease(name string, for_ time.Duration) {
	st.t.Helper()
	leases := st.c.Client().CoordinationV1().Leases("scaler")
	for end := time.Now().Add(for_); time.Now().Before(end); time.Sleep(time.Second) {
		require.NoError(st.t, retry.RetryOnConflict(retry.DefaultRetry, func() error {
			l, err := leases.Get(st.t.Context(), name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			l.Spec.HolderIdentity, l.Spec.LeaseDurationSeconds = new("thief"), new(int32(5))
			l.Spec.RenewTime = new(metav1.NowMicro())
			_, err = leases.Update(st.t.Context(), l, metav1.UpdateOptions{})
			return err
		}))
	}
}

// rotate rotates the serving certificate, and that of the replicas, as at the end of
// their lives: a second keeper for each Secret wants one name more, and so stages a
// new pair; then its clock goes on by a day, past the overlap, and it promotes that.
func (st *stage) rotate(replicas ...*replica) {
	t := st.t
	client, err := aggregator.NewForConfig(st.c.Config())
	require.NoError(t, err)
	secret := func(name string) certificates.Secret {
		return certificates.Secret{Client: st.c.Client().CoreV1(), Namespace: "scaler", Name: name}
	}
	read := func(name string) *corev1.Secret {
		s, err := st.c.Client().CoreV1().Secrets("scaler").Get(t.Context(), name, metav1.GetOptions{})
		require.NoError(t, err)
		return s
	}
	var ahead atomic.Int64
	keeper := func(name string, i certificates.Issuer) *certificates.Keeper {
		return certificates.NewKeeper(certificates.KeeperSettings{
			Secret: secret(name), Issuer: i, Log: slog.New(slog.DiscardHandler),
			Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
		})
	}
	names := []string{"scaler-serving", "scaler-peers"}
	keepers := []*certificates.Keeper{
		keeper(names[0], certificates.Issuer{Names: append(certificates.ServiceNames("scaler", "scaler"), "scaler", "one-more"), ValidFor: 90 * 24 * time.Hour}),
		keeper(names[1], certificates.Issuer{Names: []string{certificates.PeerName, "one-more"}, ValidFor: 30 * 24 * time.Hour, Peers: true}),
	}
	run := func(until func() bool) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			inner := make(chan struct{})
			go func() { defer close(inner); keepers[0].Run(ctx) }()
			keepers[1].Run(ctx)
			<-inner
		}()
		eventually(t, time.Minute, "a keeper's step", until)
		cancel()
		<-done
	}
	old := map[string][]byte{}
	next := map[string][]byte{}
	for _, n := range names {
		old[n] = read(n).Data["tls.crt"]
	}
	run(func() bool {
		return len(read(names[0]).Data["next.crt"]) > 0 && len(read(names[1]).Data["next.crt"]) > 0
	})
	for _, n := range names {
		s := read(n)
		require.Equal(t, old[n], s.Data["tls.crt"], "staged, not shown")
		next[n] = s.Data["next.crt"]
	}
	staged := time.Now()
	eventually(t, time.Minute, "the API server checks with both authorities", func() bool {
		s, err := client.ApiregistrationV1().APIServices().Get(t.Context(), "v1beta1.external.metrics.k8s.io", metav1.GetOptions{})
		return err == nil && bytes.Equal(s.Spec.CABundle, read(names[0]).Data["ca.crt"])
	})
	t.Logf("staged; published in the APIService after %s", time.Since(staged).Round(100*time.Millisecond))
	// Every replica reads the Secrets every 15 s, and trusts the next peers then.
	time.Sleep(time.Until(staged.Add(17 * time.Second)))
	ahead.Store(int64(24 * time.Hour))
	run(func() bool {
		return bytes.Equal(read(names[0]).Data["tls.crt"], next[names[0]]) && bytes.Equal(read(names[1]).Data["tls.crt"], next[names[1]])
	})
	promoted := time.Now()
	shown, _ := pem.Decode(next[names[0]])
	for _, r := range replicas {
		eventually(t, time.Minute, r.name+" shows the new certificate", func() bool {
			conn, err := tls.Dial("tcp", r.api, &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				return false
			}
			defer func() { _ = conn.Close() }()
			return bytes.Equal(conn.ConnectionState().PeerCertificates[0].Raw, shown.Bytes)
		})
		eventually(t, time.Minute, r.name+" has the new pair of the replicas", func() bool {
			return strings.Count(r.log.String(), `"certificate loaded","secret":"Secret scaler/scaler-peers"`) >= 3
		})
	}
	t.Logf("promoted; shown by every replica after %s", time.Since(promoted).Round(100*time.Millisecond))
}
