package ml

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// CorrelationFilter drops columns until no two of those that remain are correlated
// by more than Cutoff: findCorrelation of the R package caret (Kuhn), with
// exact = TRUE for any number of columns.
//
// Pairs are visited in the order of the columns' mean absolute correlation with all
// others, the highest first and the lowest index first of equal ones. Of a pair
// above the cutoff the first column goes if its mean correlation with the columns
// still there is higher than the mean of all their correlations, the second one's
// row left out; else the second one.
//
// A constant column is correlated with nothing: it is kept, and takes no part in
// the means. caret takes no such column.
type CorrelationFilter struct {
	Cutoff float64 // of the absolute correlation, from 0 to 1; exactly that much may remain
}

var _ Transformer = CorrelationFilter{}

// NewCorrelationFilter returns caret's default, a cutoff of 0.9.
func NewCorrelationFilter() CorrelationFilter { return CorrelationFilter{Cutoff: 0.9} }

// Fit finds out which columns of X to drop. It takes at least two rows and only
// finite numbers.
func (f CorrelationFilter) Fit(ctx context.Context, X *Matrix) (*CorrelationFilterModel, error) {
	var check paramCheck
	check.want(f.Cutoff >= 0 && f.Cutoff <= 1, "Cutoff", f.Cutoff, "a number from 0 to 1")
	if err := check.err(); err != nil {
		return nil, at("CorrelationFilter", err)
	}
	r, err := correlation(ctx, X)
	if err != nil {
		return nil, at("CorrelationFilter", err)
	}
	m := newCorrelationPruning(r).run(f.Cutoff)
	m.columns = columnsOf(X)
	return m, nil
}

// FitTransformer is Fit.
func (f CorrelationFilter) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := f.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// CorrelationFilterModel is a fitted CorrelationFilter. Its fields are to be read
// only.
type CorrelationFilterModel struct {
	Kept     []int           // columns that Transform returns, ascending
	Dropped  []DroppedColumn // the others, in the order in which they were dropped
	Constant []int           // those among Kept that do not vary, ascending

	columns columnSet
}

// DroppedColumn is a column and why it was dropped.
type DroppedColumn struct {
	Col  int     // of X, from 0
	With int     // the column it is correlated with, which may have been dropped later
	R    float64 // their correlation
}

var _ TransformerModel = (*CorrelationFilterModel)(nil)

// Transform returns the columns that are kept.
func (m *CorrelationFilterModel) Transform(X *Matrix) (*Matrix, error) {
	if err := m.columns.check(X); err != nil {
		return nil, at("CorrelationFilter", err)
	}
	out := newMatrix(X.rows, len(m.Kept), nil)
	if X.names != nil {
		out.names = takeFrom(X.names, m.Kept)
	}
	for k, j := range m.Kept {
		copy(out.Col(k), X.Col(j))
	}
	return out, nil
}

// correlationPruning knows which columns are left, and the sums of the absolute
// correlations between them.
type correlationPruning struct {
	r     *Matrix
	left  []bool // per column; a constant one never is
	count int
	sums  []exactSum // per column, over the others that are left
	total exactSum   // of sums
}

func newCorrelationPruning(r *Matrix) *correlationPruning {
	p := &correlationPruning{r: r, left: make([]bool, r.cols), sums: make([]exactSum, r.cols)}
	for j := range r.cols {
		if p.left[j] = !math.IsNaN(r.At(j, j)); p.left[j] {
			p.count++
		}
	}
	for j := range r.cols {
		p.eachOther(j, func(_ int, r float64) {
			p.sums[j].add(r)
			p.total.add(r)
		})
	}
	return p
}

// eachOther calls f for the columns left, except j itself, with the absolute
// correlation.
func (p *correlationPruning) eachOther(j int, f func(i int, r float64)) {
	if !p.left[j] {
		return
	}
	for i, r := range p.r.Col(j) {
		if p.left[i] && i != j {
			f(i, math.Abs(r))
		}
	}
}

func (p *correlationPruning) run(cutoff float64) *CorrelationFilterModel {
	m := &CorrelationFilterModel{}
	order := p.order()
	for place, i := range order {
		for _, j := range order[place+1:] {
			if !p.left[i] || !p.left[j] || math.Abs(p.r.At(i, j)) <= cutoff {
				continue
			}
			drop, with := j, i
			if p.mean(i) > p.meanWithout(j) {
				drop, with = i, j
			}
			p.drop(drop)
			m.Dropped = append(m.Dropped, DroppedColumn{drop, with, p.r.At(i, j)})
		}
	}
	for j, left := range p.left {
		constant := math.IsNaN(p.r.At(j, j))
		if left || constant {
			m.Kept = append(m.Kept, j)
		}
		if constant {
			m.Constant = append(m.Constant, j)
		}
	}
	return m
}

// order returns the columns that vary, the one of the highest mean first.
func (p *correlationPruning) order() []int {
	means := make([]float64, len(p.left))
	var order []int
	for j, left := range p.left {
		if left {
			means[j] = p.mean(j)
			order = append(order, j)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(means[b], means[a]) })
	return order
}

// mean of column j's correlations with the others.
func (p *correlationPruning) mean(j int) float64 { return p.sums[j].over(p.count - 1) }

// meanWithout is the mean of all correlations in the matrix without row j, whose
// column remains.
func (p *correlationPruning) meanWithout(j int) float64 {
	rest := p.total
	rest.add(-p.sums[j].hi)
	rest.add(-p.sums[j].lo)
	return rest.over((p.count - 1) * (p.count - 1))
}

func (p *correlationPruning) drop(j int) {
	p.eachOther(j, func(i int, r float64) {
		p.sums[i].add(-r)
		p.total.add(-r)
		p.total.add(-r) // of row i and of row j
	})
	p.left[j] = false
	p.count--
}

// exactSum adds numbers with twice the digits of float64 (Knuth's two-sum). R's means
// have more digits than float64 too: ones that are equal must compare as equal, in
// whatever order they were added.
type exactSum struct{ hi, lo float64 }

func (s *exactSum) add(v float64) {
	sum := s.hi + v
	rest := sum - s.hi
	s.lo += (s.hi - (sum - rest)) + (v - rest)
	s.hi = sum
}

// over returns the sum divided by n, rounded once.
func (s exactSum) over(n int) float64 {
	count := float64(n)
	quotient := s.hi / count
	rest := math.FMA(-quotient, count, s.hi) + s.lo
	return quotient + rest/count
}
