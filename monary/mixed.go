package monary

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// mixed is an "any" column: a type byte and an 8-byte slot a row. Values of up
// to 8 bytes are in the slot, longer ones in the arena at the slot's offset;
// their bytes tell their own length. Type 0 is a missing field. As long as all
// longer values are strings, they are a text column instead, which Typed hands out.
type mixed struct {
	types []bson.Type
	slots []uint64
	arena []byte
	texts *text // nil if there are no strings, or if they are in the arena
	codes bool  // texts may have a dictionary
}

func (m *mixed) reserve(n int) {
	m.types = resized(m.types, n)
	m.slots = resized(m.slots, n)
	if m.texts != nil {
		m.texts.reserve(n)
	}
}

func (m *mixed) write(row int, t bson.Type, val []byte) (State, *fault) {
	if f := checkDeep(t, val, 0); f != nil {
		return Mismatch, f
	}
	m.put(row, makeValue(t, val))
	if t == bson.TypeNull || t == bson.TypeUndefined {
		return Null, nil
	}
	return Present, nil
}

func (m *mixed) put(row int, v Value) {
	m.types[row], m.slots[row] = v.typ, v.bits
	switch {
	case !inArena(v.typ):
	case v.typ == bson.TypeString && m.takesText():
		m.texts.put(row, v.data)
	default:
		m.moveTexts(row)
		m.putLong(row, v)
	}
}

func (m *mixed) putLong(row int, v Value) {
	m.slots[row] = uint64(len(m.arena))
	m.arena = v.appendBytes(m.arena)
}

// takesText makes texts if nothing stands against it, and reports whether there are any.
func (m *mixed) takesText() bool {
	if m.texts == nil && len(m.arena) == 0 {
		m.texts = &text{typ: bson.TypeString}
		if m.codes {
			encodeText(m.texts)
		}
		m.texts.reserve(len(m.types))
	}
	return m.texts != nil
}

// moveTexts moves the strings of the rows before row to the arena.
func (m *mixed) moveTexts(row int) {
	texts := m.texts
	if m.texts = nil; texts == nil {
		return
	}
	for i, t := range m.types[:row] {
		if t == bson.TypeString {
			m.putLong(i, Value{typ: t, data: texts.at(i)})
		}
	}
}

func (m *mixed) truncate(n int) {
	if m.texts != nil {
		m.texts.truncate(n)
	}
	for row, t := range m.types[n:] {
		if inArena(t) && m.texts == nil { // the first of them, as rows are written in order
			m.arena = m.arena[:m.slots[n+row]]
			break
		}
	}
	clear(m.types[n:])
	clear(m.slots[n:])
}

func (m *mixed) finish(n int, keep bool) {
	m.types, m.slots = fitted(m.types, n, keep), fitted(m.slots, n, keep)
	if m.texts != nil {
		m.texts.finish(n, keep)
	}
}

func (m *mixed) value(row int) Value {
	t, slot := m.types[row], m.slots[row]
	switch {
	case !inArena(t):
		return Value{typ: t, bits: slot}
	case m.texts != nil:
		return Value{typ: t, data: m.texts.at(row)}
	}
	start := m.arena[slot:]
	size, _ := valueSize(t, start) // checked when it was written
	return makeValue(t, start[:size:size])
}

func (m *mixed) slice(i, j int) vector {
	out := &mixed{types: m.types[i:j:j], slots: m.slots[i:j:j], arena: m.arena}
	if m.texts != nil {
		out.texts = m.texts.slice(i, j).(*text)
	}
	return out
}

func (m *mixed) take(rows []int) vector {
	out := &mixed{}
	out.reserve(len(rows))
	for k, row := range rows {
		out.put(k, m.value(row))
	}
	out.finish(len(rows), false)
	return out
}

func (m *mixed) place(row int, parts ...vector) {
	if row == 0 {
		m.arena, m.texts = m.arena[:0], nil
	}
	if m.placeTexts(row, parts) {
		for _, p := range parts {
			part := p.(*mixed)
			copy(m.types[row:], part.types)
			row += copy(m.slots[row:], part.slots)
		}
		return
	}
	m.moveTexts(row)
	for _, p := range parts {
		part := p.(*mixed)
		copy(m.types[row:], part.types)
		copy(m.slots[row:], part.slots)
		if part.texts == nil {
			m.placeArena(row, part)
		} else {
			for i, t := range part.types {
				if inArena(t) {
					m.putLong(row+i, part.value(i))
				}
			}
		}
		row += len(part.types)
	}
}

// placeTexts places the strings of parts whose longer values are all strings. It returns
// false if there are others.
func (m *mixed) placeTexts(row int, parts []vector) bool {
	some := m.texts != nil
	for _, p := range parts {
		part := p.(*mixed)
		if part.texts == nil && slices.ContainsFunc(part.types, inArena) {
			return false
		}
		some = some || part.texts != nil
	}
	if !some {
		return true
	}
	if !m.takesText() {
		return false
	}
	texts := make([]vector, len(parts))
	for i, p := range parts {
		part := p.(*mixed)
		if texts[i] = part.texts; part.texts == nil {
			none := &text{typ: bson.TypeString}
			none.reserve(len(part.types))
			none.finish(len(part.types), true)
			texts[i] = none
		}
	}
	if m.texts.words == nil {
		m.texts.fill(row)
	}
	m.texts.place(row, texts...)
	return true
}

func (m *mixed) placeArena(row int, part *mixed) {
	from, to := part.used()
	by := uint64(len(m.arena) - from)
	m.arena = append(slices.Grow(m.arena, to-from), part.arena[from:to]...)
	for i, slot := range part.slots {
		if inArena(part.types[i]) {
			m.slots[row+i] = slot + by
		}
	}
}

// used is the stretch of the arena that the rows' values are in, one behind the
// other.
func (m *mixed) used() (from, to int) {
	first := slices.IndexFunc(m.types, inArena)
	if first < 0 {
		return 0, 0
	}
	last := len(m.types) - 1
	for !inArena(m.types[last]) {
		last--
	}
	size, _ := valueSize(m.types[last], m.arena[m.slots[last]:]) // checked when it was written
	return int(m.slots[first]), int(m.slots[last]) + size
}

// marshal appends row by row the type and the value as BSON writes it.
func (m *mixed) marshal(dst []byte) []byte {
	for row, t := range m.types {
		dst = m.value(row).appendBytes(append(dst, byte(t)))
	}
	return dst
}

func (m *mixed) unmarshal(in *input, n int) {
	if in.lacks(n, 1) {
		return
	}
	m.reserve(n)
	for row := range n {
		if t := bson.Type(in.take(1, 1)[0]); t != 0 {
			m.put(row, in.value(t))
		}
		if in.lacks(n-1-row, 1) {
			return
		}
	}
	m.finish(n, false)
}

func (m *mixed) sound(row int, valid bool) bool { return valid != Value{typ: m.types[row]}.IsNull() }

// inArena reports whether values of the type are longer than a slot.
func inArena(t bson.Type) bool {
	switch t {
	case 0, bson.TypeNull, bson.TypeUndefined, bson.TypeMinKey, bson.TypeMaxKey, bson.TypeBoolean,
		bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDateTime, bson.TypeTimestamp:
		return false
	}
	return true
}
