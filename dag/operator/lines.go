package operator

import (
	"bytes"
	"log/slog"

	"github.com/penstock/penstock/dag/internal/mask"
)

// maxLine is where a line that does not end is broken, in bytes.
const maxLine = 64 << 10

// lines writes what a program prints to a log, line by line. It is used by one goroutine at a time.
type lines struct {
	log  *slog.Logger
	mask *mask.Masker // the log hides what it knows, but could not if a line were broken in a secret
	part []byte       // of a line that has not ended
	last string       // the last line that is not empty
}

func newLines(log *slog.Logger, stream string, m *mask.Masker) *lines {
	return &lines{log: log.With("stream", stream), mask: m}
}

// Write takes output.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		room := max(0, maxLine+l.mask.Reach()-len(l.part))
		full := len(line) > room
		if full {
			line, rest = p[:room], p[room:]
		}
		l.part = append(l.part, line...)
		switch {
		case full:
			l.cut()
		case ended:
			l.flush()
		}
		p = rest
	}
	return n, nil
}

// cut breaks a line that is too long.
func (l *lines) cut() {
	at := l.mask.Cut(string(l.part), maxLine)
	l.say(l.part[:at])
	l.part = l.part[:copy(l.part, l.part[at:])]
}

// flush ends a line.
func (l *lines) flush() {
	for len(l.part) > maxLine {
		l.cut()
	}
	l.say(bytes.TrimSuffix(l.part, []byte{'\r'}))
	l.part = l.part[:0]
}

func (l *lines) say(line []byte) {
	if len(line) > 0 {
		l.last = string(line)
		l.log.Info(l.last)
	}
}
