package arrowcol

import (
	"fmt"
	"math"
	"math/big"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// numbers are an array's values as a slice that a column of the kind takes: the
// array's own memory, but for timestamps of BSON, other units of time, decimals
// and half floats.
func numbers(kind monary.Kind, arr arrow.Array) (any, error) {
	switch a := arr.(type) {
	case *array.Uint64:
		if kind == monary.KindTimestamp {
			return timestamps(a.Values()), nil
		}
		return a.Values(), nil
	case *array.Int8:
		return a.Values(), nil
	case *array.Int16:
		return a.Values(), nil
	case *array.Int32:
		return a.Values(), nil
	case *array.Int64:
		return a.Values(), nil
	case *array.Uint8:
		return a.Values(), nil
	case *array.Uint16:
		return a.Values(), nil
	case *array.Uint32:
		return a.Values(), nil
	case *array.Float32:
		return a.Values(), nil
	case *array.Float64:
		return a.Values(), nil
	case *array.Float16:
		return converted(a, a.Values(), func(v float16.Num) (float32, error) { return v.Float32(), nil })
	case *array.Timestamp:
		if unit := a.DataType().(*arrow.TimestampType).Unit; unit != arrow.Millisecond {
			return converted(a, a.Values(), func(v arrow.Timestamp) (int64, error) { return milliseconds(int64(v), unit) })
		}
		return integers(a.Values()), nil
	case *array.Date64:
		return integers(a.Values()), nil
	case *array.Date32:
		return converted(a, a.Values(), func(v arrow.Date32) (int64, error) { return int64(v) * (24 * 60 * 60 * 1000), nil })
	case *array.Decimal32:
		return decimals(a, a.Values(), smallDigits[decimal.Decimal32])
	case *array.Decimal64:
		return decimals(a, a.Values(), smallDigits[decimal.Decimal64])
	case *array.Decimal128:
		return decimals(a, a.Values(), decimal.Decimal128.BigInt)
	case *array.Decimal256:
		return decimals(a, a.Values(), decimal.Decimal256.BigInt)
	}
	return nil, fmt.Errorf("Arrow's %s cannot be read as %s", arr.DataType(), kind)
}

// integers views milliseconds as integers.
func integers[T ~int64](values []T) []int64 {
	return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(values))), len(values))
}

// timestamps are BSON's: the increment in the lower half.
func timestamps(values []uint64) []bson.Timestamp {
	out := make([]bson.Timestamp, len(values))
	for i, v := range values {
		out[i] = bson.Timestamp{T: uint32(v >> 32), I: uint32(v)}
	}
	return out
}

// converted converts the values that are there.
func converted[From, To any](arr arrow.Array, values []From, convert func(From) (To, error)) ([]To, error) {
	out := make([]To, len(values))
	for row, v := range values {
		if arr.IsNull(row) {
			continue
		}
		var err error
		if out[row], err = convert(v); err != nil {
			return nil, fmt.Errorf("row %d: %w", row, err)
		}
	}
	return out, nil
}

// milliseconds refuses times that are none of whole milliseconds, or too far away.
func milliseconds(v int64, unit arrow.TimeUnit) (int64, error) {
	switch unit {
	case arrow.Second:
		if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
			return 0, fmt.Errorf("%d s is beyond what a date can hold", v)
		}
		return v * 1000, nil
	case arrow.Microsecond:
		if v%1e3 == 0 {
			return v / 1e3, nil
		}
	case arrow.Nanosecond:
		if v%1e6 == 0 {
			return v / 1e6, nil
		}
	}
	return 0, fmt.Errorf("%d %s is not a whole number of milliseconds, which is what a date holds", v, unit)
}

// decimals are Arrow's, of a fixed scale, as those of IEEE 754.
func decimals[T any](arr arrow.Array, values []T, digits func(T) *big.Int) ([]bson.Decimal128, error) {
	scale := arr.DataType().(arrow.DecimalType).GetScale()
	return converted(arr, values, func(v T) (bson.Decimal128, error) {
		d, ok := bson.ParseDecimal128FromBigInt(digits(v), -int(scale))
		if !ok {
			return d, fmt.Errorf("%s with a scale of %d takes more than the 34 digits of a decimal128", digits(v), scale)
		}
		return d, nil
	})
}

func smallDigits[T ~int32 | ~int64](v T) *big.Int { return big.NewInt(int64(v)) }
