package monary

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Series is one named column of a [Table]: a type, a cell a row, and a
// validity bit a row. It is read-only and may be shared by tables and
// goroutines.
type Series struct {
	field  FieldSpec
	vector vector
	valid  bitmap // nil when every row has a value
	rows   int
	nulls  int
}

// Element is what cells look like in Go: bool, int32, int64 (also dates, in
// milliseconds), float64, string (string and string:N), bson.ObjectID, and
// [Value] for "any" columns.
type Element interface {
	bool | int32 | int64 | float64 | string | bson.ObjectID | Value
}

// ColumnOf makes a column of Go values; int64 gives an int64 column, string a
// string column of any length, Value an "any" column. valid says which rows
// have a value, nil meaning all (but a missing or null Value never counts as
// one). The values are copied. It panics when the lengths differ.
func ColumnOf[T Element](name string, values []T, valid []bool) *Series {
	if valid != nil && len(valid) != len(values) {
		panic(fmt.Sprintf("monary: column %q has %d values but %d validity marks", name, len(values), len(valid)))
	}
	bits := newBitmap(len(values))
	for i, v := range values {
		if valid != nil && !valid[i] {
			continue
		}
		if v, ok := any(v).(Value); !ok || !v.IsNull() {
			bits.set(i)
		}
	}
	typ, vec := vectorOf(values, valid)
	return newSeries(FieldSpec{Name: name, Type: typ}, vec, bits, len(values))
}

// Name is the column's name: the path of the field it was read from.
func (s *Series) Name() string { return s.field.Name }

// Type is the column's type.
func (s *Series) Type() Type { return s.field.Type }

// Len is the number of rows.
func (s *Series) Len() int { return s.rows }

// NullCount is the number of rows without a value.
func (s *Series) NullCount() int { return s.nulls }

// IsValid reports whether the row has a value.
func (s *Series) IsValid(row int) bool {
	if row < 0 || row >= s.rows {
		panic(fmt.Sprintf("monary: row %d of column %q, which has %d", row, s.field.Name, s.rows))
	}
	return s.valid.get(row)
}

// Value returns the cell of a row as a BSON value. A row without one gives
// NullValue, in an "any" column either null or missing as the document had it.
func (s *Series) Value(row int) Value {
	if s.Type().Kind == KindAny || s.valid.get(row) {
		return s.vector.value(row)
	}
	return NullValue
}

// times are a date column's values in UTC.
func (s *Series) times() []time.Time {
	ms := goValues(s).([]int64)
	times := make([]time.Time, len(ms))
	for i := range ms {
		times[i] = time.UnixMilli(ms[i]).UTC()
	}
	return times
}

// Rename returns the same column under another name.
func (s *Series) Rename(name string) *Series {
	renamed := *s
	renamed.field.Name = name
	return &renamed
}

// Slice returns rows i to j-1, sharing memory.
func (s *Series) Slice(i, j int) *Series {
	checkRange(i, j, s.rows)
	return newSeries(s.field, s.vector.slice(i, j), s.valid.slice(i, j), j-i)
}

func checkRange(i, j, rows int) {
	if i < 0 || j < i || j > rows {
		panic(fmt.Sprintf("monary: slice [%d:%d] of %d rows", i, j, rows))
	}
}

// Take returns the given rows, in the given order, in new memory.
func (s *Series) Take(rows []int) *Series {
	return newSeries(s.field, s.vector.take(rows), s.valid.take(rows), len(rows))
}

// Cast converts the column by the same rules as reading does and returns the
// states that the cells got.
func (s *Series) Cast(to Type) (*Series, Counts, error) {
	field := FieldSpec{Name: s.field.Name, Type: to}
	if err := to.check(); err != nil {
		return nil, Counts{}, fmt.Errorf("monary: column %q: %w", s.field.Name, err)
	}
	counts := Counts{Field: field.Name, Type: to}
	if to == s.field.Type && to.Kind != KindAny { // which knows missing from null
		counts.add(Present, int64(s.rows-s.nulls))
		counts.add(Null, int64(s.nulls))
		return s, counts, nil
	}
	vec, valid := newVector(to), newBitmap(s.rows)
	vec.reserve(s.rows)
	var scratch []byte
	for row := range s.rows {
		v := s.Value(row)
		if v.IsMissing() {
			counts.add(Missing, 1)
			continue
		}
		scratch = v.appendBytes(scratch[:0])
		state, f := vec.write(row, v.typ, scratch)
		if f != nil {
			return nil, counts, fmt.Errorf("monary: column %q, row %d: %w", s.field.Name, row, f.err)
		}
		counts.add(state, 1)
		if state == Present || state == Truncated {
			valid.set(row)
		}
	}
	vec.finish(s.rows)
	return newSeries(field, vec, valid, s.rows), counts, nil
}

// concat returns the rows of all parts, which have the field of the first.
func concat(parts []*Series) *Series {
	rows := 0
	vectors := make([]vector, len(parts))
	for i, p := range parts {
		vectors[i] = p.vector
		rows += p.rows
	}
	valid, at := newBitmap(rows), 0
	for _, p := range parts {
		for row := range p.rows {
			if p.valid.get(row) {
				valid.set(at + row)
			}
		}
		at += p.rows
	}
	return newSeries(parts[0].field, vectors[0].concat(vectors), valid, rows)
}

func newSeries(f FieldSpec, vec vector, valid bitmap, rows int) *Series {
	s := &Series{field: f, vector: vec, valid: valid, rows: rows}
	s.nulls = rows - valid.count(rows)
	if s.nulls == 0 {
		s.valid = nil
	}
	return s
}

// vectorOf copies Go values into a vector of their type; those that are not
// valid become zero.
func vectorOf[T Element](values []T, valid []bool) (Type, vector) {
	skip := func(i int) bool { return valid != nil && !valid[i] }
	switch values := any(values).(type) {
	case []bool:
		return flatOf(KindBool, values, skip)
	case []int32:
		return flatOf(KindInt32, values, skip)
	case []int64:
		return flatOf(KindInt64, values, skip)
	case []float64:
		return flatOf(KindFloat64, values, skip)
	case []bson.ObjectID:
		return flatOf(KindObjectID, values, skip)
	case []string:
		vec := &text{}
		put(vec, values, skip, func(i int, s string) { vec.put(i, []byte(s)) })
		return Type{Kind: KindString}, vec
	case []Value:
		vec := &mixed{}
		put(vec, values, skip, vec.put)
		return Type{Kind: KindAny}, vec
	}
	panic("unreachable: Element lists the types")
}

func flatOf[T any](kind Kind, values []T, skip func(int) bool) (Type, vector) {
	typ := Type{Kind: kind}
	vec := newVector(typ).(*flat[T])
	put(vec, values, skip, func(i int, v T) { vec.values[i] = v })
	return typ, vec
}

func put[T any](vec vector, values []T, skip func(int) bool, store func(int, T)) {
	vec.reserve(len(values))
	for i, v := range values {
		if !skip(i) {
			store(i, v)
		}
	}
	vec.finish(len(values))
}
