package monary

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// flat is a column of fixed-size values: one slice.
type flat[T any] struct {
	values  []T
	convert func(bson.Type, []byte) (T, State)
	load    func(bson.Type) func(dst []T, buf []byte, found []located) // nil for types that need convert
	box     func(T) Value
}

func (f *flat[T]) reserve(n int) { f.values = resized(f.values, n) }

func (f *flat[T]) write(row int, t bson.Type, val []byte) (State, *fault) {
	v, state := f.convert(t, val)
	f.values[row] = v
	return state, nil
}

func (f *flat[T]) gather(row int, t bson.Type, buf []byte, found []located) bool {
	load := f.load(t)
	if load == nil {
		return false
	}
	load(f.values[row:row+len(found)], buf, found)
	return true
}

func (f *flat[T]) truncate(n int) { clear(f.values[n:]) }

func (f *flat[T]) finish(n int) { f.values = fitted(f.values, n) }

func (f *flat[T]) value(row int) Value { return f.box(f.values[row]) }

func (f *flat[T]) slice(i, j int) vector { return f.with(f.values[i:j:j]) }

func (f *flat[T]) take(rows []int) vector {
	values := make([]T, len(rows))
	for k, row := range rows {
		values[k] = f.values[row]
	}
	return f.with(values)
}

func (f *flat[T]) concat(parts []vector) vector {
	all := make([][]T, len(parts))
	for i, p := range parts {
		all[i] = p.(*flat[T]).values
	}
	return f.with(slices.Clip(slices.Concat(all...)))
}

func (f *flat[T]) with(values []T) *flat[T] {
	return &flat[T]{values: values, convert: f.convert, load: f.load, box: f.box}
}
