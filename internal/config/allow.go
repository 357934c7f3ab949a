package config

import (
	"fmt"
	"strings"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

func queues(a *v1alpha1.Allow) []string       { return a.Queues }
func namespaces(a *v1alpha1.Allow) []string   { return a.Namespaces }
func targetGroups(a *v1alpha1.Allow) []string { return a.TargetGroups }
func services(a *v1alpha1.Allow) []string     { return a.Services }
func accounts(a *v1alpha1.Allow) []string     { return a.Accounts }
func paths(a *v1alpha1.Allow) []string        { return a.Paths }

// listOf is a list of what is allowed; nil: everything.
func listOf(a *v1alpha1.Allow, list func(*v1alpha1.Allow) []string) []string {
	if a == nil {
		return nil
	}
	return list(a)
}

// allowed reports a value that a provider's list does not have.
func (d *document) allowed(path, list, value string, globs []string) {
	if globs == nil || value == "" {
		return
	}
	for _, g := range globs {
		if glob(g, value) {
			return
		}
	}
	d.check(path, fmt.Sprintf("%s is not in the provider's allow.%s", shown(value), list))
}

// glob says whether a value matches a pattern in which * stands for any
// characters. Its time is the product of both lengths at most.
func glob(pattern, value string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == value
	}
	if !strings.HasPrefix(value, first) {
		return false
	}
	value = value[len(first):]
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		i := strings.Index(value, part)
		if i < 0 {
			return false
		}
		value = value[i+len(part):]
	}
	return strings.HasSuffix(value, parts[len(parts)-1])
}
