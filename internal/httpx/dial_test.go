package httpx

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefuseLinkLocal(t *testing.T) {
	for _, tc := range []struct {
		address string
		refused bool
	}{
		{"169.254.169.254:80", true},
		{"169.254.170.2:80", true},
		{"169.254.170.23:80", true},
		{"[fe80::1]:80", true},
		{"[fe80::1%eth0]:80", true},
		{"[::ffff:169.254.169.254]:80", true},
		{"[fd00:ec2::254]:80", true},
		{"[fd00:ec2::23]:80", true},
		{"0.0.0.0:80", true},
		{"[::]:80", true},
		{"[::ffff:0.0.0.0]:80", true},
		{"224.0.0.1:80", true},
		{"[ff02::1]:80", true},
		{"127.0.0.1:80", false},
		{"[::1]:80", false},
		{"10.0.0.1:80", false},
		{"[fd00:ec3::1]:80", false},
		{"93.184.216.34:443", false},
	} {
		t.Run(tc.address, func(t *testing.T) {
			err := refuseLinkLocal("tcp", tc.address, nil)
			if tc.refused {
				require.ErrorIs(t, err, errLinkLocal)
				return
			}
			require.NoError(t, err)
		})
	}
	require.Error(t, refuseLinkLocal("tcp", "not an address", nil))
}
