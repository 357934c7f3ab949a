package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// failure is an error with its exit code and, where there is one, a hint.
type failure struct {
	err  error
	hint string
	code int
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func usage(err error, hint string) error       { return &failure{err, hint, exitUsage} }
func checkFailed(err error, hint string) error { return &failure{err, hint, exitCheckFailed} }
func hinted(err error, hint string) error      { return &failure{err, hint, exitFailure} }

func codeOf(err error) int {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f.code
	}
	return exitFailure
}

// report writes an error for people: what is wrong, then what to do about it.
func report(w io.Writer, err error) {
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		fmt.Fprintf(w, "error: %s\n", line)
	}
	if f := (*failure)(nil); errors.As(err, &f) && f.hint != "" {
		fmt.Fprintf(w, "hint: %s\n", f.hint)
	}
}
