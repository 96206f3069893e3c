package monary

import "go.mongodb.org/mongo-driver/v2/bson"

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

func (m *mixed) finish(n int) {
	m.types, m.slots = fitted(m.types, n), fitted(m.slots, n)
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

func (m *mixed) concat(parts []vector) vector {
	out := &mixed{}
	rows := 0
	for _, p := range parts {
		rows += len(p.(*mixed).types)
	}
	out.reserve(rows)
	rows = 0
	for _, p := range parts {
		part := p.(*mixed)
		for row := range part.types {
			out.put(rows+row, part.value(row))
		}
		rows += len(part.types)
	}
	return out
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
