package task

import (
	"reflect"
	"strconv"
)

// Size returns how large a value is: "3333x21" for what has rows and columns, "12" for what has a
// length, "" for anything else. It looks at no element, so it takes as long for a large value as for a
// small one.
func Size(v any) (text string) {
	defer func() {
		if recover() != nil { // a method of the value, of a nil pointer say
			text = ""
		}
	}()
	switch x := v.(type) {
	case nil:
		return ""
	case interface{ Dims() (rows, cols int) }:
		return rowsAndColumns(x.Dims())
	case interface {
		NumRows() int
		NumColumns() int
	}:
		return rowsAndColumns(x.NumRows(), x.NumColumns())
	case interface{ NumRows() int }:
		return strconv.Itoa(x.NumRows())
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array:
		return strconv.Itoa(r.Len())
	}
	return ""
}

func rowsAndColumns(rows, cols int) string { return strconv.Itoa(rows) + "x" + strconv.Itoa(cols) }
