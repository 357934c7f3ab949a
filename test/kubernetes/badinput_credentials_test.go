//go:build e2e

package kubernetes_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// account is whom the roles are bound to that the program prints.
const account = "system:serviceaccount:scaler:scaler"

// rightsDocument is what roles are printed for, beside the policy.
const rightsDocument = `
apiVersion: scaler.dev/v1alpha1
kind: ScalerConfig
metadata: {name: scaler}
spec:
  kubernetes: {namespace: scaler}
  externalMetrics: {listen: ":6443", service: scaler, certificate: {selfManaged: {secret: scaler-serving}}}
  highAvailability: {listen: ":9443", advertise: 192.0.2.1}
---
`

// expiring is a kubeconfig whose credentials come to an end.
type expiring struct {
	path   string
	expire func() // nil: they do by themselves
	renew  func()
}

// TestCredentialsThatExpire lets the credentials of both replicas come to an end, and
// renews them where they stand. Until then nobody leads and nothing is scaled in;
// afterwards everything goes on without a restart.
func TestCredentialsThatExpire(t *testing.T) {
	t.Parallel() // each has a cluster of its own, and waits most of the time
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(rows, "credentials\tleader stops\twithout leader\t%s\t%s\t%s\tslowest\tDeployment\tafter renewal leads\tHPA's GETs\tdecided, scaled again\n", byMaster, byHPA, byToken)
	for name, credentials := range map[string]func(*troubled) expiring{
		"certificate in the kubeconfig": expiringCertificate,
		"token in a file":               revokedToken,
	} {
		t.Run(name, func(t *testing.T) { fmt.Fprintf(rows, "%s\t%s\n", name, expireAndRenew(t, credentials)) })
	}
	require.NoError(t, rows.Flush())
	t.Logf("%d replicas are what the backlog asks for, %d while nobody leads:\n\n%s", enough, fewer, table.String())
}

func expireAndRenew(t *testing.T, credentials func(*troubled) expiring) string {
	t.Helper()
	w, documents := startTroubled(t, "5s")
	require.NoError(t, w.c.Apply(t.Context(), generated(t, rightsDocument+strings.ReplaceAll(documents, "${env:REPLICA}", ""), "rbac")))
	require.NoError(t, w.c.Apply(t.Context(), deployment(1)))
	k := credentials(w)
	for _, name := range []string{"a", "b"} {
		w.run(name, settings{Documents: documents, Kubeconfig: k.path})
	}
	w.becomes(enough)
	terms := w.terms()
	require.Equal(t, 1, terms)

	from := time.Now()
	if k.expire != nil {
		k.expire()
	}
	eventually(t, 2*time.Minute, "the leader stops", func() bool { return w.leads() == nil })
	stopped := time.Now()
	w.asks(fewer)
	for _, r := range w.e.all() {
		w.says(r, "the credentials are not accepted, or have expired")
		require.Contains(t, r.log.String(), "cannot reach the lease")
		t.Logf("%s says: %q", r.name, w.problems(r))
	}
	time.Sleep(time.Until(stopped.Add(20 * time.Second)))
	w.asks(enough)
	renewed := time.Now()
	seen := w.lookout.requireNeverLower(t, from, renewed, enough)
	require.Len(t, seen[byMaster].codes, 1, "nobody needs to be asked about it: %s", seen[byMaster])
	closed := w.lookout.requireNeverLower(t, stopped.Add(3*time.Second), renewed, enough)
	require.Equal(t, []int{http.StatusForbidden}, codes(closed[byHPA]))
	require.Equal(t, []int{http.StatusUnauthorized}, codes(closed[byToken]))

	k.renew()
	eventually(t, time.Minute, "somebody leads again", func() bool { return w.leads() != nil })
	leads := time.Since(renewed)
	eventually(t, time.Minute, "the HPA's GETs are answered again", func() bool {
		now := time.Now()
		time.Sleep(time.Second)
		s := w.lookout.between(now, time.Now())[byHPA]
		return s != nil && s.codes[http.StatusOK] > 0 && len(s.codes) == 1
	})
	answers := time.Since(renewed)
	require.Equal(t, terms+1, w.terms())
	w.lookout.requireNeverLower(t, from, time.Now(), enough)
	slowest := max(seen[byMaster].slowest, seen[byHPA].slowest, seen[byToken].slowest)
	return fmt.Sprintf("%.0f s\t%.0f s\t%s\t%s\t%s\t%d ms\t%d\t%.1f s\t%.1f s\t%s", stopped.Sub(from).Seconds(), renewed.Sub(stopped).Seconds(),
		seen[byMaster], seen[byHPA], seen[byToken], slowest.Milliseconds(), seen[""].lowest, leads.Seconds(), answers.Seconds(), w.scalesAgain())
}

func codes(s *sight) []int {
	var out []int
	for code := range s.codes {
		out = append(out, code)
	}
	return out
}

// expiringCertificate stands in the kubeconfig itself, and lasts a minute.
func expiringCertificate(w *troubled) expiring {
	path, err := w.c.UserKubeconfig(account, nil, time.Minute)
	require.NoError(w.t, err)
	return expiring{path: path, renew: func() {
		next, err := w.c.UserKubeconfig(account, nil, time.Hour)
		require.NoError(w.t, err)
		require.NoError(w.t, os.Rename(next, path))
	}}
}

// revokedToken stands in a file, as a pod's does. The API server refuses it once the
// Secret is gone that it is bound to, for none lasts less than ten minutes.
func revokedToken(w *troubled) expiring {
	dir := w.t.TempDir()
	file := filepath.Join(dir, "token")
	secrets := w.c.Client().CoreV1().Secrets("scaler")
	write := func(name string) {
		s, err := secrets.Create(w.t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		require.NoError(w.t, err)
		got, err := w.c.Client().CoreV1().ServiceAccounts("scaler").CreateToken(w.t.Context(), "scaler", &authenticationv1.TokenRequest{
			Spec: authenticationv1.TokenRequestSpec{BoundObjectRef: &authenticationv1.BoundObjectReference{Kind: "Secret", APIVersion: "v1", Name: name, UID: s.UID}},
		}, metav1.CreateOptions{})
		require.NoError(w.t, err)
		require.NoError(w.t, os.WriteFile(file+".new", []byte(got.Status.Token), 0o600))
		require.NoError(w.t, os.Rename(file+".new", file))
	}
	write("first")
	k, err := clientcmd.LoadFromFile(w.c.Kubeconfig)
	require.NoError(w.t, err)
	for name := range k.AuthInfos {
		k.AuthInfos[name] = &api.AuthInfo{TokenFile: file}
	}
	path := filepath.Join(dir, "kubeconfig")
	require.NoError(w.t, clientcmd.WriteToFile(*k, path))
	return expiring{
		path:   path,
		expire: func() { require.NoError(w.t, secrets.Delete(w.t.Context(), "first", metav1.DeleteOptions{})) },
		renew:  func() { write("second") },
	}
}
