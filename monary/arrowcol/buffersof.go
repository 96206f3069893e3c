package arrowcol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// buffersOf is an array's memory as a column of the type has it, which is the
// array's own where the layouts agree. monary.FromBuffers checks it.
func buffersOf(t monary.Type, arr arrow.Array) (b monary.Buffers, err error) {
	if b.Valid, err = validOf(arr); err != nil {
		return b, err
	}
	switch a := arr.(type) {
	case *array.Boolean:
		if t.Kind == monary.KindBool {
			b.Values = booleans(a)
		}
	case *array.Null:
		b.Valid = make([]byte, (a.Len()+7)/8)
	case *array.FixedSizeBinary:
		err = fixedBytes(&b, t.Kind, a)
	case *array.LargeString, *array.LargeBinary:
		err = wideBytes(&b, arr)
	case *array.String, *array.Binary:
		err = narrowBytes(&b, arr)
	case *array.StringView:
		viewBytes(&b, a, a.Value)
	case *array.BinaryView:
		viewBytes(&b, a, a.Value)
	case *array.Struct:
		err = structFields(&b, t, a)
	case array.ListLike:
		err = listElements(&b, t, a)
	default:
		b.Values, err = numbers(t.Kind, arr)
	}
	return b, err
}

// validOf is an array's validity, shared where it begins with a byte.
func validOf(arr arrow.Array) ([]byte, error) {
	offset, n := arr.Data().Offset(), arr.Len()
	all := arr.NullBitmapBytes()
	if len(all) == 0 {
		return nil, nil
	}
	if len(all) < (offset+n+7)/8 {
		return nil, fmt.Errorf("its validity has %d bytes for %d rows from row %d on", len(all), n, offset)
	}
	if offset%8 == 0 {
		return all[offset/8 : (offset+n+7)/8], nil
	}
	out := make([]byte, (n+7)/8)
	bitutil.CopyBitmap(all, offset, n, out, 0)
	return out, nil
}

func booleans(a *array.Boolean) []bool {
	out := make([]bool, a.Len())
	for row := range out {
		out[row] = a.IsValid(row) && a.Value(row)
	}
	return out
}

// fixedBytes reads cells of some bytes each.
func fixedBytes(b *monary.Buffers, kind monary.Kind, a *array.FixedSizeBinary) error {
	width, n := a.DataType().(*arrow.FixedSizeBinaryType).ByteWidth, a.Len()
	cells := bufferOf(a, 1)
	from := a.Data().Offset() * width
	if width < 0 || len(cells) < from+n*width {
		return fmt.Errorf("%d bytes for %d cells of %d behind %d", len(cells), n, width, from)
	}
	cells = cells[from : from+n*width]
	switch kind {
	case monary.KindObjectID:
		b.Values = cellsOf[bson.ObjectID](cells, n)
	case monary.KindUUID:
		b.Values = cellsOf[[16]byte](cells, n)
	case monary.KindDecimal128:
		values := make([]bson.Decimal128, n)
		for i := range values {
			low := binary.LittleEndian.Uint64(cells[16*i:])
			values[i] = bson.NewDecimal128(binary.LittleEndian.Uint64(cells[16*i+8:]), low)
		}
		b.Values = values
	default:
		b.Bytes, b.Offsets = cells, make([]int64, n+1)
		for i := range b.Offsets {
			b.Offsets[i] = int64(i * width)
		}
	}
	return nil
}

// cellsOf views bytes as n arrays of bytes.
func cellsOf[T ~[12]byte | ~[16]byte](cells []byte, n int) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(cells))), n)
}

// wideBytes reads text or bytes whose offsets have 64 bits.
func wideBytes(b *monary.Buffers, arr arrow.Array) error {
	offsets, err := offsetsOf[int64](arr)
	b.Offsets, b.Bytes = offsets, bufferOf(arr, 2)
	return err
}

// narrowBytes reads text or bytes whose offsets have 32 bits.
func narrowBytes(b *monary.Buffers, arr arrow.Array) error {
	offsets, err := offsetsOf[int32](arr)
	b.Offsets, b.Bytes = widened(offsets), bufferOf(arr, 2)
	return err
}

func widened(offsets []int32) []int64 {
	out := make([]int64, len(offsets))
	for i, offset := range offsets {
		out[i] = int64(offset)
	}
	return out
}

// offsetsOf are an array's offsets, one more than rows.
func offsetsOf[T int32 | int64](arr arrow.Array) ([]T, error) {
	from, n := arr.Data().Offset(), arr.Len()
	all := arrow.GetData[T](bufferOf(arr, 1))
	if n == 0 {
		return []T{0}, nil // there need not be any
	}
	if len(all) < from+n+1 {
		return nil, fmt.Errorf("%d offsets for %d rows from row %d on", len(all), n, from)
	}
	return all[from : from+n+1], nil
}

// bufferOf is a buffer of the array; nil if it has none.
func bufferOf(arr arrow.Array, i int) []byte {
	if buffers := arr.Data().Buffers(); i < len(buffers) && buffers[i] != nil {
		return buffers[i].Bytes()
	}
	return nil
}

// viewBytes copies text or bytes that are kept as views.
func viewBytes[T string | []byte](b *monary.Buffers, arr arrow.Array, value func(row int) T) {
	b.Offsets = make([]int64, 1, arr.Len()+1)
	for row := range arr.Len() {
		if arr.IsValid(row) {
			b.Bytes = append(b.Bytes, value(row)...)
		}
		b.Offsets = append(b.Offsets, int64(len(b.Bytes)))
	}
}

// structFields reads a struct, or values with tags.
func structFields(b *monary.Buffers, t monary.Type, a *array.Struct) (err error) {
	if t.Kind != monary.KindStruct {
		valid := b.Valid
		if b.Tags, err = tagsOf(a); err != nil {
			return err
		}
		tags := b.Tags
		*b, err = buffersOf(monary.Type{Kind: monary.KindBinary}, a.Field(1))
		b.Valid, b.Tags = valid, tags
		return err
	}
	fields := make([]*monary.Series, len(t.Fields))
	for i, f := range t.Fields {
		if fields[i], err = seriesOf(f.Name, f.Type, a.Field(i)); err != nil {
			return fmt.Errorf("field %q: %w", f.Name, err)
		}
	}
	b.Fields, err = tableOf(fields, a.Len())
	return err
}

// tagsOf are the tags of values; all that are there have one.
func tagsOf(a *array.Struct) ([]byte, error) {
	tags, ok := a.Field(0).(*array.Uint8)
	if !ok || tags.Len() != a.Len() || len(tags.Values()) != a.Len() {
		return nil, errors.New("its tags are no uint8 for each row")
	}
	for row := range a.Len() {
		if a.IsValid(row) && (tags.IsNull(row) || a.Field(1).IsNull(row)) {
			return nil, fmt.Errorf("row %d: a tag or its data is null", row)
		}
	}
	return tags.Values(), nil
}

// listElements reads lists of any kind.
func listElements(b *monary.Buffers, t monary.Type, a array.ListLike) (err error) {
	switch a := a.(type) {
	case *array.LargeList:
		b.Offsets, err = offsetsOf[int64](a)
	case *array.List, *array.Map:
		var offsets []int32
		offsets, err = offsetsOf[int32](a)
		b.Offsets = widened(offsets)
	case *array.FixedSizeList:
		return fixedList(b, t, a)
	default:
		err = fmt.Errorf("Arrow's %s cannot be read", a.DataType())
	}
	switch {
	case err != nil:
		return err
	case t.Kind != monary.KindList:
		return vectorValues(b, t, a)
	}
	b.Child, err = elements(t, a.ListValues())
	return err
}

func elements(t monary.Type, items arrow.Array) (*monary.Series, error) {
	child, err := seriesOf("item", *t.Elem, items)
	if err != nil {
		return nil, fmt.Errorf("in its elements, %w", err)
	}
	return child, nil
}

// fixedList reads lists that all have as many elements.
func fixedList(b *monary.Buffers, t monary.Type, a *array.FixedSizeList) (err error) {
	width := int(a.DataType().(*arrow.FixedSizeListType).Len())
	from, n, items := a.Data().Offset()*width, a.Len(), a.ListValues()
	if width < 0 || items.Len() < from+n*width {
		return fmt.Errorf("%d elements for %d lists of %d behind %d", items.Len(), n, width, from)
	}
	b.Offsets = make([]int64, n+1)
	for i := range b.Offsets {
		b.Offsets[i] = int64(from + i*width)
	}
	if t.Kind != monary.KindList {
		return vectorValues(b, t, a)
	}
	b.Child, err = elements(t, items)
	return err
}

// vectorValues makes vectors of lists, shared if all lists are of the vectors'
// size and follow each other. In rows without a list the numbers are zero.
func vectorValues(b *monary.Buffers, t monary.Type, a array.ListLike) (err error) {
	switch items := a.ListValues().(type) {
	case *array.Float32:
		b.Values, err = vectorsOf(b.Offsets, t.Width, a, items, items.Values())
	case *array.Float64:
		b.Values, err = vectorsOf(b.Offsets, t.Width, a, items, items.Values())
	}
	return err
}

func vectorsOf[T float32 | float64](offsets []int64, width int, lists, items arrow.Array, values []T) ([]T, error) {
	shared := true
	for row := range lists.Len() {
		from, to := offsets[row], offsets[row+1]
		if shared = shared && to-from == int64(width); lists.IsNull(row) {
			continue
		}
		if from < 0 || to-from != int64(width) || to > int64(len(values)) {
			return nil, fmt.Errorf("row %d: elements %d to %d of %d are no vector of %d", row, from, to-1, len(values), width)
		}
		for i := from; items.NullN() > 0 && i < to; i++ {
			if items.IsNull(int(i)) {
				return nil, fmt.Errorf("row %d: element %d of a vector is null", row, i-from)
			}
		}
	}
	first, n := offsets[0], int64(lists.Len()*width)
	if shared && first >= 0 && first+n <= int64(len(values)) {
		return values[first : first+n : first+n], nil
	}
	out := make([]T, n)
	for row := range lists.Len() {
		if lists.IsValid(row) {
			copy(out[row*width:], values[offsets[row]:offsets[row+1]])
		}
	}
	return out, nil
}
