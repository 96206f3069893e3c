package pipeline

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// accumulators are those of one operand.
var accumulators = map[string]func() accumulator{
	"$sum":          func() accumulator { return &totals{finish: total.value} },
	"$avg":          func() accumulator { return &totals{finish: total.mean} },
	"$min":          func() accumulator { return &extremes{sign: -1} },
	"$max":          func() accumulator { return &extremes{sign: 1} },
	"$first":        func() accumulator { return &ends{} },
	"$last":         func() accumulator { return &ends{last: true} },
	"$push":         func() accumulator { return &gathered{} },
	"$addToSet":     func() accumulator { return &uniques{} },
	"$stdDevPop":    func() accumulator { return &spreads{} },
	"$stdDevSamp":   func() accumulator { return &spreads{sample: true} },
	"$mergeObjects": func() accumulator { return &merged{} },
}

// parseAccumulator reads {op: arg}: how to make its states and what it adds.
func (p *program) parseAccumulator(op string, arg monary.Value) (func() accumulator, expr, error) {
	switch op {
	case "$count":
		if arg.Type() != bson.TypeEmbeddedDocument || len(elements(arg)) > 0 {
			return nil, nil, fmt.Errorf("takes an empty document, found %s", describe(arg))
		}
		return accumulators["$sum"], constantExpr{monary.Int32Value(1)}, nil
	case "$top", "$topN", "$bottom", "$bottomN":
		return p.parseTop(op, arg)
	case "$firstN", "$lastN", "$minN", "$maxN":
		return p.parseSome(op, arg)
	case "$median", "$percentile":
		return p.parsePercentiles(op, arg)
	}
	create, ok := accumulators[op]
	if !ok {
		return nil, nil, fmt.Errorf("this accumulator does not run here")
	}
	if arg.Type() == bson.TypeArray {
		return nil, nil, fmt.Errorf("takes one expression, found an array: %s", describe(arg))
	}
	of, err := p.compile(arg)
	return create, of, err
}

// ends keeps the first or the last value of each group; a missing one is null.
type ends struct {
	kept
	last bool
}

func (e *ends) add(group int, v monary.Value) error {
	if e.last || e.groups[group].IsMissing() {
		if v.IsMissing() {
			v = monary.NullValue
		}
		e.keep(group, v)
	}
	return nil
}

func (e *ends) result(group int) monary.Value {
	if e.groups[group].IsMissing() {
		return monary.NullValue
	}
	return e.groups[group]
}

// gathered is $push: all values in order, missing ones left out.
type gathered struct {
	states[[]monary.Value]
	bytes int64
}

func (g *gathered) add(group int, v monary.Value) error {
	if !v.IsMissing() {
		g.groups[group] = append(g.groups[group], v.Clone())
		g.bytes += valueSize + sizeOf(v)
	}
	return nil
}

// valueSize is what a value takes besides its bytes.
const valueSize = 40

func (g *gathered) size() int64 { return g.bytes }

func (g *gathered) result(group int) monary.Value { return monary.ArrayValue(g.groups[group]...) }

// uniques is $addToSet: values in the order in which they are first seen.
type uniques struct {
	states[unique]
	key   []byte
	bytes int64
}

func (u *uniques) size() int64 { return u.bytes }

type unique struct {
	seen   map[string]struct{}
	values []monary.Value
}

func (u *uniques) add(group int, v monary.Value) error {
	if v.IsMissing() {
		return nil
	}
	g := &u.groups[group]
	u.key = v.AppendKey(u.key[:0])
	if _, known := g.seen[string(u.key)]; known {
		return nil
	}
	if g.seen == nil {
		g.seen = map[string]struct{}{}
	}
	g.seen[string(u.key)] = struct{}{}
	u.bytes += 2*valueSize + 2*sizeOf(v)
	g.values = append(g.values, v.Clone())
	return nil
}

func (u *uniques) result(group int) monary.Value { return monary.ArrayValue(u.groups[group].values...) }

// merged is $mergeObjects.
type merged struct{ kept }

func (m *merged) add(group int, v monary.Value) error {
	s := &scope{}
	m.keep(group, mergeObjects(s, []monary.Value{m.groups[group], v}))
	return s.err
}

func (m *merged) result(group int) monary.Value {
	if m.groups[group].IsMissing() {
		return monary.DocumentValue(nil, nil)
	}
	return m.groups[group]
}
