package monary

import (
	"fmt"
	"iter"
	"unsafe"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Array is a column with its Go type known. It is read-only.
type Array[T Element] struct {
	series *Series
	// One of these: the values, the text that strings are views of, or a
	// function that makes the values one by one.
	values []T
	text   *text  // T is string
	fixed  *fixed // T is string
	at     func(int) T
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
//	any, null, minkey, maxkey, list<T>,    [Value]; see also [Series.List], [Series.Fields]
//	struct{…}, vector:N, vector64:N        and [Vectors]
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
	a := Array[T]{series: s}
	var zero T
	_, isString := any(zero).(string)
	ok := false
	switch vec := s.vector.(type) {
	case *text:
		a.text, ok = vec, isString
	case *fixed:
		a.fixed, ok = vec, isString
	case interface{ slots() any }:
		a.values, ok = vec.slots().([]T)
	default:
		a.at, ok = goAccess(s).(func(int) T)
	}
	if !ok {
		return Array[T]{}, fmt.Errorf("monary: column %q is %s, which is not made of Go's %T", s.Name(), s.Type(), zero)
	}
	return a, nil
}

// Values returns a table's column as a slice with an element a row; rows
// without a value hold zero. For values of fixed size it is the column's own
// memory and read-only; for text, binaries and raw documents it is a new slice
// whose elements share the column's bytes, for [Value] a new slice.
func Values[T Element](t *Table, name string) ([]T, error) {
	a, err := Column[T](t, name)
	if err != nil {
		return nil, err
	}
	return a.Values(), nil
}

// Len is the number of rows.
func (a Array[T]) Len() int { return a.series.rows }

// NullCount is the number of rows without a value.
func (a Array[T]) NullCount() int { return a.series.nulls }

// At returns the value of a row; ok is false, and the value zero (null or
// missing in an "any" column), where there is none.
func (a Array[T]) At(row int) (v T, ok bool) {
	switch {
	case a.text != nil:
		text := viewString(a.text.at(row))
		v = *(*T)(unsafe.Pointer(&text)) // T is string, ArrayOf has seen to it
	case a.fixed != nil:
		text := viewString(a.fixed.at(row))
		v = *(*T)(unsafe.Pointer(&text)) // as above
	case a.at != nil:
		v = a.at(row)
	default:
		v = a.values[row]
	}
	return v, a.series.valid.get(row)
}

// Values returns all rows as in [Values].
func (a Array[T]) Values() []T {
	if a.values != nil {
		return a.values
	}
	values, _ := goValues(a.series).([]T) // of the type that ArrayOf has seen to
	return values
}

// All yields every row in order: its value and whether it has one.
func (a Array[T]) All() iter.Seq2[T, bool] {
	return func(yield func(T, bool) bool) {
		for row := range a.series.rows {
			if !yield(a.At(row)) {
				return
			}
		}
	}
}

// goAccess returns a function from row to value for columns whose memory is
// not made of Go values, nil for the others.
func goAccess(s *Series) any {
	switch vec := s.vector.(type) {
	case interface{ slots() any }:
		return nil
	case *text:
		return func(row int) string { return viewString(vec.at(row)) }
	case *fixed:
		return func(row int) string { return viewString(vec.at(row)) }
	case *blob:
		return vec.access(s, vec.at, vec.tags)
	case *fixedBlob:
		return vec.access(s, vec.at, vec.tags)
	case *mixed:
		return vec.value
	}
	return func(row int) (v Value) {
		if s.IsValid(row) {
			v = s.vector.value(row)
		}
		return v
	}
}

// access is goAccess for bytes and their tags.
func (f *blobForm) access(s *Series, at func(int) []byte, tags []byte) any {
	if f == bsonForm {
		return func(row int) (doc bson.Raw) {
			if s.IsValid(row) {
				doc = at(row)
			}
			return doc
		}
	}
	return func(row int) (b bson.Binary) {
		if s.IsValid(row) {
			b = bson.Binary{Subtype: tags[row], Data: at(row)}
		}
		return b
	}
}

// goValues returns a slice of the Go type that a column's cells have.
func goValues(s *Series) any {
	switch at := goAccess(s).(type) {
	case func(int) string:
		return collect(s.rows, at)
	case func(int) bson.Binary:
		return collect(s.rows, at)
	case func(int) bson.Raw:
		return collect(s.rows, at)
	case func(int) Value:
		return collect(s.rows, at)
	}
	return s.vector.(interface{ slots() any }).slots()
}

// slots are the column's own memory.
func (f *flat[T]) slots() any { return f.values }

func collect[T any](rows int, at func(int) T) []T {
	out := make([]T, rows)
	for row := range out {
		out[row] = at(row)
	}
	return out
}
