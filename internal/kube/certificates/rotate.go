package certificates

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Step is what there is to do about a bundle.
type Step string

// The steps.
const (
	// Keep it as it is.
	Keep Step = "keep"
	// Make a pair that is shown at once: the present one is refused everywhere anyway.
	Make Step = "make"
	// Stage the next pair and publish its authority.
	Stage Step = "stage"
	// Promote the staged pair: show it.
	Promote Step = "promote"
)

// Lag is how far behind the Secret a replica may be, both in what it shows and in
// what it trusts. The overlap is at least ten times that.
const Lag = time.Minute

const (
	minOverlap = 10 * Lag
	// renewShare of its life is left when a pair is replaced.
	renewShare = 3
	// overlapShare of a pair's life is how long the next one is staged.
	overlapShare = 100
	// maxOverlapShare of a pair's life is the most: half of what is left then.
	maxOverlapShare = 2 * renewShare
)

// Plan is what to do about a bundle at an instant.
type Plan struct {
	Step Step
	// Due is when something is to be done next; where Step is Keep only.
	Due time.Time
	// Expired says that the pair that is shown is refused everywhere.
	Expired bool
}

// Overlap is how long the authority of a staged pair has been published before that
// pair is shown: a hundredth of the life of the pair that it replaces, ten minutes
// at least and half of what is left of it at most. For 90 days it is 21.6 hours: who
// cannot be told of a new authority for a while is not cut off.
func Overlap(life time.Duration) time.Duration {
	return min(max(life/overlapShare, minOverlap), life/maxOverlapShare)
}

// Decide tells what to do about a bundle, or why it makes no sense: then nothing is.
// A clock that is behind the certificates does nothing.
func (i Issuer) Decide(b Bundle, now time.Time) (Plan, error) {
	p, err := b.parse()
	if err != nil {
		return Plan{}, err
	}
	return i.decide(p, now), nil
}

func (i Issuer) decide(p parsed, now time.Time) Plan {
	plan := Plan{Step: Keep, Expired: now.After(p.leaf.NotAfter)}
	switch {
	case p.next != nil && now.After(p.next.NotAfter), p.next == nil && plan.Expired:
		plan.Step = Make
	case p.next != nil && !i.suits(p.next):
		plan.Step = Stage
	case p.next != nil:
		if plan.Due = made(p.next).Add(Overlap(life(p.leaf))); plan.Expired || !now.Before(plan.Due) {
			plan.Step = Promote
		}
	default:
		if plan.Due = p.leaf.NotAfter.Add(-life(p.leaf) / renewShare); !now.Before(plan.Due) || !i.suits(p.leaf) {
			plan.Step = Stage
		}
	}
	return plan
}

// made is when a certificate was made; exact to the second.
func made(c *x509.Certificate) time.Time { return c.NotBefore.Add(backdate) }

func life(c *x509.Certificate) time.Duration { return c.NotAfter.Sub(made(c)) }

// suits tells whether a pair is good for what the issuer makes pairs for.
func (i Issuer) suits(c *x509.Certificate) bool {
	for _, name := range i.Names {
		if !slices.Contains(c.DNSNames, name) {
			return false
		}
	}
	for _, use := range i.usages() {
		if !slices.Contains(c.ExtKeyUsage, use) {
			return false
		}
	}
	return true
}

// Advance carries a step out. It changes nothing of the bundle that it is given.
func (i Issuer) Advance(b Bundle, step Step, now time.Time) (Bundle, error) {
	if step == Keep {
		return b, nil
	}
	p, err := b.parse()
	if err != nil {
		return Bundle{}, err
	}
	if step == Promote {
		return Bundle{Cert: b.NextCert, Key: b.NextKey, CA: b.CA}, nil
	}
	ca, cert, key, err := i.issue(now)
	if err != nil {
		return Bundle{}, fmt.Errorf("make a certificate for %s: %w", i.Names, err)
	}
	trusted := append(p.trusted(now), ca...)
	if step == Make {
		return Bundle{Cert: cert, Key: key, CA: trusted}, nil
	}
	return Bundle{Cert: b.Cert, Key: b.Key, CA: trusted, NextCert: cert, NextKey: key}, nil
}

// trusted are the authorities by which a certificate that was ever shown may still
// be valid. That of a staged pair is none of them: it is about to be replaced.
func (p parsed) trusted(now time.Time) []byte {
	var staged *x509.Certificate
	if p.next != nil {
		staged = p.signer(p.next)
	}
	var list []byte
	for _, ca := range p.cas {
		if ca != staged && !now.After(ca.NotAfter.Add(backdate)) {
			list = append(list, encode(blockCert, ca.Raw)...)
		}
	}
	return list
}
