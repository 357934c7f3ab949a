package certificates

import (
	"crypto/x509"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestIssue(t *testing.T) {
	for name, i := range map[string]Issuer{"serving": serving, "peers": peers} {
		t.Run(name, func(t *testing.T) {
			b := first(t, i, start)
			l := leaf(t, b)
			require.Equal(t, i.Names, l.DNSNames)
			require.Equal(t, start.Add(90*day), l.NotAfter)
			require.Equal(t, start.Add(-time.Hour), l.NotBefore)
			require.False(t, l.IsCA)
			for _, at := range []time.Time{start.Add(-time.Hour), start, start.Add(90 * day)} {
				require.NoError(t, verifies(b, b, i.Names[0], at, x509.ExtKeyUsageServerAuth), at)
			}
			require.Error(t, verifies(b, b, i.Names[0], start.Add(90*day+time.Second), x509.ExtKeyUsageServerAuth))
			require.Error(t, verifies(b, b, "other", start, x509.ExtKeyUsageServerAuth))
			client := verifies(b, b, i.Names[0], start, x509.ExtKeyUsageClientAuth)
			require.Equal(t, i.Peers, client == nil)
			require.Error(t, verifies(b, first(t, i, start), i.Names[0], start, x509.ExtKeyUsageServerAuth), "another bundle's authority")
			require.Len(t, b.Data(), 3, "no key but the pair's")
		})
	}
}

func TestDecide(t *testing.T) {
	b := first(t, serving, start)
	staged, plan := advance(t, serving, b, start.Add(60*day))
	require.Equal(t, Stage, plan.Step)
	overlap := Overlap(90 * day)
	require.Equal(t, 21*time.Hour+36*time.Minute, overlap)
	renamed := serving
	renamed.Names = []string{"other.scaler.svc"}

	for name, c := range map[string]struct {
		issuer Issuer
		bundle Bundle
		after  time.Duration
		want   Plan
	}{
		"fresh":                         {serving, b, 0, Plan{Step: Keep, Due: start.Add(60 * day)}},
		"a third is nearly left":        {serving, b, 60*day - time.Second, Plan{Step: Keep, Due: start.Add(60 * day)}},
		"a third is left":               {serving, b, 60 * day, Plan{Step: Stage, Due: start.Add(60 * day)}},
		"a clock that is behind":        {serving, b, -1000 * day, Plan{Step: Keep, Due: start.Add(60 * day)}},
		"expired":                       {serving, b, 91 * day, Plan{Step: Make, Expired: true}},
		"other names":                   {renamed, b, 0, Plan{Step: Stage, Due: start.Add(60 * day)}},
		"for clients too":               {Issuer{Names: serving.Names, Peers: true}, b, 0, Plan{Step: Stage, Due: start.Add(60 * day)}},
		"staged":                        {serving, staged, 60 * day, Plan{Step: Keep, Due: start.Add(60*day + overlap)}},
		"staged for nearly long enough": {serving, staged, 60*day + overlap - time.Second, Plan{Step: Keep, Due: start.Add(60*day + overlap)}},
		"staged for long enough":        {serving, staged, 60*day + overlap, Plan{Step: Promote, Due: start.Add(60*day + overlap)}},
		"staged, and expired":           {serving, staged, 91 * day, Plan{Step: Promote, Due: start.Add(60*day + overlap), Expired: true}},
		"staged, and both expired":      {serving, staged, 151 * day, Plan{Step: Make, Expired: true}},
		"staged, and other names":       {renamed, staged, 60 * day, Plan{Step: Stage}},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := c.issuer.Decide(c.bundle, start.Add(c.after))
			require.NoError(t, err)
			require.Equal(t, c.want, plan)
		})
	}
}

func TestOverlap(t *testing.T) {
	for life, want := range map[time.Duration]time.Duration{
		time.Hour:              10 * time.Minute,
		6 * time.Hour:          10 * time.Minute,
		90 * day:               21*time.Hour + 36*time.Minute,
		10 * 365 * day:         36*day + 12*time.Hour,
		30 * time.Minute:       5 * time.Minute,
		1000 * time.Hour:       10 * time.Hour,
		16*time.Hour + 40*60e9: 10 * time.Minute,
	} {
		require.Equal(t, want, Overlap(life), life)
	}
}

// A bundle that makes no sense is touched by nothing.
func TestDecideNonsense(t *testing.T) {
	b, other := first(t, serving, start), first(t, serving, start)
	for name, c := range map[string]struct {
		bundle Bundle
		want   error
	}{
		"nothing":              {Bundle{}, errPair},
		"no key":               {Bundle{Cert: b.Cert, CA: b.CA}, errPair},
		"another's key":        {Bundle{Cert: b.Cert, Key: other.Key, CA: b.CA}, errPair},
		"garbage":              {Bundle{Cert: []byte("x"), Key: []byte("y"), CA: b.CA}, errPair},
		"huge":                 {Bundle{Cert: append(make([]byte, maxPEM), b.Cert...), Key: b.Key, CA: b.CA}, errPair},
		"garbage authority":    {Bundle{Cert: b.Cert, Key: b.Key, CA: []byte("x")}, errCA},
		"a key as authority":   {Bundle{Cert: b.Cert, Key: b.Key, CA: b.Key}, errCA},
		"huge authority":       {Bundle{Cert: b.Cert, Key: b.Key, CA: make([]byte, maxPEM+1)}, errCA},
		"another's authority":  {Bundle{Cert: b.Cert, Key: b.Key, CA: other.CA}, errStranger},
		"no authority":         {Bundle{Cert: b.Cert, Key: b.Key}, errStranger},
		"garbage staged":       {Bundle{Cert: b.Cert, Key: b.Key, CA: b.CA, NextCert: []byte("x")}, errNextPair},
		"staged by a stranger": {Bundle{Cert: b.Cert, Key: b.Key, CA: b.CA, NextCert: other.Cert, NextKey: other.Key}, errStranger},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serving.Decide(c.bundle, start)
			require.ErrorIs(t, err, c.want)
			_, err = serving.Advance(c.bundle, Stage, start)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// What is staged and never shown leaves with its authority.
func TestStageAnew(t *testing.T) {
	b, _ := advance(t, serving, first(t, serving, start), start.Add(60*day))
	renamed := serving
	for i := range 20 {
		renamed.Names = []string{fmt.Sprintf("name-%d.scaler.svc", i)}
		var plan Plan
		b, plan = advance(t, renamed, b, start.Add(60*day))
		require.Equal(t, Stage, plan.Step)
		cas, err := readCAs(b.CA)
		require.NoError(t, err)
		require.Len(t, cas, 2)
	}
}

// Kept at the instants that it asks for, a certificate never expires, and
// authorities do not heap up.
func TestYears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := serving
		i.ValidFor = time.Duration(rapid.Int64Range(int64(time.Hour), int64(400*day)).Draw(t, "validFor"))
		now := start
		b, err := i.First(now)
		require.NoError(t, err)
		promoted := 0
		for range 24 {
			plan, err := i.Decide(b, now)
			require.NoError(t, err)
			require.NotEqual(t, Make, plan.Step)
			require.False(t, plan.Expired)
			if plan.Step == Keep {
				require.True(t, plan.Due.After(now))
				now = plan.Due.Add(time.Duration(rapid.Int64Range(0, int64(i.ValidFor/15)).Draw(t, "late")))
				continue
			}
			if b, err = i.Advance(b, plan.Step, now); plan.Step == Promote {
				promoted++
			}
			require.NoError(t, err)
			cas, err := readCAs(b.CA)
			require.NoError(t, err)
			require.LessOrEqual(t, len(cas), 4)
		}
		require.GreaterOrEqual(t, promoted, 5)
	})
}

// version is a bundle and when it was written.
type version struct {
	at     time.Time
	bundle Bundle
	leaf   *x509.Certificate
	pool   *x509.CertPool
}

func written(t *rapid.T, at time.Time, b Bundle) version {
	p, err := b.parse()
	require.NoError(t, err)
	return version{at, b, p.leaf, newPool(p.cas)}
}

// cluster is a Secret with keepers whose clocks differ, and replicas that are up to
// Lag behind.
type cluster struct {
	issuer   Issuer
	now      time.Time
	versions []version // the newest last
	skew     []time.Duration
	seen     []int // the version that each keeper read last
	reset    time.Time
}

// write has one keeper do what it thinks is due. Its write counts only if it has
// read the newest version, and if it lives that long.
func (c *cluster) write(t *rapid.T, keeper int, dies bool) {
	clock := c.now.Add(c.skew[keeper])
	read := c.versions[c.seen[keeper]].bundle
	plan, err := c.issuer.Decide(read, clock)
	require.NoError(t, err)
	if plan.Step == Keep || dies {
		return
	}
	next, err := c.issuer.Advance(read, plan.Step, clock)
	require.NoError(t, err)
	if c.seen[keeper] != len(c.versions)-1 {
		return // a conflict
	}
	c.versions = append(c.versions, written(t, c.now, next))
	if plan.Expired {
		// What is shown is refused already. That it takes a while for the new one to be
		// accepted everywhere makes nothing worse.
		require.True(t, clock.After(c.versions[c.seen[keeper]].leaf.NotAfter))
		c.reset = c.now
	}
}

// inUse are the versions that somebody may still show or trust.
func (c *cluster) inUse() []version {
	var list []version
	for i, v := range c.versions {
		replaced := i+1 < len(c.versions) && c.now.Sub(c.versions[i+1].at) > Lag
		if !replaced {
			list = append(list, v)
		}
	}
	return list
}

func (c *cluster) check(t *rapid.T) {
	if !c.reset.IsZero() && c.now.Sub(c.reset) <= Lag {
		return
	}
	for _, shown := range c.inUse() {
		if c.now.After(shown.leaf.NotAfter) {
			continue
		}
		for _, trusted := range c.inUse() {
			_, err := shown.leaf.Verify(x509.VerifyOptions{DNSName: c.issuer.Names[0], Roots: trusted.pool, CurrentTime: c.now})
			require.NoError(t, err, "after %s", c.now.Sub(start))
		}
	}
}

// At every moment, every certificate that a replica may still be showing is accepted
// by every bundle that somebody may still be trusting, whatever keepers come, go,
// run at once, or die between their steps.
func TestOverlapHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &cluster{issuer: serving, now: start}
		c.issuer.ValidFor = rapid.SampledFrom([]time.Duration{time.Hour, 5 * time.Hour, 90 * day}).Draw(t, "validFor")
		b, err := c.issuer.First(start)
		require.NoError(t, err)
		c.versions = []version{written(t, start, b)}
		for range 3 {
			c.skew = append(c.skew, time.Duration(rapid.Int64Range(-30, 30).Draw(t, "skew"))*time.Second)
			c.seen = append(c.seen, 0)
		}
		keeper := rapid.IntRange(0, len(c.skew)-1)
		steps := []time.Duration{0, time.Second, 20 * time.Second, Lag, 5 * time.Minute, c.issuer.ValidFor / 100, c.issuer.ValidFor / 12, c.issuer.ValidFor / 4}
		t.Repeat(map[string]func(*rapid.T){
			"wait":  func(t *rapid.T) { c.now = c.now.Add(rapid.SampledFrom(steps).Draw(t, "for")) },
			"read":  func(t *rapid.T) { c.seen[keeper.Draw(t, "keeper")] = len(c.versions) - 1 },
			"write": func(t *rapid.T) { c.write(t, keeper.Draw(t, "keeper"), false) },
			"die":   func(t *rapid.T) { c.write(t, keeper.Draw(t, "keeper"), true) },
			"keep": func(t *rapid.T) {
				k := keeper.Draw(t, "keeper")
				c.seen[k] = len(c.versions) - 1
				c.write(t, k, false)
			},
			"rename": func(t *rapid.T) { // an upgrade adds a name
				if len(c.issuer.Names) < 5 {
					c.issuer.Names = append(slices.Clip(c.issuer.Names), fmt.Sprintf("n%d.scaler.svc", len(c.issuer.Names)))
				}
			},
			"": c.check,
		})
	})
}
