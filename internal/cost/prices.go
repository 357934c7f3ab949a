package cost

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"math"

	"github.com/goccy/go-yaml"
)

// Table is the price table that is built in, as YAML.
//
//go:embed prices.yaml
var Table []byte

// Prices are what AWS charges and allows.
type Prices struct {
	Date     string `json:"date" yaml:"date"` // when the prices were read
	Source   string `json:"source" yaml:"source"`
	Currency string `json:"currency" yaml:"currency"`

	Calls         []CallPrice `json:"-" yaml:"calls"`
	CustomMetrics []Tier      `json:"-" yaml:"customMetrics"`
	AlarmPerMonth float64     `json:"-" yaml:"alarmPerMonth"`
	Limits        []RateLimit `json:"-" yaml:"limits"`
}

// CallPrice is the price of an operation; * stands for all that have none of their
// own.
type CallPrice struct {
	Service           string  `yaml:"service"`
	Operation         string  `yaml:"operation"`
	PerMillionCalls   float64 `yaml:"perMillionCalls"`
	PerMillionMetrics float64 `yaml:"perMillionMetrics"`
}

// Tier is the price of custom metrics up to a count; 0: of all others.
type Tier struct {
	UpTo     int     `yaml:"upTo"`
	PerMonth float64 `yaml:"perMonth"`
}

// RateLimit is how many calls a second an account may make in a region.
type RateLimit struct {
	Service   string  `yaml:"service"`
	Operation string  `yaml:"operation"`
	PerSecond float64 `yaml:"perSecond"`
}

const anyOperation = "*"

// ReadPrices reads a table, strictly: a wrong field would be a wrong bill.
func ReadPrices(table []byte) (Prices, error) {
	var p Prices
	if err := yaml.NewDecoder(bytes.NewReader(table), yaml.Strict()).Decode(&p); err != nil {
		return p, fmt.Errorf("read the price table: %w", err)
	}
	if err := p.validate(); err != nil {
		return p, fmt.Errorf("read the price table: %w", err)
	}
	return p, nil
}

func (p Prices) validate() error {
	var faults []error
	if p.Date == "" {
		faults = append(faults, errors.New("date: required"))
	}
	if p.Currency == "" {
		faults = append(faults, errors.New("currency: required"))
	}
	for i, c := range p.Calls {
		if c.Service == "" || c.Operation == "" {
			faults = append(faults, fmt.Errorf("calls[%d]: service and operation are required", i))
		}
		faults = append(faults, price(fmt.Sprintf("calls[%d]", i), c.PerMillionCalls, c.PerMillionMetrics))
	}
	faults = append(faults, p.validateTiers(), price("alarmPerMonth", p.AlarmPerMonth))
	for i, l := range p.Limits {
		if l.Service == "" || l.Operation == "" || !(l.PerSecond > 0) || math.IsInf(l.PerSecond, 1) {
			faults = append(faults, fmt.Errorf("limits[%d]: service, operation and a perSecond above 0 are required", i))
		}
	}
	return errors.Join(faults...)
}

func (p Prices) validateTiers() error {
	below := 0
	for i, t := range p.CustomMetrics {
		last := i == len(p.CustomMetrics)-1
		if last != (t.UpTo == 0) || (!last && t.UpTo <= below) {
			return fmt.Errorf("customMetrics[%d]: upTo rises from line to line, and the last has none", i)
		}
		below = t.UpTo
		if err := price(fmt.Sprintf("customMetrics[%d]", i), t.PerMonth); err != nil {
			return err
		}
	}
	return nil
}

func price(path string, values ...float64) error {
	for _, v := range values {
		if !(v >= 0) || math.IsInf(v, 1) {
			return fmt.Errorf("%s: a price is 0 or more", path)
		}
	}
	return nil
}

// of is the price of an operation; false where the table has none.
func (p Prices) of(service, operation string) (CallPrice, bool) {
	var found CallPrice
	ok := false
	for _, c := range p.Calls {
		switch {
		case c.Service != service:
		case c.Operation == operation:
			return c, true
		case c.Operation == anyOperation:
			found, ok = c, true
		}
	}
	return found, ok
}

// limit is the calls a second of an operation; 0: none is known.
func (p Prices) limit(service, operation string) float64 {
	for _, l := range p.Limits {
		if l.Service == service && l.Operation == operation {
			return l.PerSecond
		}
	}
	return 0
}

// metricsPerMonth is what a month of custom metrics costs.
func (p Prices) metricsPerMonth(n int) float64 {
	total, below := 0.0, 0
	for _, t := range p.CustomMetrics {
		upTo := n
		if t.UpTo > 0 {
			upTo = min(n, t.UpTo)
		}
		total += float64(max(0, upTo-below)) * t.PerMonth
		below = t.UpTo
	}
	return total
}
