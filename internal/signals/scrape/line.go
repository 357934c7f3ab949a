package scrape

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// line is one sample of a page: name{labels} value timestamp.
type line struct {
	name   string
	labels []label // sorted, each once
	value  float64
	at     time.Time // zero: none is given
}

type label struct{ name, value string }

// get is a label's value, empty for one that is not there.
func (l line) get(name string) string {
	for _, have := range l.labels {
		if have.name == name {
			return have.value
		}
	}
	return ""
}

// series is the name with the labels, in one form.
func (l line) series() string {
	var b strings.Builder
	b.WriteString(l.name)
	for _, have := range l.labels {
		b.WriteString("\xff" + have.name + "\xff" + have.value) // which no text holds
	}
	return b.String()
}

// parseLine reads a line that is neither empty nor a comment. In OpenMetrics a
// timestamp is in seconds, and an exemplar may follow, which is not read.
func parseLine(text string, openMetrics bool) (l line, ok bool) {
	s := scanner{rest: text}
	if s.peek() != '{' {
		if l.name, ok = s.name(isNameByte); !ok {
			return line{}, false
		}
		s.blanks()
	}
	if s.peek() == '{' && !s.labelSet(&l) {
		return line{}, false
	}
	if l.value, ok = number64(s.word()); !ok || l.name == "" {
		return line{}, false
	}
	word := s.word()
	if openMetrics && word == "#" {
		return l, true
	}
	if word != "" {
		if l.at, ok = instant(word, openMetrics); !ok {
			return line{}, false
		}
		word = s.word()
	}
	return l, word == "" || (openMetrics && word == "#")
}

// number64 reads a value as the format has it: NaN, +Inf and -Inf among them, and
// no other base than ten.
func number64(word string) (float64, bool) {
	if word == "" || strings.ContainsAny(word, "xXpP_") {
		return 0, false
	}
	v, err := strconv.ParseFloat(word, 64)
	return v, err == nil
}

func instant(word string, openMetrics bool) (time.Time, bool) {
	if !openMetrics {
		ms, err := strconv.ParseInt(word, 10, 64)
		return time.UnixMilli(ms).UTC(), err == nil
	}
	seconds, ok := number64(word)
	if !ok || math.IsNaN(seconds) || math.Abs(seconds) > math.MaxInt64/2000 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), true
}

// scanner reads a line from its start.
type scanner struct{ rest string }

// peek is the next byte; 0 at the end.
func (s *scanner) peek() byte {
	if s.rest == "" {
		return 0
	}
	return s.rest[0]
}

func (s *scanner) blanks() { s.rest = strings.TrimLeft(s.rest, " \t") }

// take takes one byte, and the blanks after it, if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.rest = s.rest[1:]
	s.blanks()
	return true
}

// word is what stands between blanks.
func (s *scanner) word() string {
	s.blanks()
	end := strings.IndexAny(s.rest, " \t")
	if end < 0 {
		end = len(s.rest)
	}
	word := s.rest[:end]
	s.rest = s.rest[end:]
	return word
}

// name reads a name that begins with no digit.
func (s *scanner) name(allowed func(byte) bool) (string, bool) {
	end := 0
	for end < len(s.rest) && allowed(s.rest[end]) {
		end++
	}
	name := s.rest[:end]
	s.rest = s.rest[end:]
	return name, name != "" && (name[0] < '0' || name[0] > '9')
}

func isLabelByte(c byte) bool {
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
}

func isNameByte(c byte) bool { return c == ':' || isLabelByte(c) }

// labelSet reads {name="value",…}. Newer pages may quote names, and the metric's name
// then stands among the labels, alone.
func (s *scanner) labelSet(l *line) bool {
	s.take('{')
	for !s.take('}') {
		name, quoted, ok := s.labelName()
		if !ok {
			return false
		}
		s.blanks()
		switch {
		case s.take('='):
			value, ok := s.quoted()
			if !ok {
				return false
			}
			l.labels = append(l.labels, label{name, value})
		case quoted && l.name == "":
			l.name = name
		default:
			return false
		}
		s.blanks()
		if !s.take(',') && s.peek() != '}' {
			return false
		}
	}
	slices.SortFunc(l.labels, func(a, b label) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(l.labels); i++ {
		if l.labels[i].name == l.labels[i-1].name {
			return false
		}
	}
	return true
}

func (s *scanner) labelName() (name string, quoted, ok bool) {
	if s.peek() == '"' {
		name, ok = s.quoted()
		return name, true, ok && name != ""
	}
	name, ok = s.name(isLabelByte)
	return name, false, ok
}

// quoted reads a text in quotes, with \\, \" and \n in it.
func (s *scanner) quoted() (string, bool) {
	if s.peek() != '"' {
		return "", false
	}
	for i := 1; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '"':
			text := s.rest[1:i]
			s.rest = s.rest[i+1:]
			return unescaped(text)
		}
	}
	return "", false
}

func unescaped(text string) (string, bool) {
	if !strings.Contains(text, `\`) {
		return text, true
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		i++
		switch text[i] { // quoted leaves no backslash at the end
		case '\\', '"':
			b.WriteByte(text[i])
		case 'n':
			b.WriteByte('\n')
		default:
			return "", false
		}
	}
	return b.String(), true
}
