package policy

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hpaCases are inputs and expected outputs of the HorizontalPodAutoscaler's own
// tests.
type hpaCases struct {
	ScalingRules []struct {
		Name                 string
		Current, Desired     int32
		Min, Max             int32
		ScaleUp, ScaleDown   []hpaPolicy
		UpEvents, DownEvents [][2]int32
		Want                 int32
		Condition            string
	}
	MinSelect []struct {
		Name     string
		Current  int32
		Policies []hpaPolicy
		Limit    int32
	}
	StabilizeWithBehaviors []struct {
		Name                 string
		Recommendations      [][2]int32
		Current, Desired     int32
		UpWindow, DownWindow int64
		Want                 int32
	}
	StabilizeLegacy []struct {
		Name    string
		Recs    [][2]int32
		Desired int32
		Want    int32
	}
}

type hpaPolicy struct {
	Type   string
	Value  int32
	Period int64
}

func readHPACases(t *testing.T) hpaCases {
	t.Helper()
	b, err := os.ReadFile("testdata/hpa.json")
	require.NoError(t, err)
	var cases hpaCases
	require.NoError(t, json.Unmarshal(b, &cases))
	require.Len(t, cases.ScalingRules, 36)
	require.Len(t, cases.MinSelect, 2)
	require.Len(t, cases.StabilizeWithBehaviors, 9)
	require.Len(t, cases.StabilizeLegacy, 5)
	return cases
}

const conformanceNow = 10 * time.Hour

func ago(seconds int32) time.Duration { return conformanceNow - time.Duration(seconds)*time.Second }

func limitsOf(ps, defaults []hpaPolicy) []Limit {
	if ps == nil {
		ps = defaults
	}
	var out []Limit
	for _, p := range ps {
		l := Limit{Period: time.Duration(p.Period) * time.Second}
		if p.Type == "Percent" {
			l.Percent = p.Value
		} else {
			l.Replicas = p.Value
		}
		out = append(out, l)
	}
	return out
}

func marks(events [][2]int32) []Mark {
	var out []Mark
	for _, e := range events {
		out = append(out, Mark{At: ago(e[1]), Replicas: e[0]})
	}
	slices.SortStableFunc(out, func(a, b Mark) int { return int(a.At - b.At) })
	return out
}

func TestLimitsMeanWhatTheHPAMeans(t *testing.T) {
	out := []hpaPolicy{{"Percent", 100, 15}, {"Pods", 4, 15}}
	in := []hpaPolicy{{"Percent", 100, 15}}
	reasons := map[string]Reason{
		"DesiredWithinRange": ReasonUnchanged, "TooFewReplicas": ReasonMin, "TooManyReplicas": ReasonMax,
		"ScaleUpLimit": ReasonScaleOutLimit, "ScaleDownLimit": ReasonScaleInLimit,
	}
	for _, c := range readHPACases(t).ScalingRules {
		t.Run(c.Name, func(t *testing.T) {
			b := BehaviorState{Added: marks(c.UpEvents), Removed: marks(c.DownEvents)}
			limited := b.limit(c.Current, c.Desired, conformanceNow,
				Rules{Limits: limitsOf(c.ScaleUp, out)}, Rules{Limits: limitsOf(c.ScaleDown, in)})
			w := &work{p: &pipeline{Settings{Min: c.Min, Max: c.Max}}, d: &Decision{}}
			require.Equal(t, c.Want, w.clamp(limited.After))
			reason := limited.Reason
			if clamped := w.d.Trail[0]; clamped.Reason != ReasonUnchanged {
				reason = clamped.Reason
			}
			require.Equal(t, reasons[c.Condition], reason)
		})
	}
}

func TestSelectMin(t *testing.T) {
	for _, c := range readHPACases(t).MinSelect {
		t.Run(c.Name, func(t *testing.T) {
			direction := 1
			if c.Limit < c.Current {
				direction = -1
			}
			b := BehaviorState{}
			require.Equal(t, c.Limit, b.bound(c.Current, conformanceNow, Rules{Limits: limitsOf(c.Policies, nil), Select: SelectMin}, direction))
		})
	}
}

func remembered(recs [][2]int32) BehaviorState {
	var b BehaviorState
	for _, m := range marks(recs) {
		b.end(m.Replicas, m.At)
	}
	return b
}

func TestStabilizationMeansWhatTheHPAMeans(t *testing.T) {
	cases := readHPACases(t)
	for _, c := range cases.StabilizeWithBehaviors {
		t.Run(c.Name, func(t *testing.T) {
			b := remembered(c.Recommendations)
			s := b.stabilize(c.Current, c.Desired, conformanceNow, time.Duration(c.UpWindow)*time.Second, time.Duration(c.DownWindow)*time.Second)
			require.Equal(t, c.Want, s.After)
		})
	}
	for _, c := range cases.StabilizeLegacy {
		t.Run("one window of 5 min "+c.Name, func(t *testing.T) {
			b := remembered(c.Recs)
			s := b.stabilize(100, c.Desired, conformanceNow, 0, 5*time.Minute)
			require.Equal(t, c.Want, s.After)
		})
	}
}

func TestSelectDisabledChangesNothing(t *testing.T) {
	b := BehaviorState{}
	require.EqualValues(t, 5, b.limit(5, 9, 0, Rules{Select: SelectDisabled}, Rules{}).After)
	require.EqualValues(t, 5, b.limit(5, 1, 0, Rules{}, Rules{Select: SelectDisabled}).After)
	require.EqualValues(t, 9, b.limit(5, 9, 0, Rules{}, Rules{}).After, "no limits, any change")
}

func TestWhatIsRememberedIsBoundedAndBindsNoLess(t *testing.T) {
	var b BehaviorState
	for i := range int32(5000) {
		b.end(5000-i, time.Duration(i)*time.Second)
		b.decided(i, i+1, time.Duration(i)*time.Second, Rules{Limits: []Limit{{Period: time.Hour}}}, Rules{})
	}
	require.LessOrEqual(t, len(b.High), maxRemembered)
	require.LessOrEqual(t, len(b.Added), maxRemembered)
	require.GreaterOrEqual(t, b.High[0].Replicas, b.High[1].Replicas)
	require.GreaterOrEqual(t, changed(b.Added, 5000*time.Second-time.Hour), int32(3599), "joined changes are still counted")
}
