package incumbents

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type hpaCases struct {
	ReplicaCalc  []calculatorCase
	ScalingRules []struct {
		Name                 string
		Current, Desired     int32
		Min, Max             int32
		ScaleUp, ScaleDown   []policyCase
		UpEvents, DownEvents [][2]int32
		Want                 int32
	}
	MinSelect []struct {
		Name     string
		Current  int32
		Policies []policyCase
		Limit    int32
	}
	Behaviors []struct {
		Name                 string
		Recommendations      [][2]int32
		Current, Desired     int32
		UpWindow, DownWindow int
		Want                 int32
	} `json:"stabilizeWithBehaviors"`
	Legacy []struct {
		Recs          [][2]int32
		Desired, Want int32
	} `json:"stabilizeLegacy"`
}

type calculatorCase struct {
	Name, Kind, Note string
	Current, Want    int32
	Levels           []int64
	Target           int64
	Ready            []int
	Pending          int
}

type policyCase struct {
	Type   PolicyType
	Value  int32
	Period int
}

// pods are those of a case: two containers each, with a request of 1000 of their own.
func (c calculatorCase) pods() []Pod {
	listed := int(c.Current)
	if c.Note != "" { // "4 pods listed, 2 failed or deleting"
		listed = 4
	}
	pods := make([]Pod, max(listed, len(c.Levels)))
	containers := int64(1)
	if c.Kind == "cpu%" {
		containers = 2
	}
	for i := range pods {
		p := &pods[i]
		p.Request = 1000 * containers
		if i < len(c.Levels) {
			p.Usage = c.Levels[i] * containers
		} else {
			p.Missing = true
		}
		switch {
		case i >= listed:
			p.State = PodUnlisted
		case i >= int(c.Current):
			p.State = PodGone
		case i >= int(c.Current)-c.Pending:
			p.State = PodPending
		case c.Ready != nil && c.Ready[i] == 0:
			p.State = PodUnready
		}
	}
	return pods
}

func (c calculatorCase) ready() int32 {
	n := c.Current
	for _, r := range c.Ready {
		n -= int32(1 - r)
	}
	return n
}

func (c calculatorCase) propose(t *testing.T, tolerance Tolerance) int32 {
	t.Helper()
	n, err := int32(0), error(nil)
	switch c.Kind {
	case "cpu%":
		n, err = CPUUtilization(c.pods(), int32(c.Target), c.Current, tolerance)
	case "pods":
		n, err = PodsAverage(c.pods(), c.Target, c.Current, tolerance)
	case "object", "external":
		n = ExternalValue(c.Levels[0], c.Target, c.Current, c.ready(), tolerance)
	case "objectAverage", "externalAverage":
		n = ExternalAverage(c.Levels[0], c.Target, c.Current, tolerance)
	default:
		t.Fatalf("no such kind: %s", c.Kind)
	}
	require.NoError(t, err)
	return n
}

func TestHPACalculatorConforms(t *testing.T) {
	for _, c := range read[hpaCases](t, "hpa.json").ReplicaCalc {
		t.Run(c.Name, func(t *testing.T) {
			require.Equal(t, c.Want, c.propose(t, Tolerance{0.1, 0.1}))
		})
	}
}

func policies(of []policyCase, otherwise []Policy) []Policy {
	if of == nil {
		return otherwise
	}
	var list []Policy
	for _, p := range of {
		list = append(list, Policy{p.Type, p.Value, time.Duration(p.Period) * time.Second})
	}
	return list
}

const hpaNow = 24 * time.Hour

func past(of [][2]int32) []timed {
	var list []timed
	for _, e := range of {
		list = append(list, timed{hpaNow - time.Duration(e[1])*time.Second, e[0]})
	}
	return list
}

func TestHPARulesConform(t *testing.T) {
	for _, c := range read[hpaCases](t, "hpa.json").ScalingRules {
		t.Run(c.Name, func(t *testing.T) {
			b := DefaultBehavior()
			b.Up.Policies = policies(c.ScaleUp, b.Up.Policies)
			b.Down.Policies = policies(c.ScaleDown, b.Down.Policies)
			m := memory{up: past(c.UpEvents), down: past(c.DownEvents)}
			require.Equal(t, c.Want, m.limit(hpaNow, b, c.Current, c.Desired, c.Min, c.Max))
		})
	}
}

func TestHPASelectMinConforms(t *testing.T) {
	for _, c := range read[hpaCases](t, "hpa.json").MinSelect {
		t.Run(c.Name, func(t *testing.T) {
			r := Rules{Policies: policies(c.Policies, nil), Select: SelectMin}
			m := memory{}
			limit := m.highest
			if c.Name == "down, Min" {
				limit = m.lowest
			}
			require.Equal(t, c.Limit, limit(hpaNow, r, c.Current))
		})
	}
}

func TestHPAStabilisationConforms(t *testing.T) {
	cases := read[hpaCases](t, "hpa.json")
	for _, c := range cases.Behaviors {
		t.Run(c.Name, func(t *testing.T) {
			m := memory{recommended: past(c.Recommendations)}
			b := DefaultBehavior()
			b.Up.Window = time.Duration(c.UpWindow) * time.Second
			b.Down.Window = time.Duration(c.DownWindow) * time.Second
			require.Equal(t, c.Want, m.stabilize(hpaNow, b, c.Current, c.Desired))
		})
	}
	for _, c := range cases.Legacy {
		t.Run("without a behaviour", func(t *testing.T) {
			m := memory{recommended: past(c.Recs)}
			require.Equal(t, c.Want, m.stabilizeDown(hpaNow, 5*time.Minute, c.Desired))
		})
	}
}
