package certificates

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// content is what is used of a Secret: a pair, and the authorities that others are
// checked with. It is immutable.
type content struct {
	cert, key []byte
	pair      tls.Certificate
	ca        []byte // empty: the Secret has none
	pool      *x509.CertPool
}

var (
	errExpired = errors.New("its certificate is not valid at this time")
	errBadCA   = errors.New("its ca.crt holds something else than certificates and is not used")
)

// read makes the most of a Secret's data, beside what is used so far, which may be
// nil. It gives what to use from now on, nil for nothing, and what is wrong.
func read(data map[string][]byte, before *content, now time.Time) (*content, error) {
	b := FromData(data)
	pair, err := readPair(b.Cert, b.Key)
	if err != nil {
		return before, err
	}
	next := &content{cert: b.Cert, key: b.Key, pair: pair}
	if !next.valid(now) {
		err = errExpired
		if before != nil && before.valid(now) {
			return before, err
		}
	}
	cas, caErr := readCAs(b.CA)
	switch {
	case caErr == nil:
		next.ca, next.pool = bytes.Clone(b.CA), newPool(cas)
	case before != nil:
		next.ca, next.pool, err = before.ca, before.pool, cmp.Or(err, errBadCA)
	default:
		next.pool, err = x509.NewCertPool(), cmp.Or(err, errBadCA)
	}
	return next, err
}

func newPool(cas []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, ca := range cas {
		pool.AddCert(ca)
	}
	return pool
}

func (c *content) valid(now time.Time) bool {
	return !now.Before(c.pair.Leaf.NotBefore) && !now.After(c.pair.Leaf.NotAfter)
}

func (c *content) same(o *content) bool {
	return o != nil && bytes.Equal(c.cert, o.cert) && bytes.Equal(c.key, o.key) && bytes.Equal(c.ca, o.ca)
}
