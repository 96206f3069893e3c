package dag

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/penstock/penstock/dag/internal/task"
)

// maxLog bounds what is kept of one try's lines, in bytes.
const maxLog = 1 << 20

// tryLog keeps the lines of one try and hands each on to other loggers.
type tryLog struct {
	mu     sync.Mutex
	logger *slog.Logger // nil until it is needed
	line   func([]byte) // is given the lines that are kept; may be nil
	lines  bytes.Buffer
	left   int // lines beyond maxLog
	closed bool
}

// get returns the logger of the try.
func (l *tryLog) get(env *task.Env, loggers []*slog.Logger) *slog.Logger {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.logger == nil {
		l.logger = slog.New(l.handler(env, loggers))
	}
	return l.logger
}

// handler takes secrets out of a record before anything is kept of it or another logger sees it.
func (l *tryLog) handler(env *task.Env, loggers []*slog.Logger) slog.Handler {
	attrs := []slog.Attr{slog.Int("try", env.Try)}
	if env.Element >= 0 {
		attrs = append(attrs, slog.Int("element", env.Element))
	}
	text := slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}).WithAttrs(attrs)
	if len(loggers) == 0 {
		return env.Mask.Handler(text, false)
	}
	hs := fanout{text}
	whose := append([]slog.Attr{slog.String("dag", env.DAG), slog.String("task", env.Task)}, attrs...)
	for _, l := range loggers {
		hs = append(hs, l.Handler().WithAttrs(whose))
	}
	return env.Mask.Handler(hs, true)
}

// Write keeps a line. Lines of goroutines that outlive the try come too late.
func (l *tryLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
	case l.left > 0 || l.lines.Len()+len(line) > maxLog:
		l.left++
	default:
		l.lines.Write(line)
		if l.line != nil {
			l.line(line)
		}
	}
	return len(line), nil
}

// close ends the log and returns the lines of the try.
func (l *tryLog) close() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.left > 0 {
		fmt.Fprintf(&l.lines, "level=WARN msg=\"lines left out\" lines=%d kept_bytes=%d\n", l.left, l.lines.Len())
	}
	return l.lines.Bytes()
}

// fanout is a handler that hands every record to several.
type fanout []slog.Handler

var _ slog.Handler = fanout(nil)

// Enabled tells whether one of the handlers wants the record.
func (f fanout) Enabled(ctx context.Context, level slog.Level) bool {
	for _, h := range f {
		if h.Enabled(ctx, level) {
			return true
		}
	}
	return false
}

// Handle gives the record to those that want it and returns the first error.
func (f fanout) Handle(ctx context.Context, r slog.Record) (err error) {
	for _, h := range f {
		if !h.Enabled(ctx, r.Level) {
			continue
		}
		if e := h.Handle(ctx, r.Clone()); e != nil && err == nil {
			err = e
		}
	}
	return err
}

// WithAttrs returns the handlers with the attributes.
func (f fanout) WithAttrs(attrs []slog.Attr) slog.Handler {
	return f.each(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

// WithGroup returns the handlers with the group opened.
func (f fanout) WithGroup(name string) slog.Handler {
	return f.each(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (f fanout) each(do func(slog.Handler) slog.Handler) fanout {
	out := make(fanout, len(f))
	for i, h := range f {
		out[i] = do(h)
	}
	return out
}
