package task

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/dag/internal/mask"
)

// Limits of Brief: elements of a list, levels of nesting, bytes of a text.
const (
	maxElements = 8
	maxDepth    = 3
	maxText     = 200
	maxBytes    = 1000 // more or less: where a list is broken off
)

// maxPreview bounds a Preview, in bytes.
const maxPreview = 4 << 10

// Preview is Brief for a page of its own: text is kept up to some kilobytes.
func Preview(v any, m *mask.Masker) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = Brief(v, m)
		}
	}()
	switch x := v.(type) {
	case error:
		return clip(x.Error(), maxPreview, m)
	case fmt.Stringer:
		return clip(x.String(), maxPreview, m)
	case string:
		return clip(x, maxPreview, m)
	}
	return Brief(v, m)
}

// PreviewBytes returns stored bytes as text, if they are, without secrets.
func PreviewBytes(data []byte, m *mask.Masker) string {
	if !utf8.Valid(data) {
		return fmt.Sprintf("%d bytes", len(data))
	}
	return clip(string(data), maxPreview, m)
}

// Brief returns a value as a short text for a log, whatever its size: text by
// its String or Error method where there is one, the first elements of a list and
// its length. Secrets that m knows, and fields that are named as such, are hidden.
func Brief(v any, m *mask.Masker) (text string) {
	defer func() {
		if r := recover(); r != nil { // from a method of the value
			text = m.Text(fmt.Sprintf("%T (its text could not be made: %v)", v, r))
		}
	}()
	b := briefing{mask: m}
	b.brief(reflect.ValueOf(v), 0)
	return m.Text(b.String())
}

// briefing is a brief text while it is made.
type briefing struct {
	strings.Builder
	mask *mask.Masker
}

func (b *briefing) brief(v reflect.Value, depth int) {
	if !v.IsValid() {
		b.WriteString("nil")
		return
	}
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		b.WriteString("nil")
		return
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case error:
			b.WriteString(clip(x.Error(), maxText, b.mask))
			return
		case fmt.Stringer:
			b.WriteString(clip(x.String(), maxText, b.mask))
			return
		}
	}
	if depth > maxDepth {
		fmt.Fprintf(&b.Builder, "%v…", v.Type())
		return
	}
	switch v.Kind() {
	case reflect.String:
		if depth == 0 {
			b.WriteString(clip(v.String(), maxText, b.mask))
		} else {
			b.WriteString(strconv.Quote(clip(v.String(), maxText, b.mask)))
		}
	case reflect.Pointer, reflect.Interface:
		b.brief(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		b.list(v, depth)
	case reflect.Map:
		fmt.Fprintf(&b.Builder, "%v of %d", v.Type(), v.Len())
	case reflect.Struct:
		b.fields(v, depth)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		b.WriteString(v.Type().String())
	default:
		fmt.Fprint(&b.Builder, v)
	}
}

func (b *briefing) list(v reflect.Value, depth int) {
	b.WriteByte('[')
	for i := range min(v.Len(), maxElements) {
		if b.Len() > maxBytes {
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.brief(v.Index(i), depth+1)
	}
	if v.Len() > maxElements {
		fmt.Fprintf(&b.Builder, " … %d in all", v.Len())
	}
	b.WriteByte(']')
}

func (b *briefing) fields(v reflect.Value, depth int) {
	b.WriteByte('{')
	for i := range min(v.NumField(), maxElements) {
		if b.Len() > maxBytes {
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		name := v.Type().Field(i).Name
		b.WriteString(name + ":")
		if mask.Sensitive(name) && !v.Field(i).IsZero() {
			b.WriteString(mask.Hidden)
			continue
		}
		b.brief(v.Field(i), depth+1)
	}
	if v.NumField() > maxElements {
		b.WriteString(" …")
	}
	b.WriteByte('}')
}

// clip shortens a text, without leaving one half of a secret, and hides the others.
func clip(s string, most int, m *mask.Masker) string {
	if len(s) <= most {
		return m.Text(s)
	}
	return fmt.Sprintf("%s… %d bytes in all", strings.ToValidUTF8(m.Text(s[:m.Cut(s, most)]), ""), len(s))
}
