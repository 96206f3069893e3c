package monary

import (
	"math/bits"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// flat is a column of fixed-size values: one slice.
type flat[T any] struct {
	values []T
	*form[T]
}

// form is what flat columns of one kind have in common (forms.go).
type form[T any] struct {
	convert func(bson.Type, []byte) (T, State)
	load    func(bson.Type) func(dst []T, from spots) // nil for types that need convert
	box     func(T) Value
	codec[T]
}

func (f *flat[T]) reserve(n int) { f.values = resized(f.values, n) }

func (f *flat[T]) write(row int, t bson.Type, val []byte) (State, *fault) {
	v, state := f.convert(t, val)
	f.values[row] = v
	return state, nil
}

func (f *flat[T]) gather(row int, t bson.Type, from spots) bool {
	if f.load == nil {
		return false
	}
	load := f.load(t)
	if load == nil {
		return false
	}
	dst := f.values[row : row+len(from.at)]
	load(dst, from)
	if from.valid != nil {
		var zero T
		for k := 0; k < len(dst); k += 64 {
			for gaps := from.valid.gaps(k, len(dst)); gaps != 0; gaps &= gaps - 1 {
				dst[k+bits.TrailingZeros64(gaps)] = zero
			}
		}
	}
	return true
}

func (f *flat[T]) truncate(n int) { clear(f.values[n:]) }

func (f *flat[T]) finish(n int, keep bool) { f.values = fitted(f.values, n, keep) }

func (f *flat[T]) value(row int) Value { return f.box(f.values[row]) }

func (f *flat[T]) slice(i, j int) vector { return f.with(f.values[i:j:j]) }

func (f *flat[T]) take(rows []int) vector {
	values := make([]T, len(rows))
	for k, row := range rows {
		values[k] = f.values[row]
	}
	return f.with(values)
}

func (f *flat[T]) place(row int, parts ...vector) {
	for _, p := range parts {
		row += copy(f.values[row:], p.(*flat[T]).values)
	}
}

func (f *flat[T]) with(values []T) *flat[T] { return &flat[T]{values: values, form: f.form} }

func (f *flat[T]) marshal(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, f.size*len(f.values))...)
	for i, v := range f.values {
		f.put(dst[start+i*f.size:], v)
	}
	return dst
}

func (f *flat[T]) unmarshal(in *input, n int) {
	data := in.take(n, f.size)
	f.values = make([]T, len(data)/f.size)
	for i := range f.values {
		f.values[i] = f.get(data[i*f.size:])
	}
}

func (f *flat[T]) sound(row int, valid bool) bool {
	var cell [16]byte
	if !valid {
		f.put(cell[:], f.values[row])
	}
	return allZero(cell[:])
}
