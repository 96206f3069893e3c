package monary

import "go.mongodb.org/mongo-driver/v2/bson"

// vector is the memory of one column: one implementation for each physical
// encoding (flat.go, text.go, fixed.go, mixed.go). Rows are written in rising order, at
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
	// finish says that there are n rows; no write follows.
	finish(n int)
	// value is the cell of a row whose validity bit is on.
	value(row int) Value

	slice(i, j int) vector
	take(rows []int) vector
	// concat returns a new vector of the rows of all parts, which are of this
	// vector's type; the first part is this vector.
	concat(parts []vector) vector
}

// newVector returns an empty vector for a type that has been checked.
func newVector(t Type) vector {
	switch t.Kind {
	case KindBool:
		return &flat[bool]{convert: toBool, load: loadBool, box: BoolValue}
	case KindInt32:
		return &flat[int32]{convert: toInt32, load: loadInt32, box: Int32Value}
	case KindInt64:
		return &flat[int64]{convert: toInt64, load: loadInt64, box: Int64Value}
	case KindFloat64:
		return &flat[float64]{convert: toFloat64, load: loadFloat64, box: DoubleValue}
	case KindDate:
		return &flat[int64]{convert: toDate, load: loadDate, box: DateValue}
	case KindObjectID:
		return &flat[bson.ObjectID]{convert: toObjectID, load: loadObjectID, box: ObjectIDValue}
	case KindString:
		return &text{}
	case KindFixedString:
		return &fixed{width: t.Width}
	}
	return &mixed{}
}

// fitted returns the first n elements, moved if growing has left much room
// behind them.
func fitted[T any](s []T, n int) []T {
	if cap(s) > n+n/4 {
		return append(make([]T, 0, n), s[:n]...)
	}
	return s[:n:n]
}

// resized returns s with length n; new elements are zero.
func resized[T any](s []T, n int) []T {
	if n <= len(s) {
		return s[:n]
	}
	return append(make([]T, 0, n), s...)[:n]
}
