package mask

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
)

// Handler returns a handler that hands records on without secrets: messages, values whose text has one, and
// all values whose key, or whose group, is named as a secret. With deep it also looks at values as JSON has
// them, which is what handlers other than slog.TextHandler may write.
func (m *Masker) Handler(next slog.Handler, deep bool) slog.Handler {
	return &handler{next: next, mask: m, deep: deep}
}

type handler struct {
	next   slog.Handler
	mask   *Masker
	deep   bool
	hidden bool // all is, by the name of a group
}

// Enabled asks the next handler.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle hands a record on, as it is if there is no secret in it.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	message := h.mask.Text(r.Message)
	changed := message != r.Message
	attrs := make([]slog.Attr, 0, 8)
	r.Attrs(func(a slog.Attr) bool {
		masked, other := h.attr(a, h.hidden)
		attrs = append(attrs, masked)
		changed = changed || other
		return true
	})
	if changed {
		r = slog.NewRecord(r.Time, r.Level, message, r.PC)
		r.AddAttrs(attrs...)
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs hands the attributes on without secrets.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i], _ = h.attr(a, h.hidden)
	}
	other := *h
	other.next = h.next.WithAttrs(masked)
	return &other
}

// WithGroup opens a group.
func (h *handler) WithGroup(name string) slog.Handler {
	other := *h
	other.next, other.hidden = h.next.WithGroup(name), h.hidden || Sensitive(name)
	return &other
}

// attr returns an attribute without secrets, and whether it is another one.
func (h *handler) attr(a slog.Attr, hidden bool) (slog.Attr, bool) {
	hidden = hidden || Sensitive(a.Key)
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		return h.group(a.Key, v.Group(), hidden)
	}
	if hidden {
		return slog.String(a.Key, Hidden), true
	}
	switch v.Kind() {
	case slog.KindBool, slog.KindTime, slog.KindDuration:
		return a, false
	case slog.KindAny:
		if masked, changed := h.any(v.Any()); changed {
			return slog.String(a.Key, masked), true
		}
		return a, false
	}
	text := v.String() // of numbers too: one may be a secret
	masked := h.mask.Text(text)
	if masked == text {
		return a, false
	}
	return slog.String(a.Key, masked), true
}

func (h *handler) group(key string, attrs []slog.Attr, hidden bool) (slog.Attr, bool) {
	masked, changed := make([]slog.Attr, len(attrs)), false
	for i, a := range attrs {
		var other bool
		masked[i], other = h.attr(a, hidden)
		changed = changed || other
	}
	return slog.Attr{Key: key, Value: slog.GroupValue(masked...)}, changed
}

// any returns the text of a value if there is a secret in what may be written of it. A method of the value
// may panic; what comes of that is for the next handler to say.
func (h *handler) any(v any) (masked string, changed bool) {
	defer func() {
		if recover() != nil {
			masked, changed = "", false
		}
	}()
	text := textOf(v)
	if masked = h.mask.Text(text); masked != text {
		return masked, true
	}
	if _, isError := v.(error); !h.deep || isError {
		return "", false
	}
	data, err := json.Marshal(v)
	if err != nil {
		return "", false
	}
	masked = h.mask.Text(string(data))
	return masked, masked != string(data)
}

// textOf returns a value as slog.TextHandler writes it.
func textOf(v any) string {
	switch v := v.(type) {
	case error:
		return v.Error()
	case encoding.TextMarshaler:
		if text, err := v.MarshalText(); err == nil {
			return string(text)
		}
	case []byte:
		return string(v)
	}
	return fmt.Sprintf("%+v", v)
}
