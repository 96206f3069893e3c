package monary

import (
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Typed returns an "any" column whose values all have one BSON type (int32, int64, double, date
// or string; null and missing apart) as a column of that type: strings share the column's memory,
// its dictionary if it has one, numbers are copied. It is what makes a field of a dump, of which
// no schema says what it is, as fast as one whose type is known. A column of another type than
// "any" is returned as it is. Otherwise ok is false.
func (s *Series) Typed() (typed *Series, ok bool) {
	m, isAny := s.vector.(*mixed)
	if !isAny {
		return s, true
	}
	field := FieldSpec{Name: s.field.Name}
	t := m.onlyType()
	switch t {
	case bson.TypeInt32:
		field.Type.Kind = KindInt32
	case bson.TypeInt64:
		field.Type.Kind = KindInt64
	case bson.TypeDouble:
		field.Type.Kind = KindFloat64
	case bson.TypeDateTime:
		field.Type.Kind = KindDate
	case bson.TypeString:
		if m.texts == nil {
			return nil, false
		}
		field.Type.Kind = KindString
		return newSeries(field, m.texts, s.valid, s.rows), true
	default:
		return nil, false
	}
	vec := newVector(field.Type)
	vec.reserve(s.rows)
	switch vec := vec.(type) {
	case *flat[int32]:
		for row, slot := range m.slots {
			vec.values[row] = int32(slot)
		}
	case *flat[int64]:
		for row, slot := range m.slots {
			vec.values[row] = int64(slot)
		}
	case *flat[float64]:
		for row, slot := range m.slots {
			vec.values[row] = math.Float64frombits(slot)
		}
	}
	return newSeries(field, vec, s.valid, s.rows), true
}

// onlyType is the type of all values that are neither null nor missing; 0 if there are several, or none.
func (m *mixed) onlyType() bson.Type {
	only := bson.Type(0)
	for _, t := range m.types {
		if t == only || t == 0 || t == bson.TypeNull {
			continue
		}
		if only != 0 {
			return 0
		}
		only = t
	}
	return only
}

// gather stores numbers, dates and strings, whose bytes need no look inside but for UTF-8.
func (m *mixed) gather(row int, t bson.Type, from spots) bool {
	slots := m.slots[row:][:len(from.at)]
	switch t {
	case bson.TypeInt32:
		for k, at := range from.at {
			slots[k] = uint64(binary.LittleEndian.Uint32(from.buf[at+from.by:]))
		}
	case bson.TypeInt64, bson.TypeDouble, bson.TypeDateTime:
		for k, at := range from.at {
			slots[k] = binary.LittleEndian.Uint64(from.buf[at+from.by:])
		}
	case bson.TypeString:
		if !m.takesText() || !m.texts.gather(row, t, from) {
			return false
		}
	default:
		return false
	}
	types := m.types[row:][:len(from.at)]
	for k, at := range from.at {
		types[k] = t
		if at == 0 {
			types[k], slots[k] = 0, 0
		}
	}
	return true
}
