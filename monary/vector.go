package monary

import "go.mongodb.org/mongo-driver/v2/bson"

// vector is the memory of one column: one implementation for each physical
// encoding (flat.go, text.go, fixed.go, blob.go,
// fixedblob.go, matrix.go, unit.go, list.go, record.go, mixed.go). Rows are written in rising order, at
// most once each; a row that is not written, or whose write returned neither
// Present nor Truncated, holds the zero value.
type vector interface {
	// reserve makes room for n rows in all.
	reserve(n int)
	// write stores an element's checked bytes as the cell of a row. A fault
	// means that the document is malformed; then nothing is stored.
	write(row int, t bson.Type, val []byte) (State, *fault)
	// truncate takes back what was written to row n and later ones.
	truncate(n int)
	// finish says that there are n rows; no write follows, but for truncate. With
	// keep, room for more than these is not given away.
	finish(n int, keep bool)
	// value is the cell of a row whose validity bit is on.
	value(row int) Value

	slice(i, j int) vector
	take(rows []int) vector
	// place copies the rows of finished vectors of the same type to row and the
	// rows behind it, which there is room for. Such a vector is written by place
	// alone, without gaps; at row 0 it begins anew.
	place(row int, parts ...vector)

	// marshal appends the rows as bytes (marshal.go says more).
	marshal(dst []byte) []byte
	// unmarshal makes the empty vector of its type one of n rows.
	unmarshal(in *input, n int)
	// sound reports whether an unmarshalled cell is one that write could have
	// left: without a value it is zero.
	sound(row int, valid bool) bool
}

// newVector returns an empty vector for a type that has been checked.
func newVector(t Type) vector {
	if empty, ok := vectors[t.Kind]; ok {
		return empty()
	}
	switch t.Kind {
	case KindFixedString:
		return &fixed{width: t.Width}
	case KindFixedBinary:
		return &fixedBlob{blobForm: binaryForm, width: t.Width}
	case KindFixedBSON:
		return &fixedBlob{blobForm: bsonForm, width: t.Width}
	case KindVector:
		return &matrix[float32]{n: t.Width, form: float32Form}
	case KindVector64:
		return &matrix[float64]{n: t.Width, form: float64Form}
	case KindList:
		return &list{items: newPart(FieldSpec{Name: itemName, Type: *t.Elem})}
	case KindStruct:
		return newRecord(t.Fields)
	}
	return &mixed{}
}

// vectors makes the vectors of kinds that need nothing beside themselves.
var vectors = map[Kind]func() vector{
	KindBool:       func() vector { return &flat[bool]{form: boolForm} },
	KindInt8:       func() vector { return &flat[int8]{form: int8Form} },
	KindInt16:      func() vector { return &flat[int16]{form: int16Form} },
	KindInt32:      func() vector { return &flat[int32]{form: int32Form} },
	KindInt64:      func() vector { return &flat[int64]{form: int64Form} },
	KindUint8:      func() vector { return &flat[uint8]{form: uint8Form} },
	KindUint16:     func() vector { return &flat[uint16]{form: uint16Form} },
	KindUint32:     func() vector { return &flat[uint32]{form: uint32Form} },
	KindUint64:     func() vector { return &flat[uint64]{form: uint64Form} },
	KindFloat32:    func() vector { return &flat[float32]{form: float32Form} },
	KindFloat64:    func() vector { return &flat[float64]{form: float64Form} },
	KindDecimal128: func() vector { return &flat[bson.Decimal128]{form: decimalForm} },
	KindDate:       func() vector { return &flat[int64]{form: dateForm} },
	KindTimestamp:  func() vector { return &flat[bson.Timestamp]{form: timestampForm} },
	KindObjectID:   func() vector { return &flat[bson.ObjectID]{form: objectIDForm} },
	KindUUID:       func() vector { return &flat[[16]byte]{form: uuidForm} },
	KindString:     func() vector { return &text{typ: bson.TypeString} },
	KindRegex:      func() vector { return &text{typ: bson.TypeRegex} },
	KindCode:       func() vector { return &text{typ: bson.TypeJavaScript} },
	KindSymbol:     func() vector { return &text{typ: bson.TypeSymbol} },
	KindBinary:     func() vector { return &blob{blobForm: binaryForm} },
	KindBSON:       func() vector { return &blob{blobForm: bsonForm} },
	KindNull:       func() vector { return &unit{typ: bson.TypeNull} },
	KindMinKey:     func() vector { return &unit{typ: bson.TypeMinKey} },
	KindMaxKey:     func() vector { return &unit{typ: bson.TypeMaxKey} },
	KindType:       func() vector { return &flat[uint8]{form: typeForm} },
	KindSize:       func() vector { return newMeasured(sizeOfValue) },
	KindLength:     func() vector { return newMeasured(lengthOfValue) },
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// fitted returns the first n elements. Unless keep says that room behind them is
// needed again, it is cut off, and if there is much, they move.
func fitted[T any](s []T, n int, keep bool) []T {
	switch {
	case keep:
		return s[:n]
	case cap(s) > n+n/4:
		return append(make([]T, 0, n), s[:n]...)
	}
	return s[:n:n]
}

// resized returns s with length n; new elements are zero, as is all behind the
// length of a vector's slices.
func resized[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return append(make([]T, 0, n), s...)[:n]
}
