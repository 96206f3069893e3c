package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// windowAccumulators are those of $group that run over windows.
var windowAccumulators = []string{
	"$sum", "$avg", "$min", "$max", "$count", "$push", "$addToSet", "$stdDevPop", "$stdDevSamp", "$first", "$last",
	"$top", "$topN", "$bottom", "$bottomN", "$minN", "$maxN", "$firstN", "$lastN", "$median", "$percentile",
}

// operator reads an operator, its argument and its window.
func (w *windows) operator(op string, arg, window monary.Value) (windowOperator, error) {
	switch op {
	case "$rank", "$denseRank", "$documentNumber", "$shift", "$expMovingAvg", "$linearFill", "$locf":
		if !window.IsMissing() {
			return nil, errors.New("takes no window; it goes over the whole partition")
		}
	}
	switch op {
	case "$rank", "$denseRank", "$documentNumber":
		return w.ranking(op, arg)
	case "$shift":
		return w.shift(arg)
	case "$expMovingAvg":
		return w.movingAverage(arg)
	case "$linearFill":
		return w.linearFill(arg)
	case "$locf":
		of, err := w.program.compile(arg)
		return lastSeen{of}, err
	}
	bounds, err := w.bounds(window)
	if err != nil {
		return nil, err
	}
	switch op {
	case "$derivative", "$integral":
		return w.calculus(op, arg, bounds)
	case "$covariancePop", "$covarianceSamp":
		create, of, err := w.program.parseCovariance(op, arg)
		return slide{make: create, of: of, bounds: bounds}, err
	case "$first", "$last":
		if len(w.at) == 0 {
			return nil, errors.New("needs sortBy")
		}
	}
	if !slices.Contains(windowAccumulators, op) {
		return nil, fmt.Errorf("this operator does not run over windows; $rank, $denseRank, $documentNumber, $shift, $derivative, $integral, "+
			"$covariancePop, $covarianceSamp, $expMovingAvg, $linearFill, $locf and these do: %s", strings.Join(windowAccumulators, ", "))
	}
	create, of, err := w.program.parseAccumulator(op, arg)
	return slide{make: create, of: of, bounds: bounds}, err
}

// ranking is $rank, $denseRank and $documentNumber.
type ranking struct{ op string }

func (w *windows) ranking(op string, arg monary.Value) (windowOperator, error) {
	switch {
	case arg.Type() != bson.TypeEmbeddedDocument || len(elements(arg)) > 0:
		return nil, fmt.Errorf("takes an empty document, found %s", describe(arg))
	case len(w.order.keys) == 0:
		return nil, errors.New("needs sortBy")
	case op != "$documentNumber" && len(w.order.keys) > 1:
		return nil, errors.New("needs a sortBy of one field")
	}
	return ranking{op}, nil
}

// over numbers the rows from 1. Rows that sort alike share a rank; null and
// missing do, as in $sort.
func (r ranking) over(p *partition, emit func(monary.Value) error) error {
	keys, err := p.sortValues()
	if err != nil {
		return err
	}
	c, err := p.cursor(keys)
	rank, last := 0, monary.Value{}
	for i := 0; err == nil && i < p.n; i++ {
		var v monary.Value
		if v, err = c.at(i); err != nil {
			break
		}
		tie := i > 0 && r.op != "$documentNumber" && monary.Compare(last, v) == 0
		switch {
		case tie:
		case r.op == "$denseRank":
			rank++
		default:
			rank = i + 1
		}
		last = v
		err = emit(integer(int64(rank), 1))
	}
	return err
}

// shifted is $shift: an expression's value some rows further on.
type shifted struct {
	of        expr
	by        int
	otherwise monary.Value
}

func (w *windows) shift(arg monary.Value) (windowOperator, error) {
	parts, err := fieldsOf(arg, "output", "by", "default")
	if err != nil {
		return nil, err
	}
	by, ok := wholeNumber(parts[1])
	switch {
	case len(w.order.keys) == 0:
		return nil, errors.New("needs sortBy")
	case parts[0].IsMissing():
		return nil, errors.New("output is missing")
	case !ok || by != int64(int32(by)):
		return nil, fmt.Errorf("by is %s; want a whole number", describe(parts[1]))
	}
	s := shifted{by: int(by), otherwise: monary.NullValue}
	if s.of, err = w.program.compile(parts[0]); err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	if parts[2].IsMissing() {
		return s, nil
	}
	e, err := w.program.compile(parts[2])
	if err != nil {
		return nil, fmt.Errorf("default: %w", err)
	}
	c, ok := e.(constantExpr)
	if !ok {
		return nil, fmt.Errorf("default is %s; want a constant", describe(parts[2]))
	}
	s.otherwise = c.value
	return s, nil
}

func (s shifted) over(p *partition, emit func(monary.Value) error) error {
	by := windowBound{monary.Int32Value(int32(s.by))}
	windows, err := windowBounds{lower: by, upper: by}.spans(p)
	if err != nil {
		return err
	}
	values, err := p.valuesIn(windows, s.of)
	if err != nil {
		return err
	}
	c, err := p.cursor(values)
	for i := 0; err == nil && i < p.n; i++ {
		v := s.otherwise
		if at := i + s.by; at >= 0 && at < p.n {
			if v, err = c.at(at); err != nil {
				break
			}
			v = nullIfMissing(v)
		}
		err = emit(v)
	}
	return err
}

func nullIfMissing(v monary.Value) monary.Value {
	if v.IsMissing() {
		return monary.NullValue
	}
	return v
}

// lastSeen is $locf: the last value so far that is not null.
type lastSeen struct{ of expr }

func (l lastSeen) over(p *partition, emit func(monary.Value) error) error {
	last := monary.NullValue
	return p.each(func(_, row int) error {
		if v := l.of.eval(p.scope, row); !v.IsNull() {
			last = v
		}
		return cmp.Or(p.scope.err, emit(last))
	})
}

// movingAverage is $expMovingAvg; a row without a number keeps the average.
type movingAverage struct {
	of    expr
	alpha monary.Value
}

func (w *windows) movingAverage(arg monary.Value) (windowOperator, error) {
	parts, err := fieldsOf(arg, "input", "N", "alpha")
	if err != nil {
		return nil, err
	}
	input, n, alpha := parts[0], parts[1], parts[2]
	switch {
	case len(w.order.keys) == 0:
		return nil, errors.New("needs sortBy")
	case input.IsMissing():
		return nil, errors.New("input is missing")
	case n.IsMissing() == alpha.IsMissing():
		return nil, errors.New("takes either N or alpha")
	}
	m := movingAverage{alpha: alpha}
	if !n.IsMissing() {
		whole, ok := wholeNumber(n)
		if !ok || whole < 1 {
			return nil, fmt.Errorf("N is %s; want a whole number above 0", describe(n))
		}
		m.alpha = decimalOf(monary.Int32Value(2)).over(decimalOf(monary.Int64Value(whole)).add(decimalOf(monary.Int32Value(1)))).value()
	} else if x := double0(alpha); !(x > 0 && x < 1) {
		return nil, fmt.Errorf("alpha is %s; want a number above 0 and below 1", describe(alpha))
	}
	m.of, err = w.program.compile(input)
	return m, err
}

func (m movingAverage) over(p *partition, emit func(monary.Value) error) error {
	average := monary.NullValue
	return p.each(func(_, row int) error {
		switch v := m.of.eval(p.scope, row); {
		case !v.IsNumber():
		case average.IsNull():
			average = v
		default:
			average = m.towards(average, v)
		}
		return cmp.Or(p.scope.err, emit(average))
	})
}

// towards goes the share alpha of the way from the average to v.
func (m movingAverage) towards(average, v monary.Value) monary.Value {
	if rank(v.Type()) == 4 || rank(average.Type()) == 4 {
		return addNumbers(average, multiplyNumbers(subtractNumbers(v, average), m.alpha))
	}
	from, to := double(average), double(v)
	if math.IsInf(from, 0) {
		return monary.DoubleValue(from + to)
	}
	return monary.DoubleValue(from + float64((to-from)*double(m.alpha)))
}
