package task

import (
	"math"
	"reflect"
	"strconv"
	"time"
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

// Rows returns how many rows a value has: what Size says of rows, the sum of that for a list of values that have
// rows, and a whole number itself, which then counts something. It is false of anything else.
func Rows(v any) (n int, ok bool) {
	defer func() {
		if recover() != nil { // a method of the value, of a nil pointer say
			n, ok = 0, false
		}
	}()
	switch x := v.(type) {
	case nil:
		return 0, false
	case interface{ Dims() (rows, cols int) }:
		n, _ = x.Dims()
		return n, true
	case interface{ NumRows() int }:
		return x.NumRows(), true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if r.Type() == reflect.TypeFor[time.Duration]() {
			return 0, false
		}
		return int(r.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int(min(r.Uint(), math.MaxInt)), true
	case reflect.Slice, reflect.Array:
		return listRows(r), r.Type().Elem().Kind() != reflect.Uint8 // bytes are no rows
	case reflect.Map:
		return r.Len(), true
	}
	return 0, false
}

// listRows is how many elements a list has or, if they are of a type that has rows, how many rows together.
func listRows(list reflect.Value) (n int) {
	switch e := list.Type().Elem(); {
	case e.Implements(reflect.TypeFor[interface{ NumRows() int }]()):
	case e.Implements(reflect.TypeFor[interface{ Dims() (rows, cols int) }]()):
	default:
		return list.Len()
	}
	for i := range list.Len() {
		if rows, ok := Rows(list.Index(i).Interface()); ok {
			n += rows
		}
	}
	return n
}
