package monary

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// mixed is an "any" column: a type byte and an 8-byte slot a row. Values of up
// to 8 bytes are in the slot, longer ones in the arena at the slot's offset;
// their bytes tell their own length. Type 0 is a missing field.
type mixed struct {
	types []bson.Type
	slots []uint64
	arena []byte
}

func (m *mixed) reserve(n int) {
	m.types = resized(m.types, n)
	m.slots = resized(m.slots, n)
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
	if inArena(v.typ) {
		m.slots[row] = uint64(len(m.arena))
		m.arena = v.appendBytes(m.arena)
	}
}

func (m *mixed) truncate(n int) {
	for row, t := range m.types[n:] {
		if inArena(t) { // the first of them, as rows are written in order
			m.arena = m.arena[:m.slots[n+row]]
			break
		}
	}
	clear(m.types[n:])
	clear(m.slots[n:])
}

func (m *mixed) finish(n int, keep bool) {
	m.types, m.slots = fitted(m.types, n, keep), fitted(m.slots, n, keep)
}

func (m *mixed) value(row int) Value {
	t, slot := m.types[row], m.slots[row]
	if !inArena(t) {
		return Value{typ: t, bits: slot}
	}
	start := m.arena[slot:]
	size, _ := valueSize(t, start) // checked when it was written
	return makeValue(t, start[:size:size])
}

func (m *mixed) slice(i, j int) vector {
	return &mixed{types: m.types[i:j:j], slots: m.slots[i:j:j], arena: m.arena}
}

func (m *mixed) take(rows []int) vector {
	out := &mixed{}
	out.reserve(len(rows))
	for k, row := range rows {
		out.put(k, m.value(row))
	}
	return out
}

func (m *mixed) place(row int, parts ...vector) {
	size := 0
	for _, p := range parts {
		from, to := p.(*mixed).used()
		size += to - from
	}
	if row == 0 {
		m.arena = m.arena[:0]
	}
	m.arena = slices.Grow(m.arena, size)
	for _, p := range parts {
		part := p.(*mixed)
		from, to := part.used()
		by := uint64(len(m.arena) - from)
		m.arena = append(m.arena, part.arena[from:to]...)
		copy(m.types[row:], part.types)
		for i, slot := range part.slots {
			if inArena(part.types[i]) {
				slot += by
			}
			m.slots[row+i] = slot
		}
		row += len(part.types)
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
