// Package progress shows the tasks of a run on a terminal.
package progress

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Bar returns a progress function that draws a bar on standard error. It draws
// nothing when out, where the results go, or standard error is not a terminal.
func Bar(out io.Writer, title string) func(done, total int64) {
	if !isTerminal(out) || !isTerminal(os.Stderr) {
		return func(int64, int64) {}
	}
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription(title),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
	)
	return func(done, total int64) {
		bar.ChangeMax64(total)
		_ = bar.Set64(done) // a bar that cannot be drawn is no reason to stop
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
