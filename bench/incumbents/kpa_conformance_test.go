package incumbents

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type kpaCases struct {
	Defaults struct {
		PanicThreshold, MaxUp, MaxDown float64
		StableWindow                   int
	}
	Table []struct {
		kpaCase
		Ready            int32
		Stable, PanicObs float64
		Want, EBC        int32
		InPanic          bool
		MaxPanic         int32
	}
	Sequences []struct {
		kpaCase
		Steps [][5]float64
	}
	StartInPanic []struct {
		Ready    int32
		Panic    bool
		MaxPanic int32
	}
	WindowAverage []struct {
		Kind string
		Data []float64 `json:"data_oldest_first"`
		Want float64
	}
}

type kpaCase struct {
	Name                  string
	Target, TBC           float64
	MaxUp, MaxDown        float64
	Reachable             *bool
	Activation            int32
	Delay, PanicThreshold float64
}

func (c kpaCase) settings(of kpaCases) KPASettings {
	s := DefaultKPA(c.Target, 0)
	s.Target, s.TotalValue = c.Target, c.Target/0.75
	s.TargetBurstCapacity = c.TBC
	s.MaxScaleUpRate, s.MaxScaleDownRate = either(c.MaxUp, of.Defaults.MaxUp), either(c.MaxDown, of.Defaults.MaxDown)
	s.PanicThreshold = either(c.PanicThreshold, of.Defaults.PanicThreshold)
	s.StableWindow = time.Duration(of.Defaults.StableWindow) * time.Second
	s.Unreachable = c.Reachable != nil && !*c.Reachable
	s.ActivationScale = c.Activation
	s.ScaleDownDelay = seconds(c.Delay)
	return s
}

func either(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

func TestKPATableConforms(t *testing.T) {
	cases := read[kpaCases](t, "kpa.json")
	for _, c := range cases.Table {
		t.Run(c.Name, func(t *testing.T) {
			ready := int32(0)
			if c.InPanic {
				ready = c.MaxPanic
			}
			d := NewDecider(c.settings(cases), 0, ready)
			desired, excess := d.Decide(0, c.Ready, c.Stable, c.PanicObs)
			require.Equal(t, c.Want, desired)
			require.InDelta(t, c.EBC, excess, 1, "as the original's test has it")
		})
	}
}

func TestKPASequencesConform(t *testing.T) {
	cases := read[kpaCases](t, "kpa.json")
	for _, c := range cases.Sequences {
		t.Run(c.Name, func(t *testing.T) {
			d := NewDecider(c.settings(cases), 0, 0)
			for _, s := range c.Steps {
				desired, _ := d.Decide(seconds(s[0]), int32(s[1]), s[2], s[3])
				require.Equal(t, int32(s[4]), desired, "at %v s", s[0])
			}
		})
	}
}

func TestKPAStartConforms(t *testing.T) {
	for _, c := range read[kpaCases](t, "kpa.json").StartInPanic {
		panicking, most := NewDecider(DefaultKPA(10, 0), 0, c.Ready).Panicking()
		require.Equal(t, c.Panic, panicking)
		require.Equal(t, c.MaxPanic, most)
	}
}

func TestKPAWindowAverageConforms(t *testing.T) {
	for _, c := range read[kpaCases](t, "kpa.json").WindowAverage {
		t.Run(c.Kind, func(t *testing.T) {
			w := NewWindow(time.Duration(len(c.Data))*time.Second, time.Second)
			if strings.Contains(c.Kind, "weighted exponent 0.6") {
				w.decay = 0.6
			}
			last := time.Duration(0)
			for i, v := range c.Data {
				last = 100*time.Second + time.Duration(i)*time.Second
				w.Record(last, v)
			}
			require.InDelta(t, c.Want, w.Average(last), 1e-9)
		})
	}
}
