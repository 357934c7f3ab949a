// Package explain writes decisions for people: a tree of one decision's trail, a
// table of many, a line of why. It is pure: a decision goes in, text comes out, and
// every time is told relative to the decision's own instant.
package explain

import "strings"

// Options are how a text looks.
type Options struct {
	// ASCII avoids every character beyond ASCII.
	ASCII bool
	// Colour marks what matters with ANSI escape codes.
	Colour bool
	// Address of the ops server, for the commands that a text advises.
	Address string
}

// DefaultAddress is where a daemon's ops server listens unless told otherwise.
const DefaultAddress = "http://127.0.0.1:8080"

// text is the final form of a text.
func (o Options) text(s string) string {
	if o.ASCII {
		return strings.NewReplacer("├─", "|-", "└─", "`-", "→", "->", "×", "x", "÷", "/", "–", "-").Replace(s)
	}
	return s
}

// Colour is the ANSI escape code that begins a colour.
type Colour string

// The colours.
const (
	Bold   Colour = "\x1b[1m"
	Dim    Colour = "\x1b[2m"
	Red    Colour = "\x1b[31m"
	Green  Colour = "\x1b[32m"
	Yellow Colour = "\x1b[33m"
	Blue   Colour = "\x1b[34m"
	reset  Colour = "\x1b[0m"
)

// Paint colours a text where colours are wanted.
func (o Options) Paint(c Colour, s string) string {
	if !o.Colour || c == "" || s == "" {
		return s
	}
	return string(c) + s + string(reset)
}
