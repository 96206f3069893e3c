package monary

import (
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Array is a column with its Go type known. It is read-only.
type Array[T Element] struct {
	values []T
	valid  bitmap
	nulls  int
}

// Element is what cells look like in Go, by the column's type:
//
//	bool, intN, uintN, float32, float64    the same
//	date                                   int64, milliseconds since 1970 (see Times)
//	type; size, length                     uint8; uint32
//	string, string:N, code, symbol         string
//	regex                                  string, /pattern/options
//	objectid, timestamp, decimal128        bson.ObjectID, bson.Timestamp, bson.Decimal128
//	uuid                                   [16]byte
//	binary, binary:N                       bson.Binary
//	bson, bson:N                           bson.Raw; [Series.Value] tells an array from a document
//	any, null, minkey, maxkey, list<T>,    [Value]; see also [Series.List] and [Series.Fields]
//	struct{…}
type Element interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64 | string |
		bson.ObjectID | bson.Timestamp | bson.Decimal128 | [16]byte | bson.Binary | bson.Raw | Value
}

// Column returns a table's column as an Array of its Go type, which [Element]
// lists.
func Column[T Element](t *Table, name string) (Array[T], error) {
	s, err := t.find(name)
	if err != nil {
		return Array[T]{}, err
	}
	return ArrayOf[T](s)
}

// ArrayOf is [Column] for a column at hand, such as the child of a list.
func ArrayOf[T Element](s *Series) (Array[T], error) {
	values, ok := goValues(s).([]T)
	if !ok {
		var zero T
		return Array[T]{}, fmt.Errorf("monary: column %q is %s, which is not made of Go's %T", s.Name(), s.Type(), zero)
	}
	return Array[T]{values: values, valid: s.valid, nulls: s.nulls}, nil
}

// Values returns a table's column as a slice with an element a row; rows
// without a value hold zero. For values of fixed size it is the column's own
// memory and read-only; for text, binaries and raw documents it is a new slice
// whose elements share the column's bytes, for [Value] a new slice.
func Values[T Element](t *Table, name string) ([]T, error) {
	a, err := Column[T](t, name)
	return a.values, err
}

// Len is the number of rows.
func (a Array[T]) Len() int { return len(a.values) }

// NullCount is the number of rows without a value.
func (a Array[T]) NullCount() int { return a.nulls }

// At returns the value of a row; ok is false, and the value zero, where there
// is none.
func (a Array[T]) At(row int) (v T, ok bool) { return a.values[row], a.valid.get(row) }

// Values returns all rows as in [Values].
func (a Array[T]) Values() []T { return a.values }

// All yields every row in order: its value and whether it has one.
func (a Array[T]) All() iter.Seq2[T, bool] {
	return func(yield func(T, bool) bool) {
		for row, v := range a.values {
			if !yield(v, a.valid.get(row)) {
				return
			}
		}
	}
}

// goValues returns a slice of the Go type that a column's cells have.
func goValues(s *Series) any {
	switch vec := s.vector.(type) {
	case interface{ slots() any }:
		return vec.slots()
	case *text:
		return texts(s.rows, vec.at)
	case *fixed:
		return texts(s.rows, vec.at)
	case *blob:
		return vec.goValues(s, vec.at, vec.tags)
	case *fixedBlob:
		return vec.goValues(s, vec.at, vec.tags)
	}
	values := make([]Value, s.rows)
	for row := range values {
		if s.Type().Kind == KindAny || s.valid.get(row) {
			values[row] = s.vector.value(row)
		}
	}
	return values
}

// slots are the column's own memory.
func (f *flat[T]) slots() any { return f.values }

// goValues makes bson.Binary or bson.Raw of bytes and their tags.
func (f *blobForm) goValues(s *Series, at func(int) []byte, tags []byte) any {
	if f == binaryForm {
		out := make([]bson.Binary, s.rows)
		for row := range out {
			if s.valid.get(row) {
				out[row] = bson.Binary{Subtype: tags[row], Data: at(row)}
			}
		}
		return out
	}
	out := make([]bson.Raw, s.rows)
	for row := range out {
		if s.valid.get(row) {
			out[row] = at(row)
		}
	}
	return out
}

func texts(rows int, at func(int) []byte) []string {
	out := make([]string, rows)
	for row := range out {
		out[row] = viewString(at(row))
	}
	return out
}
