package monary

import (
	"slices"
	"unicode/utf8"
	"unsafe"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// text is a column of strings of any length: row i is bytes[offsets[i]:offsets[i+1]].
type text struct {
	arena
}

// arena is n+1 offsets and one slice of bytes. Offsets are filled in when a
// later row is written: filled is the number of offsets that are known.
type arena struct {
	offsets []int64
	filled  int
	bytes   []byte
}

func (a *arena) reserve(n int) {
	a.offsets = resized(a.offsets, n+1)
	a.filled = max(a.filled, 1) // offset 0 is 0
}

// put appends the bytes of a row; rows since the last put are empty.
func (a *arena) put(row int, b []byte) {
	a.fill(row)
	a.bytes = append(a.bytes, b...)
	a.offsets[row+1] = int64(len(a.bytes))
	a.filled = row + 2
}

// fill makes the offsets up to that of row known.
func (a *arena) fill(row int) {
	for ; a.filled <= row; a.filled++ {
		a.offsets[a.filled] = a.offsets[a.filled-1]
	}
}

func (a *arena) truncate(n int) {
	if a.filled > n+1 {
		a.bytes = a.bytes[:a.offsets[n]]
		a.filled = n + 1
	}
}

func (a *arena) finish(n int) {
	a.fill(n)
	a.offsets = fitted(a.offsets, n+1)
}

func (a *arena) at(row int) []byte { return a.bytes[a.offsets[row]:a.offsets[row+1]] }

func (a *arena) slice(i, j int) arena {
	return arena{offsets: a.offsets[i : j+1 : j+1], filled: j - i + 1, bytes: a.bytes}
}

func (a *arena) take(rows []int) arena {
	size := 0
	for _, row := range rows {
		size += len(a.at(row))
	}
	out := arena{bytes: make([]byte, 0, size)}
	out.reserve(len(rows))
	for k, row := range rows {
		out.put(k, a.at(row))
	}
	return out
}

func (t *text) write(row int, typ bson.Type, val []byte) (State, *fault) {
	b, state, f := toText(typ, val)
	if f == nil && state == Present {
		t.put(row, b)
	}
	return state, f
}

// gather checks the run's text as a whole: it is valid UTF-8, string by string,
// when all of it is and no string begins inside a rune.
func (t *text) gather(row int, typ bson.Type, buf []byte, found []located) bool {
	if typ != bson.TypeString {
		return false
	}
	t.fill(row)
	start, end := len(t.bytes), len(t.bytes)
	bytes := t.bytes[:cap(t.bytes)]
	offsets := t.offsets[row+1 : row+1+len(found)]
	for k, v := range found {
		from := v.at() + 4
		n := length(buf[v.at():]) - 1
		if end+n+16 > len(bytes) {
			bytes = slices.Grow(bytes[:end], n+16)
			bytes = bytes[:cap(bytes)]
		}
		if n > 0 && !utf8.RuneStart(buf[from]) {
			return false
		}
		if n <= 16 && int(from)+16 <= len(buf) { // two words, whose ends the next string overwrites
			*(*[16]byte)(bytes[end:]) = *(*[16]byte)(buf[from:])
		} else {
			copy(bytes[end:], buf[from:int(from)+n])
		}
		end += n
		offsets[k] = int64(end)
	}
	if !utf8.Valid(bytes[start:end]) {
		return false
	}
	t.bytes, t.filled = bytes[:end], row+1+len(found)
	return true
}

func (t *text) value(row int) Value { return Value{typ: bson.TypeString, data: t.at(row)} }

func (t *text) slice(i, j int) vector  { return &text{t.arena.slice(i, j)} }
func (t *text) take(rows []int) vector { return &text{t.arena.take(rows)} }

func (t *text) concat(parts []vector) vector {
	out := &text{}
	rows, size := 0, 0
	for _, p := range parts {
		part := p.(*text)
		rows += len(part.offsets) - 1
		size += len(part.bytes)
	}
	out.reserve(rows)
	out.bytes = make([]byte, 0, size)
	rows = 0
	for _, p := range parts {
		part := p.(*text)
		for row := range len(part.offsets) - 1 {
			out.put(rows+row, part.at(row))
		}
		rows += len(part.offsets) - 1
	}
	return out
}

// viewString is a string over bytes that no one writes any more.
func viewString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
