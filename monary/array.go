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
	values []T
	// Of columns whose memory is not made of T, one of these, and no values.
	text  *text  // T is string
	fixed *fixed // T is string
	mixed *mixed // T is Value
}

// Column returns a table's column as an Array of its Go type: int64 for int64
// and date columns, string for string and string:N, bson.ObjectID, [Value] for
// "any", else the type of the column's name.
func Column[T Element](t *Table, name string) (Array[T], error) {
	s, err := t.find(name)
	if err != nil {
		return Array[T]{}, err
	}
	a := Array[T]{series: s}
	var zero T
	_, isString := any(zero).(string)
	_, isValue := any(zero).(Value)
	ok := false
	switch vec := s.vector.(type) {
	case *text:
		a.text, ok = vec, isString
	case *fixed:
		a.fixed, ok = vec, isString
	case *mixed:
		a.mixed, ok = vec, isValue
	default:
		a.values, ok = goValues(s).([]T)
	}
	if !ok {
		return Array[T]{}, fmt.Errorf("monary: column %q is %s, which is not made of Go's %T", name, s.Type(), zero)
	}
	return a, nil
}

// Values returns a table's column as a slice with an element a row; rows
// without a value hold zero. For bool, numbers, dates and ObjectIDs it is the
// column's own memory and read-only; for strings it is a new slice of strings
// that share the column's bytes, for "any" a new slice of values.
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
		v = *(*T)(unsafe.Pointer(&text)) // T is string, Column has seen to it
	case a.fixed != nil:
		text := viewString(a.fixed.at(row))
		v = *(*T)(unsafe.Pointer(&text)) // as above
	case a.mixed != nil:
		v = any(a.mixed.value(row)).(T)
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
	values, _ := goValues(a.series).([]T) // of the type that Column has seen to
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

// goValues returns a slice of the Go type that a column's cells have.
func goValues(s *Series) any {
	switch vec := s.vector.(type) {
	case *flat[bool]:
		return vec.values
	case *flat[int32]:
		return vec.values
	case *flat[int64]:
		return vec.values
	case *flat[float64]:
		return vec.values
	case *flat[bson.ObjectID]:
		return vec.values
	case *text:
		return texts(s.rows, vec.at)
	case *fixed:
		return texts(s.rows, vec.at)
	case *mixed:
		values := make([]Value, s.rows)
		for row := range values {
			values[row] = vec.value(row)
		}
		return values
	}
	return nil
}

func texts(rows int, at func(int) []byte) []string {
	out := make([]string, rows)
	for row := range out {
		out[row] = viewString(at(row))
	}
	return out
}
