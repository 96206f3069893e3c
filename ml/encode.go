package ml

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Unknown says what an encoder does with a value it has not seen in Fit.
type Unknown uint8

// What an encoder can do with a value it has not seen.
const (
	UnknownError  Unknown = iota // an error that names row and column
	UnknownIgnore                // OneHotEncoder: zeros in all of the column's dummies; OrdinalEncoder: NaN
)

// Missing says what an encoder does with a cell that has no value.
type Missing uint8

// What an encoder can do with a cell that has no value.
const (
	MissingCategory Missing = iota // a category of its own, behind all others, if Fit has met one
	MissingZeros                   // OneHotEncoder: zeros in all of the column's dummies, as pandas' get_dummies; OrdinalEncoder: NaN
	MissingError                   // an error that names row and column
)

// category is a value of a column.
type category struct {
	number  float64
	text    string
	missing bool
}

func compareCategories(a, b category) int {
	switch {
	case a.missing && b.missing:
		return 0
	case a.missing:
		return 1
	case b.missing:
		return -1
	}
	return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text))
}

func (c FrameColumn) categoryOf(i int) category {
	switch {
	case c.isMissing(i):
		return category{missing: true}
	case c.isText:
		return category{text: c.texts[i]}
	default:
		return category{number: c.numbers[i] + 0} // −0 is 0
	}
}

// categories are the sorted distinct values of one column.
type categories struct {
	name   string
	isText bool
	values []category
	labels []string // of values, as in the names of dummies
	code   map[category]int
}

// checkEncoder collects what is wrong with the parameters that encoders share.
func checkEncoder(c *paramCheck, unknown Unknown, missing Missing) {
	c.want(unknown <= UnknownIgnore, "Unknown", unknown, "UnknownError or UnknownIgnore")
	c.want(missing <= MissingError, "Missing", missing, "MissingCategory, MissingZeros or MissingError")
}

// fitCategories learns the categories of every column of X. An infinite number is an
// error.
func fitCategories(ctx context.Context, X *Frame, missing Missing) ([]*categories, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if X.rows == 0 || len(X.columns) == 0 {
		return nil, errorf("the frame is %d×%d, at least one row and one column are needed", X.rows, len(X.columns))
	}
	all := make([]*categories, len(X.columns))
	for j, column := range X.columns {
		if err := column.checkNotInfinite(j); err != nil {
			return nil, err
		}
		k := &categories{name: column.name, isText: column.isText, code: make(map[category]int)}
		for i := range X.rows {
			v := column.categoryOf(i)
			if v.missing && missing == MissingError {
				return nil, &CellError{i, j, column.name, "the cell is absent, every row must have a value"}
			}
			if _, seen := k.code[v]; !seen && !(v.missing && missing == MissingZeros) {
				k.add(column, i)
			}
		}
		k.sort()
		all[j] = k
	}
	return all, nil
}

// add appends the value of row i.
func (k *categories) add(column FrameColumn, i int) {
	v := column.categoryOf(i)
	k.code[v] = len(k.values)
	k.values = append(k.values, v)
	k.labels = append(k.labels, column.cell(i))
}

func (k *categories) sort() {
	order := upTo(0, len(k.values))
	slices.SortFunc(order, func(a, b int) int { return compareCategories(k.values[a], k.values[b]) })
	k.values, k.labels = takeFrom(k.values, order), takeFrom(k.labels, order)
	for c, v := range k.values {
		k.code[v] = c
	}
}

const noCode = -1

// codes returns the category of every row of a column, noCode for those that have
// none.
func (k *categories) codes(X *Frame, j int, unknown Unknown, missing Missing) ([]int, error) {
	column := X.columns[j]
	if column.name != k.name || column.isText != k.isText {
		return nil, errorf("column %d is %q (text: %v), the encoder was fitted on %q (text: %v)", j, column.name, column.isText, k.name, k.isText)
	}
	if err := column.checkNotInfinite(j); err != nil {
		return nil, err
	}
	codes := make([]int, X.rows)
	for i := range codes {
		v := column.categoryOf(i)
		code, ok := k.code[v]
		switch {
		case ok:
			codes[i] = code
		case v.missing && missing == MissingZeros:
			codes[i] = noCode
		case v.missing && missing == MissingError:
			return nil, &CellError{i, j, column.name, "the cell is absent, every row must have a value"}
		case unknown == UnknownIgnore:
			codes[i] = noCode
		default:
			return nil, &CellError{i, j, column.name, "the value " + column.cell(i) + " was not seen in Fit, UnknownIgnore allows it"}
		}
	}
	return codes, nil
}

func eachCodes(X *Frame, fitted []*categories, unknown Unknown, missing Missing, f func(j int, codes []int)) error {
	if len(X.columns) != len(fitted) {
		return errorf("the frame has %d columns, the encoder was fitted on %d", len(X.columns), len(fitted))
	}
	for j, k := range fitted {
		codes, err := k.codes(X, j, unknown, missing)
		if err != nil {
			return err
		}
		f(j, codes)
	}
	return nil
}

func categoryNames(fitted []*categories) [][]string {
	names := make([][]string, len(fitted))
	for j, k := range fitted {
		names[j] = k.labels
	}
	return names
}

// column returns the values behind the codes.
func (k *categories) column(codes []int) FrameColumn {
	c := FrameColumn{name: k.name, isText: k.isText}
	for _, code := range codes {
		v := category{missing: true}
		if code != noCode {
			v = k.values[code]
		}
		switch {
		case k.isText:
			c.texts, c.absent = append(c.texts, v.text), append(c.absent, v.missing)
		case v.missing:
			c.numbers = append(c.numbers, math.NaN())
		default:
			c.numbers = append(c.numbers, v.number)
		}
	}
	if !slices.Contains(c.absent, true) {
		c.absent = nil
	}
	return c
}
