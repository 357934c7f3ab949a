package incumbents

import (
	"math"
	"time"
)

// PredictiveSettings are those of a forecast that only adds.
type PredictiveSettings struct {
	// Target is the load that a replica is to have.
	Target float64
	// Load is what is forecast: the demand, not what the replicas make of it.
	Load Metric
	// Buffer is how long before its hour a forecast holds already.
	Buffer time.Duration
	// Needs is how much history comes before the first forecast, Keeps how much
	// counts, and Refresh how long a forecast holds.
	Needs, Keeps, Refresh time.Duration
	// MaxBuffer, in percent, lets a forecast above Max go beyond it; negative: Max
	// is honoured.
	MaxBuffer int32
	Min, Max  int32
	// Beside is the autoscaler that works at the same time, and the only one that
	// takes replicas away; nil: nobody does. It is given what was ordered, whoever
	// ordered it.
	Beside Autoscaler
}

// DefaultPredictive has what AWS documents of predictive scaling for ECS: history of
// a day at least and of 14 days at most, a new forecast every 6 hours,
// SchedulingBufferTime 300 s, MaxCapacityBreachBehavior HonorMaxCapacity.
func DefaultPredictive(target float64, load Metric, beside Autoscaler, least, most int32) PredictiveSettings {
	return PredictiveSettings{
		Target: target, Load: load, Buffer: 5 * time.Minute,
		Needs: day, Keeps: 14 * day, Refresh: 6 * time.Hour,
		MaxBuffer: -1, Min: least, Max: most, Beside: beside,
	}
}

const day = 24 * time.Hour

// Predictive is our model in the spirit of AWS predictive scaling. Documented: that
// it forecasts by the hour from at least a day of history, anew every six hours, that
// capacity is there before the hour begins, that it never scales in, and how a
// forecast above the maximum is treated.
//
// Ours: the forecast itself, which AWS does not publish. It is the mean load of the
// same hour on the days before, weighed by nothing; AWS knows weeks, and more. Hours
// are those since the beginning. Hours of which nothing is known are left out.
type Predictive struct {
	s PredictiveSettings
	// hours are the load's means, oldest first; the last is under way.
	hours    []mean
	first    int64 // the hour of hours[0]
	forecast [24]float64
	at       time.Duration
	have     bool
}

// mean of what was known.
type mean struct {
	sum float64
	n   int
}

// NewPredictive makes one without history.
func NewPredictive(s PredictiveSettings) *Predictive { return &Predictive{s: s} }

// Every is that of the autoscaler beside it, or a minute.
func (p *Predictive) Every() time.Duration {
	if p.s.Beside == nil {
		return time.Minute
	}
	return p.s.Beside.Every()
}

// Step is what the other wants, and at least what the forecast asks for.
func (p *Predictive) Step(now Seen) int32 {
	p.learn(now)
	desired := within(now.Ordered, p.s.Min, p.s.Max)
	if p.s.Beside != nil {
		desired = p.s.Beside.Step(now)
	}
	return max(desired, p.Floor(now.Now))
}

// Floor is the least that the forecast asks for: of this hour, and of the next once
// the buffer begins. 0 where there is no forecast.
func (p *Predictive) Floor(now time.Duration) int32 {
	if !p.have {
		return 0
	}
	load := math.Max(p.forecast[hour(now)%24], p.forecast[hour(now+p.s.Buffer)%24])
	wanted := whole(math.Ceil(load / p.s.Target))
	return min(wanted, p.s.highest(wanted))
}

// highest is the maximum while a forecast holds.
func (s PredictiveSettings) highest(forecast int32) int32 {
	if s.MaxBuffer < 0 {
		return s.Max
	}
	return EffectiveMax(forecast, s.Max, s.MaxBuffer)
}

// EffectiveMax is the maximum with MaxCapacityBreachBehavior IncreaseMaxCapacity and
// a MaxCapacityBuffer in percent: where the forecast is near the maximum or above it,
// the buffer above the forecast.
func EffectiveMax(forecast, most, buffer int32) int32 {
	return max(most, whole(math.Ceil(float64(forecast)+float64(forecast)*float64(buffer)/100)))
}

func hour(t time.Duration) int64 { return int64(t / time.Hour) }

// learn keeps the load by the hour, and forecasts when it is time.
func (p *Predictive) learn(now Seen) {
	at := hour(now.Now)
	if len(p.hours) == 0 {
		p.first = at
	}
	for p.first+int64(len(p.hours)) <= at {
		p.hours = append(p.hours, mean{})
	}
	for int64(len(p.hours)) > hour(p.s.Keeps)+1 {
		p.hours, p.first = p.hours[1:], p.first+1
	}
	history := time.Duration(len(p.hours)-1) * time.Hour
	if history >= p.s.Needs && (!p.have || now.Now-p.at >= p.s.Refresh) {
		p.predict()
		p.at, p.have = now.Now, true
	}
	if v := p.s.Load(now); known(v) {
		last := &p.hours[len(p.hours)-1]
		last.sum, last.n = last.sum+v, last.n+1
	}
}

// predict is a day's forecast from the hours that are over.
func (p *Predictive) predict() {
	var days [24]mean
	for i, h := range p.hours[:len(p.hours)-1] {
		if h.n > 0 {
			d := &days[(p.first+int64(i))%24]
			d.sum, d.n = d.sum+h.sum/float64(h.n), d.n+1
		}
	}
	for i, d := range days {
		p.forecast[i] = 0
		if d.n > 0 {
			p.forecast[i] = d.sum / float64(d.n)
		}
	}
}
