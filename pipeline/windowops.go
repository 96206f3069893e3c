package pipeline

import (
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
		return w.covariance(op, arg, bounds)
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
func (r ranking) over(p *partition) ([]monary.Value, error) {
	out := make([]monary.Value, len(p.rows))
	rank := 0
	for i := range out {
		tie := i > 0 && r.op != "$documentNumber" && monary.Compare(p.ranks[i-1], p.ranks[i]) == 0
		switch {
		case tie:
		case r.op == "$denseRank":
			rank++
		default:
			rank = i + 1
		}
		out[i] = integer(int64(rank), 1)
	}
	return out, nil
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

func (s shifted) over(p *partition) ([]monary.Value, error) {
	out := make([]monary.Value, len(p.rows))
	for i := range out {
		out[i] = s.otherwise
		if at := i + s.by; at >= 0 && at < len(p.rows) {
			out[i] = nullIfMissing(s.of.eval(p.scope, p.rows[at]))
		}
	}
	return out, nil
}

func nullIfMissing(v monary.Value) monary.Value {
	if v.IsMissing() {
		return monary.NullValue
	}
	return v
}

// lastSeen is $locf: the last value so far that is not null.
type lastSeen struct{ of expr }

func (l lastSeen) over(p *partition) ([]monary.Value, error) {
	values, last := p.values(l.of), monary.NullValue
	for i, v := range values {
		if !v.IsNull() {
			last = v
		}
		values[i] = last
	}
	return values, nil
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

func (m movingAverage) over(p *partition) ([]monary.Value, error) {
	values, average := p.values(m.of), monary.NullValue
	for i, v := range values {
		switch {
		case !v.IsNumber():
		case average.IsNull():
			average = v
		default:
			average = m.towards(average, v)
		}
		values[i] = average
	}
	return values, nil
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

// covariance is $covariancePop and $covarianceSamp, of the rows of a window in
// which both expressions are numbers.
type covariance struct {
	x, y   expr
	bounds windowBounds
	sample bool // divided by n-1
}

func (w *windows) covariance(op string, arg monary.Value, bounds windowBounds) (windowOperator, error) {
	args, err := w.program.arguments(function{least: 2, most: 2}, arg)
	if err != nil {
		return nil, err
	}
	return covariance{x: args[0], y: args[1], bounds: bounds, sample: op == "$covarianceSamp"}, nil
}

func (c covariance) over(p *partition) ([]monary.Value, error) {
	spans, err := c.bounds.spans(p)
	if err != nil {
		return nil, err
	}
	x, y := p.valuesIn(spans, c.x), p.valuesIn(spans, c.y)
	out := make([]monary.Value, len(spans))
	for i, s := range spans {
		if i > 0 && s == spans[i-1] {
			out[i] = out[i-1]
			continue
		}
		out[i] = c.of(x[s.lo:s.hi], y[s.lo:s.hi])
	}
	return out, nil
}

// of goes by Welford's recurrence for two variables.
func (c covariance) of(x, y []monary.Value) monary.Value {
	var n, meanX, meanY, about float64
	for i := range x {
		if !x[i].IsNumber() || !y[i].IsNumber() {
			continue
		}
		n++
		dx := double(x[i]) - meanX
		meanX += dx / n
		meanY += (double(y[i]) - meanY) / n
		about += float64(dx * (double(y[i]) - meanY))
	}
	if c.sample {
		n--
	}
	if n <= 0 {
		return monary.NullValue
	}
	if math.IsInf(about, 0) {
		about = math.NaN()
	}
	return monary.DoubleValue(about / n)
}
