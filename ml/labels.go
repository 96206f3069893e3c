package ml

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// Classes are the distinct labels of a column, sorted, as text. Code c stands
// for Classes[c]. They are what scikit-learn's LabelEncoder learns: Labels and
// LabelsOf fit it, Encode and EncodeColumn are its transform, Decode goes back.
type Classes []string

// Label is what labels can be.
type Label interface {
	~string | ~bool | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Labels reads the labels of a table: y[i] is the code of row i, an index into
// classes. Strings are sorted by their bytes, integers by value, and false comes
// before true.
//
// It is an error if the column is unknown or not of strings, bools or integers,
// and if a cell is absent.
func Labels(src Columns, name string) (y []int, classes Classes, err error) {
	if y, classes, err = readLabels(src, name); err != nil {
		return nil, nil, at("Labels", err)
	}
	return y, classes, nil
}

// LabelsOf is Labels for a slice.
func LabelsOf[T Label](values []T) (y []int, classes Classes) {
	y, distinct := distinctCodes(values, func(a, b T) int { return compareLabels(reflect.ValueOf(a), reflect.ValueOf(b)) })
	classes = make(Classes, len(distinct))
	for c, v := range distinct {
		classes[c] = labelText(reflect.ValueOf(v))
	}
	return y, classes
}

// EncodeLabels returns the code of every label, its place among the classes: the
// codes of data that came later than what Labels has seen. A label that is not
// among the classes is an error that names its row.
func EncodeLabels[T Label](classes Classes, labels []T) ([]int, error) {
	y, found := LabelsOf(labels)
	if row, err := classes.recode(y, found); err != nil {
		return nil, at("Classes", fmt.Errorf("the label of row %d is %w", row, err))
	}
	return y, nil
}

// Encode is EncodeLabels for text.
func (c Classes) Encode(labels []string) ([]int, error) { return EncodeLabels(c, labels) }

// EncodeColumn is EncodeLabels for a column of a table. What is an error for
// Labels is one here as well.
func (c Classes) EncodeColumn(src Columns, name string) ([]int, error) {
	y, found, err := readLabels(src, name)
	if err != nil {
		return nil, at("Classes", err)
	}
	if row, err := c.recode(y, found); err != nil {
		return nil, at("Classes", &CellError{row, 0, name, "the label is " + err.Error()})
	}
	return y, nil
}

// Decode returns the label of every code. A code that is not one of the classes is
// an error.
func (c Classes) Decode(y []int) ([]string, error) {
	labels := make([]string, len(y))
	for i, code := range y {
		if code < 0 || code >= len(c) {
			return nil, errorf("Classes: the code of row %d is %d, there are %d classes", i, code, len(c))
		}
		labels[i] = c[code]
	}
	return labels, nil
}

// recode turns codes of other classes into codes of c, in place. The first row
// whose label c does not have is returned with an error that says which label.
func (c Classes) recode(y []int, from Classes) (row int, err error) {
	code := make(map[string]int, len(c))
	for i, class := range c {
		code[class] = i
	}
	to := make([]int, len(from))
	for i, class := range from {
		k, ok := code[class]
		if !ok {
			k = noCode
		}
		to[i] = k
	}
	for i, k := range y {
		if y[i] = to[k]; y[i] == noCode {
			return i, fmt.Errorf("%q, allowed are %q", from[k], []string(c))
		}
	}
	return 0, nil
}

func readLabels(src Columns, name string) (y []int, classes Classes, err error) {
	values, err := columnOf(src, 0, name)
	if err != nil {
		return nil, nil, err
	}
	switch values := values.(type) {
	case []string:
		y, classes = LabelsOf(values)
	case []bool:
		y, classes = LabelsOf(values)
	case []int8:
		y, classes = LabelsOf(values)
	case []int16:
		y, classes = LabelsOf(values)
	case []int32:
		y, classes = LabelsOf(values)
	case []int64:
		y, classes = LabelsOf(values)
	case []uint8:
		y, classes = LabelsOf(values)
	case []uint16:
		y, classes = LabelsOf(values)
	case []uint32:
		y, classes = LabelsOf(values)
	case []uint64:
		y, classes = LabelsOf(values)
	default:
		return nil, nil, errorf("column %q is %T, labels are []string, []bool or a slice of an integer type", name, values)
	}
	return y, classes, checkLength(name, len(y), src.NumRows())
}

// distinctCodes returns the distinct values, sorted, and the place of every value
// among them.
func distinctCodes[T comparable](values []T, compare func(a, b T) int) (codes []int, distinct []T) {
	seen := make(map[T]int) // in the order of their first appearance
	codes = make([]int, len(values))
	for i, v := range values {
		c, ok := seen[v]
		if !ok {
			c = len(distinct)
			seen[v] = c
			distinct = append(distinct, v)
		}
		codes[i] = c
	}
	order := upTo(0, len(distinct))
	slices.SortFunc(order, func(a, b int) int { return compare(distinct[a], distinct[b]) })
	place := make([]int, len(order))
	for c, k := range order {
		place[k] = c
	}
	for i, k := range codes {
		codes[i] = place[k]
	}
	return codes, takeFrom(distinct, order)
}

// compareLabels orders two labels of one type.
func compareLabels(a, b reflect.Value) int {
	switch {
	case a.Kind() == reflect.String:
		return cmp.Compare(a.String(), b.String())
	case a.Kind() == reflect.Bool:
		return cmp.Compare(boolToFloat(a.Bool()), boolToFloat(b.Bool()))
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	default:
		return cmp.Compare(a.Uint(), b.Uint())
	}
}

// labelText does not ask a String method, which may have one text for two labels.
func labelText(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	default:
		return strconv.FormatUint(v.Uint(), 10)
	}
}
