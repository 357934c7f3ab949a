package certificates

import (
	"crypto/x509"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"k8s.io/klog/v2"
)

func TestMain(m *testing.M) {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

const day = 24 * time.Hour

var (
	start   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	serving = Issuer{Names: ServiceNames("scaler", "scaler"), ValidFor: 90 * day}
	peers   = Issuer{Names: []string{PeerName}, ValidFor: 90 * day, Peers: true}
	quiet   = slog.New(slog.DiscardHandler)
)

func first(t testing.TB, i Issuer, at time.Time) Bundle {
	t.Helper()
	b, err := i.First(at)
	require.NoError(t, err)
	return b
}

// advance does what Decide asks for, and says what that was.
func advance(t testing.TB, i Issuer, b Bundle, now time.Time) (Bundle, Plan) {
	t.Helper()
	plan, err := i.Decide(b, now)
	require.NoError(t, err)
	b, err = i.Advance(b, plan.Step, now)
	require.NoError(t, err)
	return b, plan
}

func leaf(t testing.TB, b Bundle) *x509.Certificate {
	t.Helper()
	pair, err := readPair(b.Cert, b.Key)
	require.NoError(t, err)
	return pair.Leaf
}

// verifies tells whether who trusts one bundle accepts the certificate of another.
func verifies(shown, trusted Bundle, name string, now time.Time, use x509.ExtKeyUsage) error {
	pair, err := readPair(shown.Cert, shown.Key)
	if err != nil {
		return err
	}
	cas, err := readCAs(trusted.CA)
	if err != nil {
		return err
	}
	_, err = pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: newPool(cas), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{use}})
	return err
}
