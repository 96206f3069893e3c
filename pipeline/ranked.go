package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// ranked keeps n values of each group, the first or the last in an order: $top,
// $topN, $bottom, $bottomN, $minN, $maxN, $firstN and $lastN.
type ranked struct {
	states[[]monary.Value]
	bytes   int64
	n       int
	keys    []sortKey // of $top and its like, whose values are [output, what is sorted by]
	order   func(a, b monary.Value) int
	last    bool // the last n are kept
	single  bool // the result is a value, not an array
	noNulls bool
	output  bool // a value's first element is what comes out
}

// parseSome reads {input, n} of $firstN, $lastN, $minN and $maxN.
func (p *program) parseSome(op string, arg monary.Value) (func() accumulator, expr, error) {
	parts, err := fieldsOf(arg, "input", "n")
	if err != nil {
		return nil, nil, err
	}
	if parts[0].IsMissing() {
		return nil, nil, errors.New("needs input and n")
	}
	n, err := p.count(parts[1])
	if err != nil {
		return nil, nil, err
	}
	of, err := p.compile(parts[0])
	r := ranked{n: n, last: op == "$lastN"}
	switch op {
	case "$minN":
		r.order, r.noNulls = monary.Compare, true
	case "$maxN":
		r.order, r.noNulls = func(a, b monary.Value) int { return monary.Compare(b, a) }, true
	}
	return func() accumulator { out := r; return &out }, of, err
}

// count reads n, which must be a constant here.
func (p *program) count(v monary.Value) (int, error) {
	e, err := p.compile(v)
	if err != nil {
		return 0, fmt.Errorf("n: %w", err)
	}
	c, ok := e.(constantExpr)
	if !ok {
		return 0, fmt.Errorf("n is %s; only a constant runs here", describe(v))
	}
	n, ok := wholeNumber(c.value)
	if !ok || n < 1 {
		return 0, fmt.Errorf("n is %s; want a whole number above 0", describe(c.value))
	}
	return int(min(n, 1<<31)), nil
}

// parseTop reads {sortBy, output, n}.
func (p *program) parseTop(op string, arg monary.Value) (func() accumulator, expr, error) {
	names := []string{"sortBy", "output"}
	single := op == "$top" || op == "$bottom"
	if !single {
		names = append(names, "n")
	}
	parts, err := fieldsOf(arg, names...)
	if err != nil {
		return nil, nil, err
	}
	if parts[0].IsMissing() || parts[1].IsMissing() {
		return nil, nil, errors.New("needs sortBy and output")
	}
	r := ranked{n: 1, single: single, last: op == "$bottom" || op == "$bottomN", output: true}
	if !single {
		if r.n, err = p.count(parts[2]); err != nil {
			return nil, nil, err
		}
	}
	if r.keys, err = parseSortKeys(parts[0]); err != nil {
		return nil, nil, fmt.Errorf("sortBy: %w", err)
	}
	r.order = func(a, b monary.Value) int { return compareRanked(r.keys, a, b) }
	output, err := p.compile(parts[1])
	if err != nil {
		return nil, nil, fmt.Errorf("output: %w", err)
	}
	of := rankedExpr{output: output, keys: r.keys}
	for _, k := range r.keys {
		of.fields = append(of.fields, p.field(k.field[:1]))
	}
	return func() accumulator { out := r; return &out }, of, nil
}

// rankedExpr makes [output, key, …] of a row.
type rankedExpr struct {
	output expr
	keys   []sortKey
	fields []expr
}

func (r rankedExpr) eval(s *scope, row int) monary.Value {
	values := []monary.Value{r.output.eval(s, row)}
	for i, k := range r.keys {
		key := k.field[1:].sortValue(r.fields[i].eval(s, row), k.sign)
		if key.IsMissing() { // stands for an empty array, which an array would make null
			key = beforeNull
		}
		values = append(values, key)
	}
	return monary.ArrayValue(values...)
}

// beforeNull is a value that sorts before null.
var beforeNull = undefined()

func undefined() monary.Value {
	v, err := monary.ParseValue(bson.RawValue{Type: bson.TypeUndefined})
	if err != nil {
		panic(err) // it has no bytes that could be wrong
	}
	return v
}

func compareRanked(keys []sortKey, a, b monary.Value) int {
	x, y := elements(a), elements(b)
	for i, k := range keys {
		if c := monary.Compare(x[i+1], y[i+1]); c != 0 {
			return c * k.sign
		}
	}
	return 0
}

func (r *ranked) add(group int, v monary.Value) error {
	if r.noNulls && v.IsNull() {
		return nil
	}
	if v.IsMissing() {
		v = monary.NullValue
	}
	kept := r.groups[group]
	at := len(kept)
	if r.order != nil {
		at, _ = slices.BinarySearchFunc(kept, v, func(e, v monary.Value) int {
			if r.order(e, v) <= 0 {
				return -1 // equal ones stay in the order in which they come
			}
			return 1
		})
	}
	full := len(kept) == r.n
	switch {
	case full && !r.last && at == len(kept):
		return nil
	case full && r.last && at == 0:
		return nil
	}
	kept = slices.Insert(kept, at, v.Clone())
	r.bytes += valueSize + sizeOf(v)
	out := monary.Value{}
	switch {
	case full && r.last:
		out, kept = kept[0], kept[1:]
	case full:
		out, kept = kept[r.n], kept[:r.n]
	}
	if full {
		r.bytes -= valueSize + sizeOf(out)
	}
	r.groups[group] = kept
	return nil
}

func (r *ranked) size() int64 { return r.bytes }

func (r *ranked) result(group int) monary.Value {
	kept := slices.Clone(r.groups[group])
	if r.output {
		for i, v := range kept {
			kept[i] = elements(v)[0]
		}
	}
	if !r.single {
		return monary.ArrayValue(kept...)
	}
	if len(kept) == 0 || kept[0].Type() == bson.TypeNull {
		return monary.NullValue
	}
	return kept[0]
}
