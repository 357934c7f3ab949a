package httpx

import (
	"errors"
	"net/url"
	"strings"
)

// ErrPath says that a path could lead out of where it belongs.
var ErrPath = errors.New("path: must start with one / and hold no space, backslash, fragment, encoded slash or percent, and no dot segment")

// Under places a signal's path and query below a provider's base. A path that
// some server could read as one outside of it is refused.
func Under(base *url.URL, path string) (string, error) {
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		u.Host != "" || u.User != nil || strings.Contains(path, " ") || strings.ContainsFunc(path, isUnsafe) {
		return "", ErrPath
	}
	if strings.ContainsFunc(u.Path, isUnsafe) || strings.Contains(u.Path, "%") { // encoded once, or twice
		return "", ErrPath
	}
	if strings.Contains(strings.ToLower(u.EscapedPath()), "%2f") {
		return "", ErrPath
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		segment, _, _ = strings.Cut(segment, ";") // some servers drop a segment's parameters
		if segment == "." || segment == ".." {
			return "", ErrPath
		}
	}
	full := *base
	full.Path = strings.TrimRight(base.Path, "/") + u.Path
	full.RawPath = strings.TrimRight(base.EscapedPath(), "/") + u.EscapedPath()
	full.RawQuery = u.RawQuery
	return full.String(), nil
}

func isUnsafe(r rune) bool { return r == '\\' || r == '#' || r < ' ' || r == 0x7f }
