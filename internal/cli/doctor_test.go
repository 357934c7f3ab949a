package cli

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWaiting: the line that tells what is waited for comes after a while, leaves
// nothing of the one before it, and goes at the end.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := &waiting{w: &out, from: time.Now().Add(patience)}
		l.tell(0, 5, []string{"a", "b", "c", "d", "e"})
		require.Empty(t, out.String())
		time.Sleep(patience)
		l.again()
		require.Equal(t, "\r0 of 5 checks done, waiting for a, b, c, …\r", out.String())
		out.Reset()
		l.tell(4, 5, []string{"e"})
		require.Equal(t, "\r4 of 5 checks done, waiting for e"+strings.Repeat(" ", len("a, b, c, .")-1)+"\r", out.String())
		out.Reset()
		l.clear()
		require.Equal(t, "\r"+strings.Repeat(" ", len("4 of 5 checks done, waiting for e"))+"\r", out.String())
		out.Reset()
		l.tell(5, 5, nil)
		require.Empty(t, out.String())
	})
}
