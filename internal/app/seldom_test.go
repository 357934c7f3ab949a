package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/klog/v2"
)

// TestLibrariesDoNotFloodTheLog: what a library logs for every request is told ten
// times a minute, and what it logs elsewhere goes on.
func TestLibrariesDoNotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		LogLibraries(&out)
		t.Cleanup(klog.ClearLogger)
		for i := range 1001 {
			if i == 1000 {
				time.Sleep(time.Minute)
				klog.ErrorS(errors.New("once"), "elsewhere")
			}
			klog.ErrorS(fmt.Errorf("token %d", i), "refused")
		}
		var told []string
		for line := range bytes.Lines(out.Bytes()) {
			var record struct {
				Message string `json:"msg"`
				Err     string
				LeftOut int `json:"left_out"`
			}
			require.NoError(t, json.Unmarshal(line, &record))
			told = append(told, fmt.Sprint(record.Message, ", ", record.Err, ", ", record.LeftOut))
		}
		require.Len(t, told, 12)
		require.Equal(t, []string{"refused, token 0, 0", "refused, token 9, 0", "elsewhere, once, 0", "refused, token 1000, 990"},
			[]string{told[0], told[9], told[10], told[11]})
	})
}
