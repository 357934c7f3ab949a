package demo

import (
	"math"
	"strings"
)

const (
	eighths = " ▏▎▍▌▋▊▉█"
	heights = "▁▂▃▄▅▆▇█"
)

// bar draws a share of 0 to 1 in a number of cells, padded with spaces.
func bar(share float64, cells int, ascii bool) string {
	share = min(max(share, 0), 1)
	if ascii {
		n := int(math.Round(share * float64(cells)))
		return strings.Repeat("#", n) + strings.Repeat(" ", cells-n)
	}
	n := int(math.Round(share * float64(cells) * 8))
	if n == 0 && share > 0 && cells > 0 {
		n = 1
	}
	s := strings.Repeat("█", n/8)
	used := n / 8
	if n%8 > 0 {
		s += string([]rune(eighths)[n%8])
		used++
	}
	return s + strings.Repeat(" ", cells-used)
}

// sparkline draws values as heights between 0 and the largest, in at most a number
// of cells; a cell stands for the largest of its values.
func sparkline(values []float64, cells int, ascii bool) string {
	values = peaks(values, cells)
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	levels := []rune(heights)
	if ascii {
		levels = []rune("_.-=+*%#")
	}
	var b strings.Builder
	for _, v := range values {
		i := 0
		if top > 0 {
			i = int(math.Round(v / top * float64(len(levels)-1)))
		}
		b.WriteRune(levels[i])
	}
	return b.String()
}

func peaks(values []float64, cells int) []float64 {
	if len(values) <= cells {
		return values
	}
	out := make([]float64, cells)
	for i, v := range values {
		c := i * cells / len(values)
		out[c] = max(out[c], v)
	}
	return out
}
