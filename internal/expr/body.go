package expr

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// Body is an expression over a decoded JSON document, as in body.queue.length.
type Body struct{ program cel.Program }

// CompileBody compiles an expression over the variable body.
func CompileBody(src string) (*Body, error) {
	env, err := newEnv("body", cel.DynType)
	if err != nil {
		return nil, err
	}
	ast, err := compile(env, src)
	if err != nil {
		return nil, err
	}
	p, err := program(env, ast)
	if err != nil {
		return nil, err
	}
	return &Body{program: p}, nil
}

// Number is the number that the expression picks of a body as encoding/json
// decodes it into an any. The result may be NaN or infinite. No error holds
// anything of the body.
func (b *Body) Number(body any) (float64, error) {
	v, err := b.eval(body)
	if err != nil {
		return 0, err
	}
	return number(v)
}

// Instant is the instant that the expression picks: an RFC 3339 string, a Unix
// time in seconds, or a CEL timestamp. No error holds anything of the body.
func (b *Body) Instant(body any) (time.Time, error) {
	v, err := b.eval(body)
	if err != nil {
		return time.Time{}, err
	}
	switch v := v.(type) {
	case types.Timestamp:
		return v.Time, nil
	case types.String:
		t, err := time.Parse(time.RFC3339Nano, string(v))
		if err != nil {
			return time.Time{}, errors.New("the expression gave a string that is not an RFC 3339 time")
		}
		return t, nil
	}
	seconds, err := number(v)
	if err != nil {
		return time.Time{}, fmt.Errorf("the expression gave a %s; it must give an RFC 3339 string or a Unix time in seconds", typeName(v))
	}
	return unix(seconds)
}

const maxUnix = 253402300799 // the end of the year 9999

func unix(seconds float64) (time.Time, error) {
	if math.IsNaN(seconds) || seconds < 0 || seconds > maxUnix {
		return time.Time{}, errors.New("the expression gave a number that is not a Unix time in seconds")
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), nil
}

// eval evaluates. CEL's own errors may quote the body, so that only their kind
// is passed on.
func (b *Body) eval(body any) (ref.Val, error) {
	out, _, err := b.program.Eval(map[string]any{"body": body})
	if err == nil {
		return out, nil
	}
	switch msg := err.Error(); {
	case tooCostly(err):
		return nil, ErrCost
	case strings.HasPrefix(msg, "no such key"), strings.HasPrefix(msg, "index out of bounds"):
		return nil, errors.New("the body has no such field")
	case strings.HasPrefix(msg, "no such overload"):
		return nil, errors.New("a field of the body has another type than the expression needs")
	default:
		return nil, errors.New("the expression cannot be evaluated over the body")
	}
}
