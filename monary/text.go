package monary

import (
	"bytes"
	"slices"
	"unicode/utf8"
	"unsafe"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// text is a column of strings of any length: row i is bytes[offsets[i]:offsets[i+1]]
// or, if there are words, the word codes[i] (dictionary.go). Regular expressions
// are the text /pattern/options.
type text struct {
	arena
	typ bson.Type // string, code, symbol or regular expression
	dictionary
}

func (t *text) reserve(n int) {
	if t.words != nil {
		t.codes = resized(t.codes, n)
		return
	}
	t.arena.reserve(n)
}

func (t *text) write(row int, typ bson.Type, val []byte) (State, *fault) {
	b, state, f := toText(t.typ, typ, val)
	if f == nil && state == Present {
		t.put(row, b)
	}
	return state, f
}

func (t *text) put(row int, b []byte) {
	if t.words == nil || !t.putCode(row, b) {
		t.arena.put(row, b)
	}
}

// gather checks the run's text as a whole: it is valid UTF-8, string by string,
// if the whole is and no string begins inside a rune.
func (t *text) gather(row int, typ bson.Type, from spots) bool {
	if typ != t.typ || typ == bson.TypeRegex {
		return false
	}
	if t.words != nil && !t.outgrown(row) {
		return t.gatherCodes(row, from)
	}
	t.fill(row)
	start, end := len(t.bytes), len(t.bytes)
	buf, bytes := from.buf, t.bytes[:cap(t.bytes)]
	offsets := t.offsets[row+1 : row+1+len(from.at)]
	for k, at := range from.at {
		n := length(buf[at+from.by:]) - 1
		if at == 0 {
			n = 0
		}
		at += from.by + 4
		if end+n+16 > len(bytes) {
			bytes = slices.Grow(bytes[:end], n+16)
			bytes = bytes[:cap(bytes)]
		}
		if n <= 16 && int(at)+16 <= len(buf) { // two words, whose ends the next string overwrites
			*(*[16]byte)(bytes[end:]) = *(*[16]byte)(buf[at:])
		} else {
			copy(bytes[end:], buf[at:int(at)+n])
		}
		end += n
		offsets[k] = int64(end)
	}
	if added := bytes[start:end]; !isASCII(added) {
		if !utf8.Valid(added) {
			return false
		}
		for _, next := range offsets {
			if int(next) < end && !utf8.RuneStart(bytes[next]) {
				return false
			}
		}
	}
	t.bytes, t.filled = bytes[:end], row+1+len(from.at)
	return true
}

func (t *text) truncate(n int) {
	if t.words == nil {
		t.arena.truncate(n)
		return
	}
	if clear(t.codes[n:]); n == 0 {
		t.words.clear()
	}
}

func (t *text) finish(n int, keep bool) {
	if t.words == nil || t.words.len() > n/2+1 && t.flatten(n) {
		t.arena.finish(n, keep)
		return
	}
	if t.codes = fitted(t.codes, n, keep); !keep {
		t.words.finish()
	}
}

func (t *text) at(row int) []byte {
	if t.words != nil {
		return t.words.at(t.codes[row])
	}
	return t.arena.at(row)
}

func (t *text) value(row int) Value {
	if t.typ == bson.TypeRegex {
		return regexValue(t.at(row))
	}
	return Value{typ: t.typ, data: t.at(row)}
}

// regexValue makes a regular expression of the text /pattern/options.
func regexValue(text []byte) Value {
	end := bytes.LastIndexByte(text, '/')
	data := slices.Concat(text[1:end], []byte{0}, text[end+1:], []byte{0})
	return Value{typ: bson.TypeRegex, data: data}
}

func (t *text) sound(row int, valid bool) bool {
	text := t.at(row)
	switch {
	case !valid:
		return len(text) == 0
	case t.typ != bson.TypeRegex:
		return true
	}
	return bytes.HasPrefix(text, []byte{'/'}) && bytes.LastIndexByte(text, '/') > 0 && bytes.IndexByte(text, 0) < 0
}

func (t *text) slice(i, j int) vector {
	if t.words != nil {
		return t.coded(t.codes[i:j:j])
	}
	return &text{arena: t.arena.slice(i, j), typ: t.typ}
}

func (t *text) take(rows []int) vector {
	if t.words == nil {
		return &text{arena: t.arena.take(rows), typ: t.typ}
	}
	codes := make([]uint16, len(rows))
	for k, row := range rows {
		codes[k] = t.codes[row]
	}
	return t.coded(codes)
}

func (t *text) place(row int, parts ...vector) {
	if t.placeCodes(row, parts) {
		return
	}
	arenas := make([]*arena, len(parts))
	for i, p := range parts {
		arenas[i] = p.(*text).plain()
	}
	t.arena.place(row, arenas)
}

func (t *text) marshal(dst []byte) []byte { return t.plain().marshal(dst) }

// viewString is a string over bytes that no one writes any more.
func viewString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
