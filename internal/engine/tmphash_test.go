package engine_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
)

func TestTmpHash(t *testing.T) {
	h := sha256.New()
	n := 0
	ticks := rapid.SliceOfN(rapid.Custom(drawTickOfFiniteValues), 20, 60)
	sets := rapid.Custom(func(t *rapid.T) policy.Settings { return drawSettings(t) })
	for seed := range 600 {
		r := newRun(t, sets.Example(seed), &service)
		for _, tk := range ticks.Example(seed) {
			d := r.tick(tk)
			raw, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			h.Write(raw)
			raw, err = json.Marshal(r.engine.Snapshot())
			if err != nil {
				t.Fatal(err)
			}
			h.Write(raw)
			n++
		}
	}
	for seed := range 50 {
		spec, subjects := massSpec(5)
		e := engine.New(spec, engine.State{})
		vals := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0, 100, 100, 100, 90, -1}), 200, 200).Example(seed)
		for i := range 40 {
			tick := engine.Tick{}
			tick.Now = instant(interval * time.Duration(1+i))
			for k, s := range subjects {
				o := value(s, vals[i*5+k])
				if vals[i*5+k] < 0 {
					o = failed(s, "timeout", false)
				}
				o.At = tick.Now
				tick.Outcomes = append(tick.Outcomes, o)
			}
			raw, _ := json.Marshal(e.Step(tick))
			h.Write(raw)
			raw, _ = json.Marshal(e.Snapshot())
			h.Write(raw)
		}
	}
	fmt.Printf("HASH engine %d %x\n", n, h.Sum(nil))
}
