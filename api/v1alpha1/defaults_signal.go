package v1alpha1

import "time"

// pace is how often a source is read and how old its samples may be.
type pace struct{ interval, freshFor, holdFor time.Duration }

// setDefaults fills what the user left out. The age limits follow the interval:
// what is read less often than usual may be older before it is doubted.
func (s *Signal) setDefaults() {
	s.setSourceDefaults()
	p := s.pace()
	setDefault(&s.Interval, Duration{p.interval})
	setDefault(&s.FreshFor, Duration{max(p.freshFor, 3*s.Interval.Duration)})
	setDefault(&s.HoldFor, Duration{max(p.holdFor, 2*s.FreshFor.Duration)})
	setDefault(&s.Absent, AbsentUnknown)
	if s.Range == nil {
		s.Range = &ValueRange{}
	}
	s.Range.Min = orDefault(s.Range.Min, 0)
	s.Range.Max = orDefault(s.Range.Max, MaxSignalValue)
}

func (s *Signal) setSourceDefaults() {
	switch {
	case s.SQS != nil:
		if s.SQS.Count == nil {
			s.SQS.Count = []SQSCount{CountVisible}
		}
		setDefault(&s.Kind, KindTotal)
	case s.ALB != nil:
		setDefault(&s.Kind, s.ALB.Metric.kind())
	case s.ECS != nil:
		setDefault(&s.Kind, KindPerReplica)
	case s.CloudWatch != nil:
		setDefault(&s.CloudWatch.Period, Duration{time.Minute})
	case s.Scrape != nil:
		s.Scrape.setDefaults()
	}
}

// kind is the nature of the measure.
func (m ALBMetric) kind() SignalKind {
	if m == RequestsPerSecond {
		return KindTotal
	}
	return KindPerReplica
}

// pace is what suits the source.
func (s *Signal) pace() pace {
	switch {
	case s.CloudWatch != nil:
		return cloudWatchPace(s.CloudWatch.Period.Duration)
	case s.ALB != nil, s.ECS != nil:
		return pace{time.Minute, 3 * time.Minute, 10 * time.Minute}
	case s.Prometheus != nil:
		return pace{15 * time.Second, time.Minute, 5 * time.Minute}
	case s.HTTP != nil:
		return pace{30 * time.Second, 90 * time.Second, 5 * time.Minute}
	case s.Scrape != nil:
		return pace{10 * time.Second, 30 * time.Second, 5 * time.Minute}
	case s.Trace != nil:
		return pace{time.Second, 90 * time.Second, 5 * time.Minute}
	default: // sqs
		return pace{15 * time.Second, 45 * time.Second, 10 * time.Minute}
	}
}

// cloudWatchPace reads once a period, at most every 10s.
func cloudWatchPace(period time.Duration) pace {
	if period < time.Minute {
		interval := max(period, 10*time.Second)
		return pace{interval, 3 * interval, 5 * time.Minute}
	}
	interval := min(period, time.Hour)
	return pace{interval, 3 * period, 10 * time.Minute}
}
