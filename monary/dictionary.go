package monary

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// dictionary is how a text column is stored whose texts repeat: each of them
// once, and a code a row. The rule is made while decoding, by the rows met so
// far; a column that breaks it goes on as a plain one.
type dictionary struct {
	words *words // nil if the column is plain
	codes []uint16
}

// When texts repeat: there are at most mostWords of them (those, their keys and
// their index stay in the second cache), and each comes repeats times on average,
// which is looked at from earlyRows on.
const (
	mostWords = 1 << 12
	earlyRows = 1024
	repeats   = 4
)

// encodeText lets the string columns of an empty vector have dictionaries.
func encodeText(vec vector) {
	switch vec := vec.(type) {
	case *text:
		if vec.typ == bson.TypeString {
			vec.words = newWords()
		}
	case *mixed:
		vec.codes = true
	case nested:
		for _, p := range vec.inside() {
			encodeText(p.vector)
		}
	}
}

// outgrown makes the column plain if there are too many words for so many rows.
func (t *text) outgrown(rows int) bool {
	n := t.words.len()
	return (n > mostWords || rows >= earlyRows && n > rows/repeats) && t.flatten(rows)
}

// flatten makes the column, of which so many rows are written, a plain one.
func (t *text) flatten(rows int) bool {
	size, room := 0, len(t.codes)
	for _, code := range t.codes[:rows] {
		size += len(t.words.at(code))
	}
	a := arena{bytes: make([]byte, 0, size)}
	a.reserve(room)
	for row, code := range t.codes[:rows] {
		a.put(row, t.words.at(code))
	}
	t.arena, t.dictionary = a, dictionary{}
	return true
}

// putCode stores the text of a row; false if the column is a plain one now.
func (t *text) putCode(row int, b []byte) bool {
	if t.outgrown(row) {
		return false
	}
	code, ok := t.words.put(b)
	t.codes[row] = code
	return ok || !t.flatten(row)
}

// gatherCodes is gather. Words are valid UTF-8, so only new ones are looked at.
func (t *text) gatherCodes(row int, from spots) bool {
	codes, buf := t.codes[row:row+len(from.at)], from.buf
	index, keys := t.words.index, t.words.keys
	for k, at := range from.at {
		if at == 0 {
			continue
		}
		at += from.by + 4
		n := binary.LittleEndian.Uint32(buf[at-4:]) - 1
		if n < 16 && int(at)+16 <= len(buf) { // mostly it is a word that is where it is looked for first
			mask := &keyMasks[n]
			key := wordKey{load64(buf, at) & mask.low, load64(buf, at+8)&mask.high | uint64(n)<<56}
			if code := index[key.hash()&uint64(len(index)-1)]; keys[code] == key {
				codes[k] = code
				continue
			}
		}
		code, ok := t.words.put(buf[at:][:n])
		if !ok {
			clear(codes)
			return false
		}
		codes[k], index, keys = code, t.words.index, t.words.keys
	}
	return true
}

// placeCodes is place for parts that have dictionaries, all that have rows. It
// returns false if the column is a plain one.
func (t *text) placeCodes(row int, parts []vector) bool {
	if row == 0 && !t.begin(parts) || t.words == nil {
		return false
	}
	r := recoder{to: t.words}
	at := row
	for _, p := range parts {
		switch part := p.(*text); {
		case part.words != nil && r.recode(t.codes[at:], part.codes, part.words):
			at += len(part.codes)
		case part.words != nil || part.rows() > 0:
			t.flatten(row)
			return false
		}
	}
	return true
}

// begin makes the column what its first parts are, and empty.
func (t *text) begin(parts []vector) bool {
	coded := false
	for _, p := range parts {
		part := p.(*text)
		if part.words == nil && part.rows() > 0 {
			coded = false
			break
		}
		coded = coded || part.words != nil
	}
	switch {
	case coded && t.words != nil:
		t.words.clear()
		clear(t.codes)
	case coded:
		t.dictionary = dictionary{newWords(), make([]uint16, len(t.offsets)-1)}
		t.arena = arena{}
	case t.words != nil:
		t.words.clear()
		t.flatten(0)
	}
	return coded
}

// coded is a column of codes of the same words.
func (t *text) coded(codes []uint16) *text {
	return &text{typ: t.typ, dictionary: dictionary{t.words, codes}}
}

// plain is the finished column's texts without a dictionary: its own memory if it
// has none, else a copy.
func (t *text) plain() *arena {
	if t.words == nil {
		return &t.arena
	}
	flat := t.coded(t.codes)
	flat.flatten(len(flat.codes))
	flat.fill(len(flat.codes))
	return &flat.arena
}
