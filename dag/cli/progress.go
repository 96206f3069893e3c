package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/penstock/penstock/dag"
)

// progress is a line on a terminal that says how far a run is. What is written through
// it stands above the line. Elsewhere than on a terminal the line is not there.
type progress struct {
	out   io.Writer
	name  string
	total int
	live  bool
	start time.Time

	mu      sync.Mutex
	shown   bool
	ended   int
	failed  int
	skipped int
}

func newProgress(out io.Writer, name string, total int) *progress {
	f, ok := out.(*os.File)
	return &progress{out: out, name: name, total: total, start: time.Now(), live: ok && term.IsTerminal(int(f.Fd()))}
}

func (p *progress) hooks() dag.Hooks {
	return dag.Hooks{OnTask: func(_ dag.RunInfo, r dag.Result[any]) { p.count(r.State) }}
}

func (p *progress) count(s dag.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended++
	switch s {
	case dag.Succeeded:
	case dag.Skipped:
		p.skipped++
	default:
		p.failed++
	}
	p.clear()
	p.draw()
}

// Write writes log lines.
func (p *progress) Write(lines []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	n, err := p.out.Write(lines)
	if p.ended > 0 {
		p.draw()
	}
	return n, err
}

// close replaces the line by a last one.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	if p.live {
		fmt.Fprintln(p.out, p.text())
	}
}

const barWidth = 24

func (p *progress) draw() {
	if p.live && p.ended < p.total {
		full := barWidth * p.ended / p.total
		fmt.Fprintf(p.out, "[%s%s] %s", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), p.text())
		p.shown = true
	}
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}

func (p *progress) text() string {
	text := fmt.Sprintf("%s: %d of %d tasks", p.name, p.ended, p.total)
	if p.failed > 0 {
		text += fmt.Sprintf(", %d failed", p.failed)
	}
	if p.skipped > 0 {
		text += fmt.Sprintf(", %d skipped", p.skipped)
	}
	return text + ", " + time.Since(p.start).Round(10*time.Millisecond).String()
}
