package table

import (
	"math"
	"slices"

	"github.com/penstock/penstock/monary"
)

// Describe returns a row for each of the named columns, or for each column of numbers if
// none is named (bools are not among them), with these columns:
//
//	column              string, its name
//	count               int64, of values
//	mean, std           float64; std is that of a sample (n-1) and null for less than two values
//	min, 25%, 50%, 75%, max
//	                    float64; quartiles between two values are interpolated linearly (Hyndman and Fan 1996, type 7)
//
// These are the numbers of pandas. A column without values has nulls for them, one with a
// NaN has NaN.
func Describe(t *monary.Table, columns ...string) (*monary.Table, error) {
	of, err := numeric(t, columns)
	if err != nil {
		return nil, errorf("describe: %w", err)
	}
	all := make([]summary, len(of))
	parallel(len(of), func(i int) { all[i] = summarize(of[i]) })
	names, counts := make([]string, len(of)), make([]int64, len(of))
	for i, s := range of {
		names[i], counts[i] = s.Name(), int64(s.Len()-s.NullCount())
	}
	out := []*monary.Series{monary.ColumnOf("column", names, nil), monary.ColumnOf("count", counts, nil)}
	for k, name := range []string{"mean", "std", "min", "25%", "50%", "75%", "max"} {
		values, valid := make([]float64, len(of)), make([]bool, len(of))
		for i := range of {
			values[i], valid[i] = all[i].values[k], counts[i] > 0 && (k != 1 || counts[i] > 1)
		}
		out = append(out, monary.ColumnOf(name, values, valid))
	}
	return newTable(out)
}

// numeric returns the named columns, which must hold numbers, or all that do.
func numeric(t *monary.Table, names []string) ([]*monary.Series, error) {
	of, err := findOrAll(t, names)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return slices.DeleteFunc(of, func(s *monary.Series) bool { return !isFigure(s.Type().Kind) }), nil
	}
	for _, s := range of {
		if err := needNumbers(s); err != nil {
			return nil, err
		}
	}
	return of, nil
}

// summary is mean, std, min, the quartiles and max.
type summary struct{ values [7]float64 }

func summarize(s *monary.Series) (out summary) {
	values := present(floatsOf(s))
	if len(values) == 0 {
		return out
	}
	least, most := slices.Min(values), slices.Max(values) // NaN if there is one
	if least != least {
		for k := range out.values {
			out.values[k] = math.NaN()
		}
		return out
	}
	out.values[0], out.values[1] = spreadOf(values, least == most)
	sortRanks(values, quartileRanks(len(values)))
	for k := range 3 {
		out.values[3+k] = quantile(values, float64(k+1)/4)
	}
	out.values[2], out.values[6] = least, most
	return out
}

// quartileRanks are the ranks that the quartiles of n values lie between.
func quartileRanks(n int) []int {
	var ranks []int
	for k := range 3 {
		low := int(float64(k+1) / 4 * float64(n-1))
		ranks = append(ranks, low, min(low+1, n-1))
	}
	slices.Sort(ranks)
	return ranks
}

// spreadOf is the mean and the standard deviation of values. A second pass over them is
// more exact than Welford's one.
func spreadOf(values []float64, constant bool) (mean, std float64) {
	if constant {
		return values[0], 0
	}
	n := float64(len(values))
	var sum, squares total
	for _, x := range values {
		sum.add(x)
	}
	mean = sum.value() / n
	for _, x := range values {
		squares.add((x - mean) * (x - mean))
	}
	return mean, math.Sqrt(squares.value() / (n - 1))
}

// present returns a copy of the values that there are.
func present(values []float64, valid []bool) []float64 {
	if valid == nil {
		return slices.Clone(values)
	}
	kept := make([]float64, 0, len(values))
	for i, x := range values {
		if valid[i] {
			kept = append(kept, x)
		}
	}
	return kept
}

// quantile is the q-quantile of values, the two around it in their places, between which it
// is interpolated from the nearer one, as numpy does.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	a, b, t := sorted[low], sorted[min(low+1, len(sorted)-1)], at-math.Floor(at)
	switch {
	case a == b || t == 0: // also where the difference is infinite or NaN
		return a
	case t >= 0.5:
		return b - (b-a)*(1-t)
	}
	return a + (b-a)*t
}
