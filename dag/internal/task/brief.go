package task

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
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
func Preview(v any) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = Brief(v)
		}
	}()
	switch x := v.(type) {
	case error:
		return clip(x.Error(), maxPreview)
	case fmt.Stringer:
		return clip(x.String(), maxPreview)
	case string:
		return clip(x, maxPreview)
	}
	return Brief(v)
}

// PreviewBytes returns stored bytes as text, if they are.
func PreviewBytes(data []byte) string {
	if !utf8.Valid(data) {
		return fmt.Sprintf("%d bytes", len(data))
	}
	return clip(string(data), maxPreview)
}

// Brief returns a value as a short text for a log, whatever its size: text by
// its String or Error method where there is one, the first elements of a list and
// its length.
func Brief(v any) (text string) {
	defer func() {
		if r := recover(); r != nil { // from a method of the value
			text = fmt.Sprintf("%T (its text could not be made: %v)", v, r)
		}
	}()
	var b strings.Builder
	brief(&b, reflect.ValueOf(v), 0)
	return b.String()
}

func brief(b *strings.Builder, v reflect.Value, depth int) {
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
			b.WriteString(clip(x.Error(), maxText))
			return
		case fmt.Stringer:
			b.WriteString(clip(x.String(), maxText))
			return
		}
	}
	if depth > maxDepth {
		fmt.Fprintf(b, "%v…", v.Type())
		return
	}
	switch v.Kind() {
	case reflect.String:
		if depth == 0 {
			b.WriteString(clip(v.String(), maxText))
		} else {
			b.WriteString(strconv.Quote(clip(v.String(), maxText)))
		}
	case reflect.Pointer, reflect.Interface:
		brief(b, v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		briefList(b, v, depth)
	case reflect.Map:
		fmt.Fprintf(b, "%v of %d", v.Type(), v.Len())
	case reflect.Struct:
		briefStruct(b, v, depth)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		b.WriteString(v.Type().String())
	default:
		fmt.Fprint(b, v)
	}
}

func briefList(b *strings.Builder, v reflect.Value, depth int) {
	b.WriteByte('[')
	for i := range min(v.Len(), maxElements) {
		if b.Len() > maxBytes {
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		brief(b, v.Index(i), depth+1)
	}
	if v.Len() > maxElements {
		fmt.Fprintf(b, " … %d in all", v.Len())
	}
	b.WriteByte(']')
}

func briefStruct(b *strings.Builder, v reflect.Value, depth int) {
	b.WriteByte('{')
	for i := range min(v.NumField(), maxElements) {
		if b.Len() > maxBytes {
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(v.Type().Field(i).Name + ":")
		brief(b, v.Field(i), depth+1)
	}
	if v.NumField() > maxElements {
		b.WriteString(" …")
	}
	b.WriteByte('}')
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return fmt.Sprintf("%s… %d bytes in all", strings.ToValidUTF8(s[:most], ""), len(s))
}
