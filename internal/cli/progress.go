package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	progressAfter = 2 * time.Second
	progressEvery = 200 * time.Millisecond
	progressCells = 30
)

// progress draws a bar of work that takes long, on a terminal.
type progress struct {
	out   io.Writer // nil: nowhere
	title string
	began time.Time

	mu    sync.Mutex // guards all below
	last  time.Time
	drawn bool
}

func newProgress(out io.Writer, title string) *progress {
	p := &progress{title: title, began: time.Now()}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.out = out
		}
	}
	return p
}

// show draws a share, from 0 to 1.
func (p *progress) show(share float64) {
	if p.out == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.began) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.drawn = now, true
	full := int(min(1, share) * progressCells)
	fmt.Fprintf(p.out, "\r%s [%s%s] %3.0f %%", p.title, strings.Repeat("=", full), strings.Repeat(" ", progressCells-full), 100*share)
}

// end wipes the bar.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", len(p.title)+progressCells+10))
	}
}

// reader shows how much of so many bytes has been read.
func (p *progress) reader(r io.Reader, size int64) io.Reader {
	return &progressReader{r, p, 0, max(1, size)}
}

type progressReader struct {
	r         io.Reader
	p         *progress
	read, all int64
}

func (r *progressReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.read += int64(n)
	r.p.show(float64(r.read) / float64(r.all))
	return n, err
}
