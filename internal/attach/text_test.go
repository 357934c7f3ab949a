package attach

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scaler-dev/scaler/internal/testgolden"
)

func TestReport(t *testing.T) {
	s := steady(func(s *Seen) {
		s.Service.Deploying, s.Service.Running, s.Service.Pending = true, 3, 1
		s.Target.SuspendedIn = true
		s.Policies = append(s.Policies, cpu)
		s.Alarms[0] = Alarm{Out, stateAlarm, now.Add(-time.Minute)}
		s.NotScaled = []NotScaled{{At: now.Add(-30 * time.Second), Code: "AutoScalingAnticipatedFlapping"}}
		s.Decision.Desired = new(int32(9))
	})
	r := ReportOf(want(), s)
	j, err := json.MarshalIndent(r, "", "  ")
	require.NoError(t, err)
	testgolden.Equal(t, filepath.Join("testdata", "report.golden"), r.Text()+"\n"+string(j)+"\n")
}

// TestForeignText: what somebody else named changes nothing on a terminal, and is
// bounded.
func TestForeignText(t *testing.T) {
	evil := "cpu\x1b[2J\n\u009b31m" + string(make([]byte, 300))
	have := attached(func(h *Have) {
		h.Policies = append(h.Policies, Policy{Name: evil, Type: evil, Fields: []Field{{evil, evil}}})
		h.Actions = []Action{{Name: evil}}
		h.Target.Owner = evil
		h.Elsewhere = []string{evil}
	})
	plan, err := Attach(want(), have, false)
	require.NoError(t, err)
	detach := Detach(orders, have)
	report := ReportOf(want(), steady(func(s *Seen) { s.Have, s.NotScaled = have, []NotScaled{{At: now, Code: short(evil)}} }))
	for _, text := range []string{plan.Text(), detach.Text(), report.Text()} {
		require.NotContains(t, text, "\x1b")
		require.NotContains(t, text, "\u009b")
		require.NotContains(t, text, "\x00")
		require.NotContains(t, text, "cpu\n")
		require.Less(t, len(text), 4000)
	}
	_, err = Attach(want(), attached(func(h *Have) { h.Policies[0].Type = evil }), false)
	require.NotContains(t, err.Error(), "\x1b")
}
