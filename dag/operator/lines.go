package operator

import (
	"bytes"
	"log/slog"
)

// maxLine is where a line that does not end is broken, in bytes.
const maxLine = 64 << 10

// lines writes what a program prints to a log, line by line. It is used by one goroutine at a time.
type lines struct {
	log  *slog.Logger
	part []byte // of a line that has not ended
	last string // the last line that is not empty
}

func newLines(log *slog.Logger, stream string) *lines {
	return &lines{log: log.With("stream", stream)}
}

// Write takes output.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		if room := maxLine - len(l.part); len(line) > room {
			line, rest, ended = p[:room], p[room:], true
		}
		l.part = append(l.part, line...)
		if ended {
			l.flush()
		}
		p = rest
	}
	return n, nil
}

// flush ends a line.
func (l *lines) flush() {
	if line := string(bytes.TrimSuffix(l.part, []byte{'\r'})); line != "" {
		l.last = line
		l.log.Info(line)
	}
	l.part = l.part[:0]
}
