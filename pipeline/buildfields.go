package pipeline

import "go.mongodb.org/mongo-driver/v2/bson"

// Accumulator is a field of [Group], [Bucket] and [SetWindowFields]: a name and what is
// accumulated, made by the functions below.
type Accumulator struct {
	name string
	of   bson.D
}

// Accumulate is {name: {operator: of}}, for operators that have no function of their own,
// such as "$top".
func Accumulate(name, operator string, of any) Accumulator {
	return Accumulator{name, single(operator, of)}
}

// Over limits a field of [SetWindowFields] to a window: of "documents", or of a "range" of
// the value sorted by, from a bound to another: numbers, "current" or "unbounded". A unit,
// for dates, may follow.
func (a Accumulator) Over(of string, from, to any, unit ...string) Accumulator {
	window := single(of, bson.A{from, to})
	for _, u := range unit {
		window = append(window, bson.E{Key: "unit", Value: u})
	}
	return Accumulator{a.name, append(a.of[:len(a.of):len(a.of)], bson.E{Key: "window", Value: window})}
}

// Sum is {name: {$sum: of}}; of 1 it counts.
func Sum(name string, of any) Accumulator { return Accumulate(name, "$sum", of) }

// Avg is {name: {$avg: of}}.
func Avg(name string, of any) Accumulator { return Accumulate(name, "$avg", of) }

// Min is {name: {$min: of}}.
func Min(name string, of any) Accumulator { return Accumulate(name, "$min", of) }

// Max is {name: {$max: of}}.
func Max(name string, of any) Accumulator { return Accumulate(name, "$max", of) }

// First is {name: {$first: of}}.
func First(name string, of any) Accumulator { return Accumulate(name, "$first", of) }

// Last is {name: {$last: of}}.
func Last(name string, of any) Accumulator { return Accumulate(name, "$last", of) }

// Push is {name: {$push: of}}.
func Push(name string, of any) Accumulator { return Accumulate(name, "$push", of) }

// AddToSet is {name: {$addToSet: of}}.
func AddToSet(name string, of any) Accumulator { return Accumulate(name, "$addToSet", of) }

// StdDevPop is {name: {$stdDevPop: of}}.
func StdDevPop(name string, of any) Accumulator { return Accumulate(name, "$stdDevPop", of) }

// StdDevSamp is {name: {$stdDevSamp: of}}.
func StdDevSamp(name string, of any) Accumulator { return Accumulate(name, "$stdDevSamp", of) }
