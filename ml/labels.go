package ml

import (
	"cmp"
	"slices"
	"strconv"
)

// Classes are the distinct labels of a column, sorted, as text. Code c stands
// for Classes[c].
type Classes []string

// Labels reads the labels of a table: y[i] is the code of row i, an index into
// classes. Strings are sorted by their bytes, integers by value, and false comes
// before true.
//
// It is an error if the column is unknown or not string, bool, int32 or int64,
// and if a cell is absent.
func Labels(src Columns, name string) (y []int, classes Classes, err error) {
	values, err := columnOf(src, 0, name)
	if err == nil {
		y, classes, err = encode(src, name, values)
	}
	if err != nil {
		return nil, nil, at("Labels", err)
	}
	return y, classes, nil
}

func encode(src Columns, name string, values any) (y []int, classes Classes, err error) {
	var length int
	switch values := values.(type) {
	case []string:
		length = len(values)
		y, classes = encodeOrdered(values, func(v string) string { return v })
	case []bool:
		length = len(values)
		bits := make([]int32, length)
		for i, v := range values {
			if v {
				bits[i] = 1
			}
		}
		y, classes = encodeOrdered(bits, func(v int32) string { return strconv.FormatBool(v == 1) })
	case []int32:
		length = len(values)
		y, classes = encodeOrdered(values, func(v int32) string { return strconv.Itoa(int(v)) })
	case []int64:
		length = len(values)
		y, classes = encodeOrdered(values, func(v int64) string { return strconv.FormatInt(v, 10) })
	default:
		return nil, nil, errorf("column %q is %T, labels are []string, []bool, []int32 or []int64", name, values)
	}
	return y, classes, checkLength(name, length, src.NumRows())
}

func encodeOrdered[T cmp.Ordered](values []T, text func(T) string) ([]int, Classes) {
	distinct := slices.Clone(values)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	classes := make(Classes, len(distinct))
	for c, v := range distinct {
		classes[c] = text(v)
	}
	y := make([]int, len(values))
	for i, v := range values {
		y[i], _ = slices.BinarySearch(distinct, v)
	}
	return y, classes
}
