package history

import (
	"strconv"
	"time"
)

// TrafficCSV writes the traffic as a replay reads it. A step that is not known has no row:
// a gap, not zero.
func (p *Past) TrafficCSV(w Window) []byte {
	out := []byte("timestamp,value\n")
	for at := w.From; at.Before(w.To); at = at.Add(w.Step) {
		if v, known := p.Traffic[at]; known {
			out = append(appendValue(append(at.AppendFormat(out, time.RFC3339), ','), v), '\n')
		}
	}
	return out
}

// SeenPrefix begins the name of each column of what was seen.
const SeenPrefix = "seen."

// SeenCSV writes what the replicas of then made of it, a column for each of the plan's.
// What is not known is empty.
func (p *Past) SeenCSV(columns []Column, w Window) []byte {
	out := []byte("timestamp")
	for i := range columns {
		out = append(append(out, ","+SeenPrefix...), columns[i].Name...)
	}
	for at := w.From; at.Before(w.To); at = at.Add(w.Step) {
		out = at.AppendFormat(append(out, '\n'), time.RFC3339)
		for _, s := range p.Seen {
			out = append(out, ',')
			if v, known := s[at]; known {
				out = appendValue(out, v)
			}
		}
	}
	return append(out, '\n')
}

func appendValue(out []byte, v float64) []byte { return strconv.AppendFloat(out, v, 'g', 9, 64) }
