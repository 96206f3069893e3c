package arrowcol

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// ToRecord returns the table as an Arrow record, sharing its memory where the
// layouts agree (see the package's table). All of the record's memory is Go's, so
// Release frees nothing and it may be used as long as anything refers to it; but
// the batches of a read with monary.ReuseBuffers are overwritten by the next. It is
// an error when a cell cannot be kept: text that is not UTF-8, and without
// [Tagged] binaries of a subtype other than 0 and arrays in bson columns.
func ToRecord(t *monary.Table, opts ...Option) (arrow.RecordBatch, error) {
	o := newOptions(opts)
	return o.record(o.schema(t.Columns()), t)
}

func (o *options) record(schema *arrow.Schema, t *monary.Table) (arrow.RecordBatch, error) {
	arrays := make([]arrow.Array, t.NumColumns())
	for i := range arrays {
		data, err := o.array(t.Series(i))
		if err != nil {
			return nil, fmt.Errorf("arrowcol: column %q: %w", t.Series(i).Name(), err)
		}
		arrays[i] = array.MakeFromData(data)
	}
	return array.NewRecordBatch(schema, arrays, int64(t.NumRows())), nil
}

// array is a column as Arrow's data.
func (o *options) array(s *monary.Series) (arrow.ArrayData, error) {
	switch s.Type().Kind {
	case monary.KindAny:
		return anyArray(s)
	case monary.KindFixedString:
		return o.cast(s, monary.KindString)
	case monary.KindFixedBinary:
		return o.cast(s, monary.KindBinary)
	case monary.KindFixedBSON:
		return o.cast(s, monary.KindBSON)
	}
	b, err := s.Buffers()
	if err != nil {
		return nil, err // no type is left that it refuses
	}
	out := parts{dt: o.dataType(s.Type()), rows: s.Len(), nulls: s.NullCount(), valid: b.Valid}
	switch s.Type().Kind {
	case monary.KindString, monary.KindRegex, monary.KindCode, monary.KindSymbol:
		return out.text(b)
	case monary.KindBinary, monary.KindBSON:
		return o.blob(out, s.Type().Kind, b)
	case monary.KindVector:
		return vectors(out, s, b.Values.([]float32)), nil
	case monary.KindVector64:
		return vectors(out, s, b.Values.([]float64)), nil
	case monary.KindList:
		child, err := o.array(b.Child)
		if err != nil {
			return nil, fmt.Errorf("in its elements, %w", err)
		}
		return out.with(arrow.GetBytes(b.Offsets)).data(child), nil
	case monary.KindStruct:
		return o.fields(out, b.Fields)
	case monary.KindNull:
		return array.NewData(arrow.Null, out.rows, []*memory.Buffer{nil}, nil, out.rows, 0), nil
	case monary.KindMinKey, monary.KindMaxKey:
		return out.with(allBits(s)).data(), nil
	}
	return out.with(valueBytes(b.Values)).data(), nil
}

// cast is array for columns whose cells have a layout of their own.
func (o *options) cast(s *monary.Series, kind monary.Kind) (arrow.ArrayData, error) {
	plain, _, err := s.Cast(monary.Type{Kind: kind})
	if err != nil {
		return nil, err
	}
	return o.array(plain)
}

// parts are what the data of an array is made of.
type parts struct {
	dt          arrow.DataType
	rows, nulls int
	valid       []byte
	buffers     []*memory.Buffer // behind the validity
}

// with adds a buffer of Go's memory, which is not counted.
func (p parts) with(data []byte) parts {
	p.buffers = append(p.buffers[:len(p.buffers):len(p.buffers)], memory.NewBufferBytes(data))
	return p
}

func (p parts) data(children ...arrow.ArrayData) arrow.ArrayData {
	buffers := make([]*memory.Buffer, 1, 3)
	if p.valid != nil {
		buffers[0] = memory.NewBufferBytes(p.valid)
	}
	return array.NewData(p.dt, p.rows, append(buffers, p.buffers...), children, p.nulls, 0)
}

func (p parts) text(b monary.Buffers) (arrow.ArrayData, error) {
	ascii := isASCII(b.Bytes[b.Offsets[0]:b.Offsets[p.rows]])
	for row := 0; row < p.rows && !ascii; row++ {
		if text := b.Bytes[b.Offsets[row]:b.Offsets[row+1]]; !utf8.Valid(text) {
			return nil, fmt.Errorf("row %d: %w: %q", row, monary.ErrUTF8, text[:min(len(text), 40)])
		}
	}
	return p.with(arrow.GetBytes(b.Offsets)).with(b.Bytes).data(), nil
}

func isASCII(b []byte) bool {
	high := uint64(0)
	for ; len(b) >= 8; b = b[8:] {
		high |= binary.LittleEndian.Uint64(b)
	}
	for _, c := range b {
		high |= uint64(c)
	}
	return high&0x8080808080808080 == 0
}

// blob is a binary or bson column.
func (o *options) blob(p parts, kind monary.Kind, b monary.Buffers) (arrow.ArrayData, error) {
	data := parts{dt: arrow.BinaryTypes.LargeBinary, rows: p.rows}.with(arrow.GetBytes(b.Offsets)).with(b.Bytes)
	if o.tagged {
		return p.data(parts{dt: arrow.PrimitiveTypes.Uint8, rows: p.rows}.with(b.Tags).data(), data.data()), nil
	}
	for row, tag := range b.Tags {
		switch {
		case kind == monary.KindBinary && tag != 0:
			return nil, fmt.Errorf("row %d: a binary of subtype %d; plain Arrow binaries have none, so only subtype 0 is written; the option Tagged keeps it", row, tag)
		case kind == monary.KindBSON && bson.Type(tag) == bson.TypeArray:
			return nil, fmt.Errorf("row %d: an array, which plain Arrow binaries do not tell from a document; the option Tagged does", row)
		}
	}
	data.nulls, data.valid = p.nulls, p.valid
	return data.data(), nil
}

// vectors are lists of one size, or of that and none where the type has no size.
func vectors[T float32 | float64](p parts, s *monary.Series, cells []T) arrow.ArrayData {
	width := s.Type().Width
	list, ok := p.dt.(*arrow.LargeListType)
	if !ok {
		elem := p.dt.(*arrow.FixedSizeListType).Elem()
		return p.data(parts{dt: elem, rows: len(cells)}.with(arrow.GetBytes(cells)).data())
	}
	offsets := make([]int64, 1, p.rows+1)
	var kept []T
	for row := range p.rows {
		if s.IsValid(row) && p.nulls > 0 {
			kept = append(kept, cells[row*width:(row+1)*width]...)
		}
		offsets = append(offsets, int64(len(kept)))
	}
	if p.nulls == 0 {
		kept = cells
		for row := range offsets {
			offsets[row] = int64(row * width)
		}
	}
	return p.with(arrow.GetBytes(offsets)).data(parts{dt: list.Elem(), rows: len(kept)}.with(arrow.GetBytes(kept)).data())
}

func (o *options) fields(p parts, fields *monary.Table) (arrow.ArrayData, error) {
	children := make([]arrow.ArrayData, fields.NumColumns())
	for i := range children {
		var err error
		if children[i], err = o.array(fields.Series(i)); err != nil {
			return nil, fmt.Errorf("field %q, %w", fields.Series(i).Name(), err)
		}
	}
	return p.data(children...), nil
}

// anyArray writes each value's type and bytes; a missing one is null, a null one
// is a value of the type null.
func anyArray(s *monary.Series) (arrow.ArrayData, error) {
	out := parts{dt: taggedType, rows: s.Len()}
	tags, offsets, data := make([]byte, s.Len()), make([]int64, 1, s.Len()+1), []byte{}
	present := make([]byte, (s.Len()+7)/8)
	for row := range s.Len() {
		if v := s.Value(row); v.IsMissing() {
			out.nulls++
		} else {
			raw := v.Raw()
			tags[row], data = byte(raw.Type), append(data, raw.Value...)
			present[row/8] |= 1 << (row % 8)
		}
		offsets = append(offsets, int64(len(data)))
	}
	if out.nulls > 0 {
		out.valid = present
	}
	return out.data(
		parts{dt: arrow.PrimitiveTypes.Uint8, rows: s.Len()}.with(tags).data(),
		parts{dt: arrow.BinaryTypes.LargeBinary, rows: s.Len()}.with(arrow.GetBytes(offsets)).with(data).data(),
	), nil
}

// allBits are booleans that are true where the row has a value.
func allBits(s *monary.Series) []byte {
	if bits := s.ValidBits(); bits != nil {
		return bits
	}
	bits := make([]byte, (s.Len()+7)/8)
	for i := range bits {
		bits[i] = 0xff
	}
	return bits
}

// valueBytes are the values as Arrow has them: the same memory, but for booleans
// and for types whose memory in Go is not BSON's.
func valueBytes(values any) []byte {
	switch v := values.(type) {
	case []bool:
		return bits(v)
	case []int8:
		return arrow.GetBytes(v)
	case []int16:
		return arrow.GetBytes(v)
	case []int32:
		return arrow.GetBytes(v)
	case []int64:
		return arrow.GetBytes(v)
	case []uint8:
		return v
	case []uint16:
		return arrow.GetBytes(v)
	case []uint32:
		return arrow.GetBytes(v)
	case []uint64:
		return arrow.GetBytes(v)
	case []float32:
		return arrow.GetBytes(v)
	case []float64:
		return arrow.GetBytes(v)
	case []bson.ObjectID:
		return bytesOf(v, 12)
	case [][16]byte:
		return bytesOf(v, 16)
	case []bson.Timestamp:
		out := make([]uint64, len(v))
		for i, t := range v {
			out[i] = uint64(t.T)<<32 | uint64(t.I)
		}
		return arrow.GetBytes(out)
	}
	return decimalBytes(values.([]bson.Decimal128))
}

func bits(values []bool) []byte {
	out := make([]byte, (len(values)+7)/8)
	for i, v := range values {
		if v {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return out
}

// bytesOf views arrays of size bytes as bytes.
func bytesOf[T ~[12]byte | ~[16]byte](values []T, size int) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*size)
}

func decimalBytes(values []bson.Decimal128) []byte {
	out := make([]byte, 0, 16*len(values))
	for _, v := range values {
		high, low := v.GetBytes()
		out = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(out, low), high)
	}
	return out
}
