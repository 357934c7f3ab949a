package cloudwatch

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/scaler-dev/scaler/internal/policy"
)

// The metrics of a policy. Their dimensions are Namespace and Policy. A signal's is
// named as it is, in lower case, so that it is never one of these.
const (
	// DesiredReplicas is the decision.
	DesiredReplicas = "DesiredReplicas"
	// Utilization is 100 × desired ÷ what is ordered already: the one for a target
	// of 100.
	Utilization = "Utilization"
	// SignalAgeSeconds is the age of the oldest sample that decided.
	SignalAgeSeconds = "SignalAgeSeconds"
)

// The limits of a request. Its size is an upper bound for the wordiest protocol,
// uncompressed.
const (
	maxDatums  = 1000
	maxBytes   = 1_000_000
	datumBytes = 700

	highResolution = time.Minute // below it, a metric needs a storage resolution of 1
)

// datums are what is published of a decision: nothing of an unknown one, or of one
// that has expired since.
func (s *Sink) datums(d policy.Decision, now time.Duration) []types.MetricDatum {
	desired, known := d.Desired.Replicas()
	if !known || now >= d.Expires {
		return nil
	}
	age := d.At.Wall.Sub(d.DataAt) + now - d.At.Mono
	out := []types.MetricDatum{
		s.datum(d, SignalAgeSeconds, max(0, age.Seconds()), types.StandardUnitSeconds),
		s.datum(d, DesiredReplicas, float64(desired), types.StandardUnitCount),
	}
	if d.Workload.State == policy.WorkloadKnown {
		out = append(out, s.datum(d, Utilization, s.utilization(desired, d), types.StandardUnitPercent))
	}
	return out
}

// datum is stamped with the start of the decision's period, so that publishing
// twice within it gives one datapoint.
func (s *Sink) datum(d policy.Decision, name string, value float64, unit types.StandardUnit) types.MetricDatum {
	datum := types.MetricDatum{
		MetricName: &name,
		Dimensions: []types.Dimension{
			{Name: aws.String("Namespace"), Value: aws.String(d.Policy.Namespace)},
			{Name: aws.String("Policy"), Value: aws.String(d.Policy.Name)},
		},
		Timestamp: aws.Time(d.At.Wall.Truncate(s.settings.Period)),
		Value:     &value,
		Unit:      unit,
	}
	if s.settings.Period < highResolution {
		datum.StorageResolution = aws.Int32(1)
	}
	return datum
}

// batches cuts datums into requests within the limits.
func batches(datums []types.MetricDatum) [][]types.MetricDatum {
	var out [][]types.MetricDatum
	start, bytes := 0, 0
	for i, d := range datums {
		size := datumBytes
		for _, dim := range d.Dimensions {
			size += 3 * len(*dim.Value) // as a form writes what is not a letter
		}
		if i-start == maxDatums || bytes+size > maxBytes {
			out = append(out, datums[start:i])
			start, bytes = i, 0
		}
		bytes += size
	}
	if start < len(datums) {
		out = append(out, datums[start:])
	}
	return out
}
