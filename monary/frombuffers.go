package monary

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
	"unsafe"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// FromBuffers makes a column of memory that is there already, such as that of an
// Arrow array. The column shares it, so it must not change any more; what is not
// as in a column of ours (a cell without a value that is not zero, bits behind the
// last row) is copied and put right. Tags may be nil: subtype 0, and documents.
// Nothing is taken on trust: it is an error when a buffer is missing or too short
// for the rows, when offsets fall or leave their bytes, when text is not UTF-8 and
// when documents are malformed.
func FromBuffers(name string, typ Type, rows int, b Buffers) (*Series, error) {
	s, err := fromBuffers(FieldSpec{Name: name, Type: typ}, rows, b)
	if err != nil {
		return nil, fmt.Errorf("monary: column %q %s: %w", name, typ, err)
	}
	return s, nil
}

func fromBuffers(field FieldSpec, rows int, b Buffers) (*Series, error) {
	if err := field.Type.check(); err != nil {
		return nil, err
	}
	if rows < 0 {
		return nil, fmt.Errorf("%d rows", rows)
	}
	valid, err := validBits(b.Valid, rows)
	if err != nil {
		return nil, err
	}
	vec, ok := newVector(field.Type).(adopter)
	if !ok {
		return nil, errors.New("the type has a memory layout of its own; make the column of another and cast it")
	}
	if err := vec.adopt(b, valid, rows); err != nil {
		return nil, err
	}
	return newSeries(field, vec, valid, rows), nil
}

// adopter is a vector that can be made of buffers.
type adopter interface {
	vector
	adopt(b Buffers, valid bitmap, rows int) error
}

// validBits checks a bitmap and clears what is behind its rows.
func validBits(bits []byte, rows int) (bitmap, error) {
	if bits == nil {
		return nil, nil
	}
	n := (rows + 7) / 8
	if len(bits) < n {
		return nil, fmt.Errorf("the validity of %d rows takes %d bytes, found %d", rows, n, len(bits))
	}
	valid := bitmap(bits[:n:n])
	if rows%8 != 0 && valid[n-1]>>(rows%8) != 0 {
		valid = slices.Clone(valid)
		valid.clearFrom(rows)
	}
	return valid, nil
}

func (f *flat[T]) adopt(b Buffers, valid bitmap, rows int) (err error) {
	f.values, err = adoptValues[T](b.Values, valid, rows, 1)
	return err
}

func (m *matrix[T]) adopt(b Buffers, valid bitmap, rows int) (err error) {
	m.cells, err = adoptValues[T](b.Values, valid, rows, m.n)
	return err
}

// adoptValues takes n values a row, which are zero in rows without one.
func adoptValues[T any](buffer any, valid bitmap, rows, n int) ([]T, error) {
	values, ok := buffer.([]T)
	if !ok || len(values) != rows*n {
		return nil, fmt.Errorf("the values of %d rows are a %T of %d, found %s", rows, values, rows*n, describeSlice(buffer))
	}
	values = values[:len(values):len(values)]
	own := false
	for row := range valid.without(rows) {
		if cell := values[row*n : (row+1)*n]; allZero(viewBytes(cell)) {
			continue
		}
		if !own {
			own, values = true, slices.Clone(values)
		}
		clear(values[row*n : (row+1)*n])
	}
	return values, nil
}

// viewBytes are the bytes of values of fixed size.
func viewBytes[T any](values []T) []byte {
	var v T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(v)))
}

func describeSlice(buffer any) string {
	if buffer == nil {
		return "none"
	}
	return fmt.Sprintf("a %T of another length, or of another type", buffer)
}

func (t *text) adopt(b Buffers, valid bitmap, rows int) error {
	if err := t.arena.adopt(b, valid, rows); err != nil {
		return err
	}
	if all := t.used(); isASCII(all) && t.typ != bson.TypeRegex {
		return nil
	}
	for row := range rows {
		switch {
		case !utf8.Valid(t.at(row)):
			return fmt.Errorf("row %d: %w: %q", row, ErrUTF8, clip(t.at(row)))
		case valid.get(row) && !t.sound(row, true):
			return fmt.Errorf("row %d: %q is no regular expression as /pattern/options", row, clip(t.at(row)))
		}
	}
	return nil
}

func (b *blob) adopt(from Buffers, valid bitmap, rows int) error {
	tag := byte(0)
	if b.blobForm == bsonForm {
		tag = byte(bson.TypeEmbeddedDocument)
	}
	if b.tags = from.Tags; b.tags == nil {
		b.tags = slices.Repeat([]byte{tag}, rows)
	}
	if len(b.tags) != rows {
		return fmt.Errorf("found %d tags for %d rows", len(b.tags), rows)
	}
	if err := b.arena.adopt(from, valid, rows); err != nil {
		return err
	}
	b.tags = slices.Clone(b.tags)
	for row := range rows {
		switch {
		case !valid.get(row):
			b.tags[row] = 0
		case !b.check(b.at(row), b.tags[row]):
			return fmt.Errorf("row %d: %d bytes that are no document or array (BSON type %#x)", row, len(b.at(row)), b.tags[row])
		}
	}
	return nil
}

// adopt takes offsets and bytes; rows without a value are empty.
func (a *arena) adopt(b Buffers, valid bitmap, rows int) error {
	if err := checkOffsets(b.Offsets, rows, len(b.Bytes)); err != nil {
		return err
	}
	a.offsets, a.filled, a.bytes = b.Offsets[:rows+1:rows+1], rows+1, b.Bytes[:len(b.Bytes):len(b.Bytes)]
	for row := range valid.without(rows) {
		if a.offsets[row] != a.offsets[row+1] {
			*a = a.emptied(valid)
			break
		}
	}
	return nil
}

// emptied is a copy in which rows without a value have no bytes.
func (a *arena) emptied(valid bitmap) arena {
	var out arena
	out.reserve(a.rows())
	for row := range a.rows() {
		if valid.get(row) {
			out.put(row, a.at(row))
		}
	}
	out.fill(a.rows())
	return out
}

// checkOffsets wants offsets of so many rows that rise from 0 or more to size at
// most.
func checkOffsets(offsets []int64, rows, size int) error {
	if len(offsets) != rows+1 {
		return fmt.Errorf("found %d offsets for %d rows; there must be one more than rows", len(offsets), rows)
	}
	before := int64(0)
	for row, offset := range offsets {
		if offset < before {
			return fmt.Errorf("offset %d is %d, less than %d before it", row, offset, before)
		}
		before = offset
	}
	if before > int64(size) {
		return fmt.Errorf("the last offset is %d, beyond the %d that there are", before, size)
	}
	return nil
}

func (l *list) adopt(b Buffers, valid bitmap, rows int) error {
	elem := l.items.field.Type
	if b.Child == nil || !b.Child.Type().Equal(elem) {
		return fmt.Errorf("the elements are to be a column of type %s", elem)
	}
	if err := checkOffsets(b.Offsets, rows, b.Child.rows); err != nil {
		return err
	}
	*l = list{offsets: b.Offsets[: rows+1 : rows+1], filled: rows + 1, child: b.Child.Rename(itemName)}
	for row := range valid.without(rows) {
		if l.offsets[row] != l.offsets[row+1] {
			*l = *l.emptied(valid)
			break
		}
	}
	return nil
}

// emptied is a copy in which rows without a value have no elements.
func (l *list) emptied(valid bitmap) *list {
	offsets, items := make([]int64, 1, len(l.offsets)), []int{}
	for row := range len(l.offsets) - 1 {
		for k := l.offsets[row]; k < l.offsets[row+1] && valid.get(row); k++ {
			items = append(items, int(k))
		}
		offsets = append(offsets, int64(len(items)))
	}
	return &list{offsets: offsets, filled: len(offsets), child: l.child.Take(items)}
}

func (r *record) adopt(b Buffers, valid bitmap, rows int) error {
	if b.Fields == nil || b.Fields.rows != rows || len(b.Fields.columns) != len(r.parts) {
		return fmt.Errorf("the fields are to be a table of %d columns and %d rows", len(r.parts), rows)
	}
	for i, s := range b.Fields.columns {
		if !s.field.Equal(r.parts[i].field) {
			return fmt.Errorf("field %d is %q %s, not %q %s", i, s.Name(), s.Type(), r.parts[i].field.Name, r.parts[i].field.Type)
		}
		r.fields = append(r.fields, s.masked(valid))
	}
	r.parts = nil
	return nil
}

func (u *unit) adopt(_ Buffers, valid bitmap, rows int) error {
	if u.typ == bson.TypeNull && valid.count(rows) > 0 {
		return errors.New("a row has a value")
	}
	return nil
}
