package pipeline

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// spreads is the standard deviation of the numbers of each group, by Welford's
// recurrence (Technometrics 4, 1962).
type spreads struct {
	states[spread]
	sample bool // divided by n-1
}

type spread struct {
	n           int64
	mean, about float64 // about is the sum of squares about the mean
}

func (s *spreads) add(group int, v monary.Value) error {
	if !v.IsNumber() {
		return nil
	}
	g := &s.groups[group]
	g.n++
	x := double(v)
	d := x - g.mean
	g.mean += d / float64(g.n)
	g.about += float64(d * (x - g.mean))
	return nil
}

func (s *spreads) result(group int) monary.Value {
	g := s.groups[group]
	n := g.n
	if s.sample {
		n--
	}
	if n <= 0 {
		return monary.NullValue
	}
	return monary.DoubleValue(math.Sqrt(g.about / float64(n)))
}

// percentiles is $percentile and $median: of n sorted numbers the one at
// position ⌈p·n⌉, which is what mongod's approximation gives for some hundred.
type percentiles struct {
	states[[]float64]
	count int64
	at    []float64
	list  bool // the result is an array
}

func (p *program) parsePercentiles(op string, arg monary.Value) (func() accumulator, expr, error) {
	names := []string{"input", "method"}
	if op == "$percentile" {
		names = append(names, "p")
	}
	parts, err := fieldsOf(arg, names...)
	if err != nil {
		return nil, nil, err
	}
	if method, _ := textOf(parts[1]); method != "approximate" || parts[0].IsMissing() {
		return nil, nil, errors.New(`needs input, and the method "approximate"`)
	}
	at := []float64{0.5}
	if op == "$percentile" {
		if at, err = p.shares(parts[2]); err != nil {
			return nil, nil, err
		}
	}
	of, err := p.compile(parts[0])
	return func() accumulator { return &percentiles{at: at, list: op == "$percentile"} }, of, err
}

// shares reads p, an expression of constants.
func (p *program) shares(v monary.Value) ([]float64, error) {
	e, err := p.compile(v)
	if err != nil {
		return nil, fmt.Errorf("p: %w", err)
	}
	c, ok := e.(constantExpr)
	if !ok {
		return nil, fmt.Errorf("p is %s; only a constant runs here", describe(v))
	}
	return shares(c.value)
}

func shares(v monary.Value) (at []float64, err error) {
	for _, share := range elements(v) {
		x := double0(share)
		if !share.IsNumber() || !(x >= 0 && x <= 1) {
			return nil, fmt.Errorf("p has %s; want numbers from 0 to 1", describe(share))
		}
		at = append(at, x)
	}
	if len(at) == 0 || v.Type() != bson.TypeArray {
		return nil, fmt.Errorf("p is %s; want an array of numbers from 0 to 1", describe(v))
	}
	return at, nil
}

func (p *percentiles) add(group int, v monary.Value) error {
	if v.IsNumber() && !isNaN(v) {
		p.groups[group] = append(p.groups[group], double(v))
		p.count++
	}
	return nil
}

func (p *percentiles) size() int64 { return 8 * p.count }

func (p *percentiles) result(group int) monary.Value {
	sorted := slices.Sorted(slices.Values(p.groups[group]))
	out := make([]monary.Value, len(p.at))
	for i, share := range p.at {
		out[i] = monary.NullValue
		if n := len(sorted); n > 0 {
			out[i] = monary.DoubleValue(sorted[max(int(math.Ceil(share*float64(n)))-1, 0)])
		}
	}
	if !p.list {
		return out[0]
	}
	return monary.ArrayValue(out...)
}

// summaries has the accumulators as functions: over the elements of an array if
// that is the only argument, else over the arguments.
var summaries = map[string]function{
	"$sum": summary("$sum"), "$avg": summary("$avg"), "$min": summary("$min"), "$max": summary("$max"),
	"$stdDevPop": summary("$stdDevPop"), "$stdDevSamp": summary("$stdDevSamp"),
	"$median": {params: []param{{name: "input"}, {name: "method"}}, call: func(s *scope, a []monary.Value) monary.Value {
		return percentilesOf(s, a, []float64{0.5}, false)
	}},
	"$percentile": {params: []param{{name: "input"}, {name: "method"}, {name: "p"}}, call: func(s *scope, a []monary.Value) monary.Value {
		at, err := shares(a[2])
		if err != nil {
			return s.failf("%w", err)
		}
		return percentilesOf(s, a, at, true)
	}},
}

func summary(name string) function {
	return many(func(s *scope, args []monary.Value) monary.Value {
		if len(args) == 1 && args[0].Type() == bson.TypeArray {
			args = elements(args[0])
		}
		return summarize(s, newAccumulator(name), args)
	})
}

// newAccumulator makes one of those that take a plain value.
func newAccumulator(name string) accumulator {
	switch name {
	case "$sum":
		return &totals{finish: total.value}
	case "$avg":
		return &totals{finish: total.mean}
	case "$min":
		return &extremes{sign: -1}
	case "$max":
		return &extremes{sign: 1}
	case "$stdDevPop":
		return &spreads{}
	}
	return &spreads{sample: true}
}

func summarize(s *scope, a accumulator, values []monary.Value) monary.Value {
	a.grow(1)
	for _, v := range values {
		if err := a.add(0, v); err != nil {
			return s.failf("%w", err)
		}
	}
	return a.result(0)
}

func percentilesOf(s *scope, args []monary.Value, at []float64, list bool) monary.Value {
	if method, _ := textOf(args[1]); method != "approximate" {
		return s.failf(`method is %s; want "approximate"`, describe(args[1]))
	}
	values := []monary.Value{args[0]}
	if args[0].Type() == bson.TypeArray {
		values = elements(args[0])
	}
	return summarize(s, &percentiles{at: at, list: list}, values)
}
