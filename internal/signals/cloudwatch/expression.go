package cloudwatch

import (
	"slices"
	"strings"

	"github.com/scaler-dev/scaler/internal/signals"
)

// expression is metric math, cut into tokens so that the ids in it can be renamed.
type expression struct {
	tokens []token
	// alone says that the expression looks at more than its own ids, or counts
	// against a limit of its own: it must not share a call.
	alone bool
	// insights says that it is a query of Metrics Insights, whose words are not ids.
	insights bool
}

// token is a piece of an expression; an id, or anything else.
type token struct {
	text string
	id   bool
}

// String is the expression as its user wrote it.
func (e expression) String() string { return e.rename(nil) }

// rename writes the expression with other ids.
func (e expression) rename(ids map[string]string) string {
	var b strings.Builder
	for _, t := range e.tokens {
		if name, ok := ids[t.text]; ok && t.id {
			b.WriteString(name)
			continue
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// parse cuts an expression. Every id in it must be one of ids: another might be
// that of another signal in the same call.
func parse(source string, ids []string) (expression, *signals.Error) {
	words := strings.Fields(source)
	e := expression{insights: len(words) > 0 && strings.EqualFold(words[0], "SELECT")}
	for rest := source; rest != ""; {
		n := length(rest)
		if n == 0 {
			return e, &signals.Error{Reason: signals.Invalid, Detail: "the expression has a string without an end"}
		}
		t := token{text: rest[:n]}
		rest = rest[n:]
		switch {
		case slices.Contains(ids, t.text):
			t.id = true
		case isLower(t.text[0]) && !e.insights && !strings.HasPrefix(strings.TrimSpace(rest), "("):
			return e, &signals.Error{Reason: signals.Missing, Detail: "the expression refers to an id that metrics does not name"}
		}
		e.alone = e.alone || standsAlone(t.text)
		e.tokens = append(e.tokens, t)
	}
	return e, nil
}

// standsAlone names the functions that look at all metrics of a request or at more
// than it names, and Metrics Insights, of which a call takes one query.
func standsAlone(word string) bool {
	switch strings.ToUpper(word) {
	case "METRICS", "SEARCH", "SELECT":
		return true
	default:
		return false
	}
}

// length is that of the first token: a string, a number, a word, or one byte. It is
// 0 for a string without an end.
func length(s string) int {
	switch c := s[0]; {
	case c == '"' || c == '\'':
		if end := strings.IndexByte(s[1:], c); end >= 0 {
			return end + len(`""`)
		}
		return 0
	case isDigit(c):
		return numberLength(s)
	case isWord(c):
		n := 1
		for n < len(s) && (isWord(s[n]) || isDigit(s[n])) {
			n++
		}
		return n
	default:
		return 1
	}
}

// numberLength is that of digits, a fraction and an exponent.
func numberLength(s string) int {
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n] == '.') {
		n++
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		for m < len(s) && isDigit(s[m]) {
			m++
			n = m
		}
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isWord(c byte) bool  { return isLower(c) || c >= 'A' && c <= 'Z' || c == '_' }
