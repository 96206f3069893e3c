package table

import (
	"fmt"

	"github.com/penstock/penstock/monary"
)

// Aggregate is a column of [GroupBy]'s output: what is made of a column's values in each
// group. Rows without a value are skipped.
type Aggregate struct {
	name string // of the output
	of   string // the column; empty for Size
	verb string
	make func(s *monary.Series) (func(groups int) accumulator, error)
}

// String is the aggregate as a call, such as sum("pop").
func (a Aggregate) String() string { return fmt.Sprintf("%s(%q)", a.verb, a.of) }

// on finds the aggregate's column and makes accumulators for it.
func (a Aggregate) on(t *monary.Table) (func(groups int) accumulator, error) {
	if a.make == nil {
		return nil, fmt.Errorf("an Aggregate is made by Sum, Mean and the like, not as a literal")
	}
	if a.of == "" && a.verb == sizeVerb {
		return a.make(nil)
	}
	columns, err := find(t, []string{a.of})
	if err != nil {
		return nil, err
	}
	made, err := a.make(columns[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a, err)
	}
	return made, nil
}

const sizeVerb = "size"

// Size counts a group's rows, those without values too, as int64.
func Size(name string) Aggregate { return Aggregate{name, "", sizeVerb, newCounting} }

// Count counts the values in a column of any type, as int64.
func Count(name, of string) Aggregate { return Aggregate{name, of, "count", newCounting} }

// Sum adds up a column of numbers or bools: integers and bools to an exact int64 (unsigned
// 64-bit ones to a uint64), or an error if it is none; floats to a float64, as if with
// twice the digits. The sum of nothing is 0.
func Sum(name, of string) Aggregate { return Aggregate{name, of, "sum", newSum} }

// Mean is the arithmetic mean of numbers or bools, as float64.
func Mean(name, of string) Aggregate { return Aggregate{name, of, "mean", newMean} }

// Std is the standard deviation of a sample (n-1) of numbers or bools, as float64; it takes
// two values at least (Welford 1962; chunks are merged as in Chan, Golub and LeVeque 1979).
func Std(name, of string) Aggregate { return Aggregate{name, of, "std", newDeviation} }

// Min is the least value of a column of any type, in MongoDB's order. A NaN is the least.
func Min(name, of string) Aggregate { return Aggregate{name, of, "min", newLeast} }

// Max is the greatest value of a column of any type, in MongoDB's order. But among floats a
// NaN wins, as for Min, so that it is not overlooked.
func Max(name, of string) Aggregate { return Aggregate{name, of, "max", newGreatest} }

// First is the first value of a column of any type.
func First(name, of string) Aggregate { return Aggregate{name, of, "first", newFirst} }

// Last is the last value of a column of any type.
func Last(name, of string) Aggregate { return Aggregate{name, of, "last", newLast} }
