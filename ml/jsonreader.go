package ml

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// jsonReader reads the readable form, of which the text must be valid JSON. Fields may
// come in any order, but there must be all of them and no others.
type jsonReader struct {
	value  string            // what is read next
	fields map[string]string // of the object around it, those that were not read
	room   [40]byte          // for a number
}

func (r *jsonReader) key(name string) error {
	value, ok := r.fields[name]
	if !ok {
		return errors.New("the field is missing")
	}
	delete(r.fields, name)
	r.value = value
	return nil
}

func (r *jsonReader) truth(v *bool) error {
	switch r.value {
	case "true":
		*v = true
	case "false":
		*v = false
	default:
		return r.unexpected("true or false")
	}
	return nil
}

func (r *jsonReader) whole(v *int64) (err error) {
	if *v, err = strconv.ParseInt(r.value, 10, 64); err != nil {
		return r.unexpected("a whole number")
	}
	return nil
}

func (r *jsonReader) number(v *float64) error {
	const want = "a number as text, such as \"0x1.8p+01\""
	text, ok := r.quoted()
	if !ok {
		return r.unexpected(want)
	}
	var err error
	if bits, special := strings.CutPrefix(text, "NaN(0x"); special {
		var u uint64
		u, err = strconv.ParseUint(strings.TrimSuffix(bits, ")"), 16, 64)
		*v = math.Float64frombits(u)
	} else {
		*v, err = strconv.ParseFloat(text, 64)
	}
	// A zero can have any exponent, and a changed digit is to be found.
	if err != nil || string(appendNumber(r.room[:0], *v)) != r.value {
		return r.unexpected(want)
	}
	return nil
}

// quoted returns a text of letters that need no escapes.
func (r *jsonReader) quoted() (text string, ok bool) {
	if r.value[0] != '"' {
		return "", false
	}
	return r.value[1 : len(r.value)-1], true
}

func (r *jsonReader) text(v *string) (bad error) {
	switch r.value[0] {
	case '"':
		*v, bad = unquote(r.value)
		return bad
	case '{':
		var data []byte
		err := r.object(func() {
			if bad = r.key("base64"); bad == nil {
				bad = r.bytes(&data)
			}
		})
		*v = string(data)
		return cmp.Or(bad, err)
	}
	return r.unexpected("a text")
}

// unquote returns the text behind a JSON string, not a part of the data.
func unquote(text string) (s string, err error) {
	if !strings.Contains(text, "\\") {
		return strings.Clone(text[1 : len(text)-1]), nil
	}
	err = json.Unmarshal([]byte(text), &s)
	return s, err
}

func (r *jsonReader) bytes(v *[]byte) (err error) {
	text, ok := r.quoted()
	if ok {
		*v, err = base64.StdEncoding.DecodeString(text)
	}
	if !ok || err != nil {
		return r.unexpected("bytes as text in base64")
	}
	return nil
}

func (r *jsonReader) wholes(v *[]int64) error { return readList(r, v, r.whole) }

func (r *jsonReader) numbers(v *[]float64) error { return readList(r, v, r.number) }

func (r *jsonReader) shortNumbers(v *[]float64) error { return r.numbers(v) }

func (r *jsonReader) texts(v *[]string) error { return readList(r, v, r.text) }

func readList[T any](r *jsonReader, v *[]T, one func(*T) error) error {
	*v = nil
	var err error
	failed := r.list(0, func(i int) bool {
		*v = append(*v, *new(T))
		err = one(&(*v)[i])
		return err == nil
	})
	if failed != nil {
		return failed
	}
	return err
}

func (r *jsonReader) object(visit func()) error {
	if r.value[0] != '{' {
		return r.unexpected("an object")
	}
	fields := make(map[string]string)
	for key, value := range jsonItems(r.value) {
		name, err := unquote(key)
		if err != nil {
			return err
		}
		if _, twice := fields[name]; twice {
			return fmt.Errorf("the field %q stands there twice", name)
		}
		fields[name] = value
	}
	outer := r.fields
	r.fields = fields
	visit()
	r.fields = outer
	if len(fields) > 0 {
		return fmt.Errorf("the field %q is not known", slices.Min(slices.Collect(maps.Keys(fields))))
	}
	return nil
}

func (r *jsonReader) list(_ int, visit func(i int) bool) error {
	if r.value[0] != '[' {
		return r.unexpected("a list")
	}
	i := 0
	for _, value := range jsonItems(r.value) {
		r.value = value
		if !visit(i) {
			return nil
		}
		i++
	}
	return nil
}

func (r *jsonReader) kind(_ string, visit func(name string)) error {
	var name string
	n := 0
	if r.value[0] == '{' {
		for key, value := range jsonItems(r.value) {
			var err error
			if name, err = unquote(key); err != nil {
				return err
			}
			r.value = value
			n++
		}
	}
	if n != 1 {
		return r.unexpected("an object of one field, which has the name of a kind")
	}
	visit(name)
	return nil
}

func (r *jsonReader) unexpected(want string) error {
	return fmt.Errorf("found %.50s, want %s", r.value, want)
}

// jsonItems returns the elements of a list, or the fields of an object by their names,
// which are still in quotes. The text must be valid.
func jsonItems(text string) iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		named := text[0] == '{'
		rest := skipSpace(text[1:])
		for rest[0] != ']' && rest[0] != '}' {
			var key, value string
			if named {
				key, rest = jsonValue(rest)
				rest = skipSpace(rest[1:]) // behind the colon
			}
			value, rest = jsonValue(rest)
			if !yield(key, value) {
				return
			}
			if rest[0] == ',' {
				rest = skipSpace(rest[1:])
			}
		}
	}
}

// jsonValue cuts off the value that a text begins with, and the space behind it.
func jsonValue(text string) (value, rest string) {
	depth, end := 0, 0
	for {
		switch text[end] {
		case '"':
			end += jsonString(text[end:])
		case '{', '[':
			depth++
			end++
		case '}', ']':
			depth--
			end++
		default:
			end++
		}
		if depth == 0 && (end == len(text) || strings.IndexByte(",:]}"+jsonSpace, text[end]) >= 0) {
			return text[:end], skipSpace(text[end:])
		}
	}
}

// jsonString returns the length of a text with its quotes.
func jsonString(text string) int {
	for i := 1; ; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// jsonSpace is what may stand between values.
const jsonSpace = " \t\r\n"

func skipSpace(text string) string {
	if text != "" && text[0] > ' ' {
		return text
	}
	return strings.TrimLeft(text, jsonSpace)
}
