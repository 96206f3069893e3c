package ml

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonWriter appends the readable form: a line for every field and for every element
// that is more than a number or a text.
type jsonWriter struct {
	out    []byte
	indent int
	begun  bool // whether the object or list has something in it
}

func (w *jsonWriter) key(name string) error {
	w.next()
	w.out = append(appendText(w.out, name), ": "...)
	return nil
}

func (w *jsonWriter) truth(v *bool) error {
	w.out = strconv.AppendBool(w.out, *v)
	return nil
}

func (w *jsonWriter) whole(v *int64) error {
	w.out = strconv.AppendInt(w.out, *v, 10)
	return nil
}

func (w *jsonWriter) number(v *float64) error {
	w.out = appendNumber(w.out, *v)
	return nil
}

// appendNumber writes a float64 in hexadecimal, which is exact: "0x1.8p+01" is 3.
func appendNumber(dst []byte, f float64) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendFloat(dst, f, 'x', -1, 64)
	if bits := math.Float64bits(f); math.IsNaN(f) && bits != math.Float64bits(math.NaN()) {
		dst = append(dst, "(0x"...) // NaN has many forms
		dst = strconv.AppendUint(dst, bits, 16)
		dst = append(dst, ')')
	}
	return append(dst, '"')
}

func (w *jsonWriter) text(v *string) error {
	w.out = appendText(w.out, *v)
	return nil
}

// appendText writes text that is no UTF-8 as an object of its bytes.
func appendText(dst []byte, s string) []byte {
	switch {
	case !utf8.ValidString(s):
		dst = append(dst, `{"base64": `...)
		return append(appendBytes(dst, []byte(s)), '}')
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }):
		var escaped bytes.Buffer
		e := json.NewEncoder(&escaped)
		e.SetEscapeHTML(false)
		_ = e.Encode(s) // neither text nor a buffer makes an error
		return append(dst, bytes.TrimSpace(escaped.Bytes())...)
	}
	return append(append(append(dst, '"'), s...), '"')
}

func (w *jsonWriter) bytes(v *[]byte) error {
	w.out = appendBytes(w.out, *v)
	return nil
}

func appendBytes(dst, b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
}

func (w *jsonWriter) wholes(v *[]int64) error {
	w.out = appendList(w.out, *v, func(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) })
	return nil
}

func (w *jsonWriter) numbers(v *[]float64) error {
	w.out = appendList(w.out, *v, appendNumber)
	return nil
}

func (w *jsonWriter) shortNumbers(v *[]float64) error { return w.numbers(v) }

func (w *jsonWriter) texts(v *[]string) error {
	w.out = appendList(w.out, *v, appendText)
	return nil
}

func appendList[T any](dst []byte, values []T, one func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = one(dst, v)
	}
	return append(dst, ']')
}

func (w *jsonWriter) object(visit func()) error {
	w.open('{')
	visit()
	w.close('}')
	return nil
}

func (w *jsonWriter) list(n int, visit func(i int) bool) error {
	w.open('[')
	for i := range n {
		w.next()
		if !visit(i) {
			break
		}
	}
	w.close(']')
	return nil
}

func (w *jsonWriter) kind(name string, visit func(string)) error {
	return w.object(func() {
		_ = w.key(name)
		visit(name)
	})
}

func (w *jsonWriter) open(bracket byte) {
	w.out = append(w.out, bracket)
	w.indent++
	w.begun = false
}

func (w *jsonWriter) close(bracket byte) {
	w.indent--
	if w.begun {
		w.newLine()
	}
	w.out = append(w.out, bracket)
	w.begun = true // of what is around
}

// next begins a line for a field or an element.
func (w *jsonWriter) next() {
	if w.begun {
		w.out = append(w.out, ',')
	}
	w.begun = true
	w.newLine()
}

func (w *jsonWriter) newLine() {
	w.out = append(w.out, '\n')
	for range w.indent {
		w.out = append(w.out, "  "...)
	}
}
