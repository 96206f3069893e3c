// Package mask hides secrets in texts that are written down or shown.
//
// What is a secret is told in two ways. A [Masker] knows values, and finds them as they are and as they
// are written in URLs, JSON, Go's quotes and base64. And there are places that give a secret away whatever
// its value: the password of a URI, what follows a name such as password or api_key, an Authorization header.
package mask

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

// Hidden stands for a secret.
const Hidden = "***"

// Least is how many bytes a value has that is looked for. Shorter ones would be found in half of all words.
const Least = 5

// maxValues is how many values a Masker keeps besides those of New; when there are more, those are forgotten that
// have not been told for longest.
const maxValues = 10_000

// Masker knows the values of secrets. It may be used by several goroutines at once. A nil Masker knows
// none, and hides what names and URIs give away.
type Masker struct {
	parent *Masker

	mu    sync.RWMutex
	known map[string]int // when a value was told last
	told  int            // the time, in values
	fixed int            // how many of the known are never forgotten
	table table
}

// always is when the values are told that are never forgotten.
const always = math.MaxInt

// New returns a Masker of some values, which it never forgets.
func New(values ...string) *Masker {
	m := &Masker{known: make(map[string]int, len(values))}
	m.add(values)
	m.fixed = len(m.known)
	for v := range m.known {
		m.known[v] = always
	}
	return m
}

// With returns a Masker that knows what m knows, also later, and some values of its own; m itself if there
// are none.
func (m *Masker) With(values ...string) *Masker {
	if len(values) == 0 && m != nil {
		return m
	}
	own := New(values...)
	own.parent = m
	return own
}

type key struct{}

// NewContext returns a context in which a run without an engine knows what m knows.
func NewContext(ctx context.Context, m *Masker) context.Context {
	return context.WithValue(ctx, key{}, m)
}

// From returns the Masker of NewContext, nil if there is none.
func From(ctx context.Context) *Masker {
	m, _ := ctx.Value(key{}).(*Masker)
	return m
}

// Add makes values known, to m and to all that know what it knows; for one that With has made, to the one
// it was made from. It returns how many were too short.
func (m *Masker) Add(values ...string) (short int) {
	for m.parent != nil {
		m = m.parent
	}
	return m.add(values)
}

func (m *Masker) add(values []string) (short int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, v := range values {
		v = strings.TrimSpace(v) // a file's last newline is no part of the secret in it
		if len(v) < Least {
			if v != "" {
				short++
			}
			continue
		}
		m.keep(v)
	}
	m.forget()
	return short
}

func (m *Masker) keep(v string) {
	last, known := m.known[v]
	if !known {
		m.table.add(forms(v))
	}
	if m.told++; last != always {
		m.known[v] = m.told
	}
}

// forget forgets the oldest values, now and then, since the table is made anew.
func (m *Masker) forget() {
	if len(m.known)-m.fixed < 2*maxValues {
		return
	}
	left := slices.SortedFunc(maps.Keys(m.known), func(a, b string) int { return cmp.Compare(m.known[b], m.known[a]) })
	for _, v := range left[m.fixed+maxValues:] {
		delete(m.known, v)
	}
	m.table = table{}
	for _, v := range left[:m.fixed+maxValues] {
		m.table.add(forms(v))
	}
}

// Text returns a text without secrets; it is the same text if there are none in it. What it returns may be
// masked again.
func (m *Masker) Text(s string) string {
	spans := m.spans(s)
	if len(spans) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, sp := range spans {
		b.WriteString(s[at:sp.from])
		b.WriteString(Hidden)
		at = sp.to
	}
	b.WriteString(s[at:])
	return b.String()
}

// Cut returns where a text may be cut in two, at a place or a little before it, without cutting a secret
// of which one half would then not be known. Behind the place there should be Reach bytes, as far as there
// are so many.
func (m *Masker) Cut(s string, at int) int {
	if at >= len(s) {
		return len(s)
	}
	for _, sp := range m.spans(s[:min(len(s), at+m.Reach())]) {
		switch {
		case sp.from >= at:
			return at
		case sp.to > at && sp.from > 0:
			return sp.from
		case sp.to > at:
			return sp.to
		}
	}
	return at
}

// maxReach bounds Reach, in bytes.
const maxReach = 16 << 10

// Reach is how long a secret can be, in bytes.
func (m *Masker) Reach() int {
	longest := 256
	for ; m != nil; m = m.parent {
		m.mu.RLock()
		longest = max(longest, m.table.longest)
		m.mu.RUnlock()
	}
	return min(longest, maxReach)
}

// span is a part of a text.
type span struct{ from, to int }

// spans returns where secrets are, in order and apart from each other.
func (m *Masker) spans(s string) []span {
	spans := given(s, nil)
	for ; m != nil; m = m.parent {
		m.mu.RLock()
		spans = m.table.find(s, spans)
		m.mu.RUnlock()
	}
	if len(spans) < 2 {
		return spans
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	merged := spans[:1]
	for _, sp := range spans[1:] {
		if last := &merged[len(merged)-1]; sp.from <= last.to {
			last.to = max(last.to, sp.to)
		} else {
			merged = append(merged, sp)
		}
	}
	return merged
}

// Error returns an error with the same causes whose text has no secrets: err itself if it has none, or cannot
// say what it is.
func (m *Masker) Error(err error) (masked error) {
	if err == nil {
		return nil
	}
	defer func() {
		if recover() != nil {
			masked = err
		}
	}()
	text := err.Error()
	if masked := m.Text(text); masked != text {
		return &maskedError{masked, err}
	}
	return err
}

type maskedError struct {
	text string
	err  error
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.err }
