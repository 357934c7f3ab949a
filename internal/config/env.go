package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var referenceRE = regexp.MustCompile(`\$\$\{|\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}|\$\{`)

// expand replaces ${env:NAME} by the variable's value and $${ by ${. It says
// whether a variable was used.
func expand(text string, lookup func(string) (string, bool)) (out string, used bool, err error) {
	out = referenceRE.ReplaceAllStringFunc(text, func(match string) string {
		if match == "$${" {
			return "${"
		}
		m := referenceRE.FindStringSubmatch(match)
		if m[1] == "" {
			err = errors.New("holds a ${ that is not ${env:NAME}; write $${ for the characters themselves")
			return ""
		}
		value, ok := lookup(m[1])
		if !ok {
			err = fmt.Errorf("environment variable %s is not set", m[1])
		}
		used = true
		return value
	})
	return out, used, err
}

// refused says whether a text holds a reference that would expand elsewhere.
func refused(text string) bool { return strings.Contains(text, "${env:") }
