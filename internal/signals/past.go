package signals

import (
	"bytes"
	"iter"
	"math"
	"slices"
	"time"
)

// How a past is cut: a byte for the highest of each four minutes, as a season of days
// is, over eight days at most, so that a tick with one stays small.
const (
	PastSlot = 4 * time.Minute
	maxPast  = int(8 * 24 * time.Hour / PastSlot)
)

// The scale of a byte: 0 is not known, 1 is zero, and from 2 on steps of 5 %, of which
// that in the middle is the unit.
const (
	pastMiddle = 128
	pastStep   = 1.05
)

// Past is what a provider remembers of a subject. It is no sample: it is not fresh, and
// says nothing of now.
type Past struct {
	Subject Subject `json:"subject"`
	// From is the second of Unix time at which the first slot begins.
	From int64 `json:"from"`
	// Unit is the middle of the values: one that is far off spoils none of the others.
	Unit  float64 `json:"unit"`
	Slots []byte  `json:"slots,omitempty"`
}

// NewPast makes a past of the samples from an instant on, each of a step that begins
// with it. What is no number from 0 on is not known.
func NewPast(of Subject, from time.Time, step time.Duration, samples []Sample) Past {
	slot := int64(PastSlot / time.Second)
	p := Past{Subject: of, From: from.Unix() - from.Unix()%slot}
	highest := map[int64]float64{}
	end := int64(0)
	for _, s := range samples {
		if !(s.Value >= 0) || math.IsInf(s.Value, 1) {
			continue
		}
		last := s.At.Add(max(step, time.Second) - time.Second).Unix()
		for at := max(0, (s.At.Unix()-p.From)/slot); at <= min((last-p.From)/slot, int64(maxPast)-1); at++ {
			highest[at] = max(highest[at], s.Value)
			end = max(end, at+1)
		}
	}
	p.Unit = middle(highest)
	p.Slots = make([]byte, end)
	for at, v := range highest {
		p.Slots[at] = p.pack(v)
	}
	return p
}

// middle is the median of what is above zero; 1 where nothing is.
func middle(values map[int64]float64) float64 {
	var some []float64
	for _, v := range values {
		if v > 0 {
			some = append(some, v)
		}
	}
	if len(some) == 0 {
		return 1
	}
	slices.Sort(some)
	return some[len(some)/2]
}

func (p *Past) pack(v float64) byte {
	if v <= 0 {
		return 1
	}
	return byte(min(max(pastMiddle+math.Round(math.Log(v/p.Unit)/math.Log(pastStep)), 2), math.MaxUint8))
}

// Known is for how long something is known.
func (p *Past) Known() time.Duration {
	return time.Duration(len(p.Slots)-bytes.Count(p.Slots, []byte{0})) * PastSlot
}

// All gives what is known, oldest first: the begin of each slot and its highest value.
func (p *Past) All() iter.Seq2[time.Time, float64] {
	return func(yield func(time.Time, float64) bool) {
		for i, b := range p.Slots[:min(len(p.Slots), maxPast)] {
			v := 0.0
			if b > 1 {
				v = p.Unit * math.Pow(pastStep, float64(b)-pastMiddle)
			}
			at := time.Unix(p.From, 0).UTC().Add(time.Duration(i) * PastSlot)
			if b > 0 && !yield(at, v) {
				return
			}
		}
	}
}
