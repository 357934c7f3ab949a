package cloudwatch

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/scaler-dev/scaler/internal/awsx"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	// maxPages bounds the answer to one call.
	maxPages = 10
	// maxExtra bounds the calls that one poll spends on finding out which query
	// made CloudWatch refuse a call. It is spent once a query: afterwards the query
	// keeps to itself.
	maxExtra = 32
)

// result is what a call gave.
type result struct {
	outcomes []signals.Outcome
	refused  bool // a unit was found to be at fault
}

func (s *Source) do(ctx context.Context, c call, now time.Time) result {
	extra := maxExtra
	return s.ask(ctx, c, now, &extra)
}

// ask makes a call. CloudWatch refuses a whole call for one query that is not
// valid, so a refused call is halved until the query at fault is alone.
func (s *Source) ask(ctx context.Context, c call, now time.Time, extra *int) result {
	found, err := s.read(ctx, c, now)
	switch {
	case err == nil:
		return result{outcomes: c.outcomes(found)}
	case !awsx.Refused(err) || c.units[0].refused:
		return result{outcomes: c.fail(s.provider.Failure(err))}
	case len(c.units) == 1:
		c.units[0].refused = true
		return result{outcomes: c.fail(s.provider.Failure(err)), refused: true}
	case *extra < 2:
		return result{outcomes: c.fail(s.provider.Failure(err))}
	}
	*extra -= 2
	half := len(c.units) / 2
	a := s.ask(ctx, newCall(c.period, c.units[:half]...), now, extra)
	b := s.ask(ctx, newCall(c.period, c.units[half:]...), now, extra)
	return result{append(a.outcomes, b.outcomes...), a.refused || b.refused}
}

// read gets all pages of a call. The window ends where the newest complete period
// does; EndTime is exclusive.
func (s *Source) read(ctx context.Context, c call, now time.Time) (answer, error) {
	seconds := int64(c.period / time.Second)
	end := time.Unix(now.Unix()/seconds*seconds, 0).UTC()
	in := &cloudwatch.GetMetricDataInput{
		MetricDataQueries: c.queries,
		StartTime:         aws.Time(end.Add(-span(c.period))),
		EndTime:           &end,
		ScanBy:            types.ScanByTimestampDescending,
	}
	found := answer{period: c.period, end: end, series: map[string]*series{}}
	tokens := map[string]bool{}
	for range maxPages {
		page, err := s.provider.CloudWatch().GetMetricData(ctx, in)
		if err != nil {
			return found, err
		}
		found.add(page.MetricDataResults)
		token := aws.ToString(page.NextToken)
		if token == "" {
			return found, nil
		}
		if tokens[token] {
			return found, &signals.Error{Reason: signals.Partial, Detail: "the answer's pages go round in a circle"}
		}
		tokens[token] = true
		in.NextToken = &token
	}
	return found, &signals.Error{Reason: signals.Partial, Detail: "the answer has too many pages"}
}

// outcomes are one for each subject of the call.
func (c *call) outcomes(found answer) []signals.Outcome {
	var out []signals.Outcome
	for i, u := range c.units {
		o := found.outcome(c.wants[i], u.divisor)
		for _, subject := range u.subjects {
			o.Subject = subject
			out = append(out, o)
		}
	}
	return out
}

// fail is the same failure for every subject of the call.
func (c *call) fail(failure *signals.Error) []signals.Outcome {
	var out []signals.Outcome
	for _, u := range c.units {
		for _, subject := range u.subjects {
			out = append(out, signals.Outcome{Subject: subject, Err: failure})
		}
	}
	return out
}
