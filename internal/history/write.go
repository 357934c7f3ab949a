package history

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"
)

// WriteTraffic writes the traffic as a replay reads it. A step that is not known has no
// row: a gap, not zero.
func WriteTraffic(out io.Writer, s Series, w Window) error {
	b := bufio.NewWriter(out)
	fmt.Fprintln(b, "timestamp,value")
	for at := w.From; at.Before(w.To); at = at.Add(w.Step) {
		if v, known := s[at]; known {
			fmt.Fprintf(b, "%s,%s\n", at.Format(time.RFC3339), number(v))
		}
	}
	return b.Flush()
}

// SeenPrefix begins the name of each column of what was seen.
const SeenPrefix = "seen."

// WriteSeen writes what the replicas of then made of it, a column each. What is not
// known is empty.
func WriteSeen(out io.Writer, columns []Column, series []Series, w Window) error {
	b := bufio.NewWriter(out)
	b.WriteString("timestamp")
	for _, c := range columns {
		b.WriteString("," + SeenPrefix + c.Name)
	}
	for at := w.From; at.Before(w.To); at = at.Add(w.Step) {
		b.WriteString("\n" + at.Format(time.RFC3339))
		for _, s := range series {
			b.WriteByte(',')
			if v, known := s[at]; known {
				b.WriteString(number(v))
			}
		}
	}
	b.WriteByte('\n')
	return b.Flush()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 9, 64) }
