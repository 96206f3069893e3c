package pipeline

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// typed is a column of one type as slices, for the loops that are worth it. The i-th row
// that is there is at place rows[i], or at i if rows is nil.
type typed struct {
	kind  monary.Kind // int32, int64, date, float64 or string
	rows  []int
	valid []byte // Arrow's bitmap, nil if all places have a value

	narrow  []int32   // of kind int32, but for columns that a stage has made
	ints    []int64   // of kind int32, int64 or date
	doubles []float64 // of kind float64
	codes   []uint16  // of kind string with a dictionary
	words   []string
	offsets []int64 // of kind string without one
	text    []byte
}

// typedOf looks at a column as slices; nil if its values have several types or one of those
// that have no slices. Places without a value are null or missing.
func typedOf(c column, rows []int) *typed {
	switch c := c.(type) {
	case *monary.Series:
		return typedSeries(c, rows)
	case cells:
		return typedCells(c, rows)
	}
	return nil
}

func typedSeries(s *monary.Series, rows []int) *typed {
	s, ok := s.Typed()
	if !ok {
		return nil
	}
	one, err := monary.NewTable(s)
	if err != nil {
		return nil
	}
	t := &typed{kind: s.Type().Kind, rows: rows, valid: s.ValidBits()}
	switch t.kind {
	case monary.KindInt32:
		t.narrow, err = monary.Values[int32](one, s.Name())
	case monary.KindInt64, monary.KindDate:
		t.ints, err = monary.Values[int64](one, s.Name())
	case monary.KindFloat64:
		t.doubles, err = monary.Values[float64](one, s.Name())
	case monary.KindString:
		if t.codes, t.words, ok = s.Dictionary(); !ok {
			t.offsets, t.text, err = s.Text()
		}
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	return t
}

// typedCells takes values of a fixed size apart, all of one type.
func typedCells(values cells, rows []int) *typed {
	n := len(values)
	if rows != nil {
		n = len(rows)
	}
	if n == 0 {
		return nil
	}
	t := &typed{}
	at := func(i int) monary.Value {
		if rows != nil {
			i = rows[i]
		}
		return values[i]
	}
	of := at(0).Type()
	switch of {
	case bson.TypeInt32:
		t.kind = monary.KindInt32
	case bson.TypeInt64:
		t.kind = monary.KindInt64
	case bson.TypeDateTime:
		t.kind = monary.KindDate
	case bson.TypeDouble:
		t.kind, t.doubles = monary.KindFloat64, make([]float64, n)
	default:
		return nil
	}
	if t.doubles == nil {
		t.ints = make([]int64, n)
	}
	for i := range n {
		v := at(i)
		if v.Type() != of {
			return nil
		}
		if t.doubles != nil {
			t.doubles[i], _ = v.Double()
		} else {
			t.ints[i], _ = v.Int()
		}
	}
	return t
}

// isValid reports whether a place has a value.
func (t *typed) isValid(place int) bool {
	return t.valid == nil || t.valid[place>>3]>>(place&7)&1 == 1
}

// place is where the i-th row is.
func (t *typed) place(i int) int {
	if t.rows != nil {
		return t.rows[i]
	}
	return i
}
