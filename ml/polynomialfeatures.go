package ml

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// PolynomialFeatures makes all products of columns up to a degree: of a and b with
// degree 2 the columns 1, a, b, a², ab and b².
type PolynomialFeatures struct {
	Degree          int  // of the highest products
	MinDegree       int  // of the lowest; the column of ones does not count
	InteractionOnly bool // no column more than once in a product
	IncludeBias     bool // a column of ones in first place

	// MaxBytes bounds the memory of the columns, whose number grows with the power
	// Degree of those there are.
	MaxBytes int64
}

var _ Transformer = PolynomialFeatures{}

// NewPolynomialFeatures returns scikit-learn's defaults: products up to degree 2,
// powers among them, and a column of ones. MaxBytes is 4 GiB.
func NewPolynomialFeatures() PolynomialFeatures {
	return PolynomialFeatures{Degree: 2, IncludeBias: true, MaxBytes: 4 << 30}
}

// Fit lists the products of the columns of X. It is an error if there would be none,
// if they took more than MaxBytes for the rows of X, and if X has a value that is not
// a finite number, no rows or no columns.
func (p PolynomialFeatures) Fit(ctx context.Context, X *Matrix) (*PolynomialFeaturesModel, error) {
	m, err := p.fit(ctx, X)
	return m, at("PolynomialFeatures", err)
}

// FitTransformer is Fit.
func (p PolynomialFeatures) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := p.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (p PolynomialFeatures) check() error {
	var c paramCheck
	c.want(p.Degree >= 0, "Degree", p.Degree, ">= 0")
	c.want(p.MinDegree >= 0 && p.MinDegree <= max(0, p.Degree), "MinDegree", p.MinDegree, fmt.Sprintf("between 0 and Degree, %d", p.Degree))
	c.want(p.Degree != 0 || p.IncludeBias, "IncludeBias", p.IncludeBias, "true if Degree is 0")
	c.want(p.MaxBytes > 0, "MaxBytes", p.MaxBytes, "> 0")
	return c.err()
}

func (p PolynomialFeatures) fit(ctx context.Context, X *Matrix) (*PolynomialFeaturesModel, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	if err := p.checkMemory(X.rows, X.cols); err != nil {
		return nil, err
	}
	m := &PolynomialFeaturesModel{params: p, columns: columnsOf(X), inputs: columnsOf(X).known(), levels: p.products(X.cols)}
	if p.IncludeBias {
		m.Names = append(m.Names, "1")
	}
	for d := max(1, p.MinDegree); d <= len(m.levels); d++ {
		for k := range m.levels[d-1] {
			m.Names = append(m.Names, m.name(d, k))
		}
	}
	if len(m.Names) == 0 {
		return nil, errorf("%d columns have no products of %d to %d different ones", X.cols, p.MinDegree, p.Degree)
	}
	return m, nil
}

// degree is that of the highest products there are.
func (p PolynomialFeatures) degree(cols int) int {
	if p.InteractionOnly {
		return min(p.Degree, cols)
	}
	return p.Degree
}

// checkMemory refuses matrices before they are made. Products below MinDegree count
// too: the others are made of them.
func (p PolynomialFeatures) checkMemory(rows, cols int) error {
	const perColumn = 100 // bytes of its name and its place in the list
	count, ofDegree := 1.0, 1.0
	for d := 1; d <= p.degree(cols); d++ {
		choices := cols + d - 1
		if p.InteractionOnly {
			choices = cols - d + 1
		}
		ofDegree *= float64(choices) / float64(d)
		count += ofDegree
		if bytes := count * (8*float64(rows) + perColumn); bytes > float64(p.MaxBytes) {
			return errorf("%d columns have %.4g products up to degree %d, which take %.3g bytes for %d rows; MaxBytes allows %d",
				cols, count, d, bytes, rows, p.MaxBytes)
		}
	}
	return nil
}

// product is a column times a product of the degree below.
type product struct {
	column int // the first of the columns, the others follow in ascending order
	rest   int // its place among the products of the degree below
}

// products returns those of each degree from 1 on, in scikit-learn's order.
func (p PolynomialFeatures) products(cols int) [][]product {
	level := make([]product, cols)
	for j := range level {
		level[j].column = j
	}
	var levels [][]product
	for d := 1; d <= p.degree(cols); d++ {
		if d > 1 {
			level = p.longer(level, cols)
		}
		levels = append(levels, level)
	}
	return levels
}

// longer puts every column in front of the products that start with it or with a
// later one; with InteractionOnly, with a later one only.
func (p PolynomialFeatures) longer(below []product, cols int) []product {
	var level []product
	start := 0
	for j := range cols {
		first := j
		if p.InteractionOnly {
			first++
		}
		for start < len(below) && below[start].column < first {
			start++
		}
		for rest := start; rest < len(below); rest++ {
			level = append(level, product{j, rest})
		}
	}
	return level
}

// PolynomialFeaturesModel is a fitted PolynomialFeatures. Its fields are to be read
// only.
type PolynomialFeaturesModel struct {
	Names []string // of the columns that Transform makes: "1", "a", "a^2", "a b"

	params  PolynomialFeatures
	columns columnSet
	inputs  []string    // names of the columns of Fit
	levels  [][]product // by degree, from 1 on
}

var _ TransformerModel = (*PolynomialFeaturesModel)(nil)

// Powers returns one row for each column that Transform makes: the power of every
// column of Fit in it.
func (m *PolynomialFeaturesModel) Powers() [][]int {
	var all [][]int
	if m.params.IncludeBias {
		all = append(all, make([]int, m.columns.count))
	}
	for d := max(1, m.params.MinDegree); d <= len(m.levels); d++ {
		for k := range m.levels[d-1] {
			all = append(all, m.powers(d, k))
		}
	}
	return all
}

// powers of product k of degree d.
func (m *PolynomialFeaturesModel) powers(d, k int) []int {
	powers := make([]int, m.columns.count)
	for ; d > 0; d-- {
		p := m.levels[d-1][k]
		powers[p.column]++
		k = p.rest
	}
	return powers
}

// name of product k of degree d.
func (m *PolynomialFeaturesModel) name(d, k int) string {
	var words []string
	for d > 0 {
		column, power := m.levels[d-1][k].column, 0
		for ; d > 0 && m.levels[d-1][k].column == column; d-- {
			k = m.levels[d-1][k].rest
			power++
		}
		word := m.inputs[column]
		if power > 1 {
			word = fmt.Sprintf("%s^%d", word, power)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// Transform returns the products. A value that is not a finite number is an error,
// and so are a product that overflows and more than MaxBytes of them.
func (m *PolynomialFeaturesModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := m.transform(X)
	return out, at("PolynomialFeatures", err)
}

func (m *PolynomialFeaturesModel) transform(X *Matrix) (*Matrix, error) {
	if err := m.columns.check(X); err != nil {
		return nil, err
	}
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	if err := m.params.checkMemory(X.rows, X.cols); err != nil {
		return nil, err
	}
	out, next := newMatrix(X.rows, len(m.Names), m.Names), 0
	if m.params.IncludeBias {
		copy(out.Col(0), filled(X.rows, 1))
		next = 1
	}
	var below [][]float64
	for d := 1; d <= len(m.levels); d++ {
		made := make([][]float64, len(m.levels[d-1]))
		for k := range made {
			if d >= m.params.MinDegree {
				made[k] = out.Col(next)
				next++
			} else {
				made[k] = make([]float64, X.rows) // for higher degrees only
			}
		}
		if err := m.multiply(made, below, X, d); err != nil {
			return nil, err
		}
		below = made
	}
	return out, nil
}

// multiply makes the products of degree d of those below.
func (m *PolynomialFeaturesModel) multiply(made, below [][]float64, X *Matrix, d int) error {
	return forColumns(context.Background(), len(made), X.rows, func(k int) error {
		p, dst := m.levels[d-1][k], made[k]
		if d == 1 {
			copy(dst, X.Col(p.column))
			return nil
		}
		multiplyInto(dst, X.Col(p.column), below[p.rest])
		if i := slices.IndexFunc(dst, notFinite); i >= 0 {
			return &CellError{i, p.column, m.name(d, k), "the product is more than a float64 can hold"}
		}
		return nil
	})
}
