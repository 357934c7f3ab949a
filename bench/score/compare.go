package score

import "math"

// even is the share of cost within which two policies are equal.
const even = 0.005

// Cell is a policy's cost on one trace, as a multiple of the oracle's of the same late
// share, for example 1.2. It is not Reached where no setting keeps that share.
type Cell struct {
	Ratio   float64
	Reached bool
}

// Summary is a policy over several traces.
type Summary struct {
	// Wins, Losses and Ties count pairs of a rival and a trace. The lower cost wins; less
	// than 0.5 % between them is a tie. To reach the late share wins over not to; where
	// neither does, it is a tie.
	Wins, Losses, Ties int
	// Reached counts traces. Mean is the geometric mean of the ratios of those, and
	// Worst the largest; both are 0 where it is 0. Means over different traces do not
	// compare: Unreached tells how many are missing.
	Reached, Unreached int
	Mean, Worst        float64
}

// Compare summarises a table, which has a row for each policy and in every row the
// same traces.
func Compare(table [][]Cell) []Summary {
	summaries := make([]Summary, len(table))
	for i, row := range table {
		summaries[i] = summarise(row)
		for j, rival := range table {
			if i != j {
				summaries[i].play(row, rival)
			}
		}
	}
	return summaries
}

func summarise(row []Cell) Summary {
	s, logs := Summary{}, 0.0
	for _, c := range row {
		if !c.Reached {
			s.Unreached++
			continue
		}
		s.Reached++
		logs += math.Log(c.Ratio)
		s.Worst = max(s.Worst, c.Ratio)
	}
	if s.Reached > 0 {
		s.Mean = math.Exp(logs / float64(s.Reached))
	}
	return s
}

func (s *Summary) play(row, rival []Cell) {
	for i, c := range row {
		switch r := rival[i]; {
		case !c.Reached && !r.Reached:
			s.Ties++
		case c.Reached && (!r.Reached || c.Ratio < r.Ratio*(1-even)):
			s.Wins++
		case r.Reached && (!c.Reached || r.Ratio < c.Ratio*(1-even)):
			s.Losses++
		default:
			s.Ties++
		}
	}
}
