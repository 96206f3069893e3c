package table_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline/table"
)

// Quartiles are found without sorting; these shapes are hard for such methods.
func TestQuartilesAreThoseOfSortedValues(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for name, value := range map[string]func(i, n int) float64{
		"random":     func(int, int) float64 { return r.NormFloat64() },
		"ties":       func(int, int) float64 { return float64(r.IntN(3)) },
		"rising":     func(i, _ int) float64 { return float64(i) },
		"falling":    func(i, _ int) float64 { return float64(-i) },
		"organ pipe": func(i, n int) float64 { return float64(min(i, n-i)) },
		"saw":        func(i, _ int) float64 { return float64(i % 7) },
		"infinities": func(int, int) float64 { return []float64{math.Inf(1), math.Inf(-1), 1}[r.IntN(3)] },
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{1, 2, 3, 4, 5, 63, 64, 65, 66, 200, 1000, 4097} {
				values := make([]float64, n)
				for i := range values {
					values[i] = value(i, n)
				}
				given := slices.Clone(values)
				out, err := table.Describe(newTable(t, monary.ColumnOf("x", values, nil)))
				require.NoError(t, err)
				require.Equal(t, given, values, "the input stays")
				slices.Sort(values)
				for q, column := range []string{"min", "25%", "50%", "75%", "max"} {
					got, err := monary.Values[float64](out, column)
					require.NoError(t, err)
					at := float64(q) / 4 * float64(n-1)
					low := int(at)
					a, b := values[low], values[min(low+1, n-1)]
					want, part := a, at-float64(low)
					switch {
					case a == b || part == 0:
					case part < 0.5:
						want = a + (b-a)*part
					default: // it matters for infinities
						want = b - (b-a)*(1-part)
					}
					if math.IsInf(want, 0) || math.IsNaN(want) {
						require.Equal(t, fmt.Sprint(want), fmt.Sprint(got[0]))
						continue
					}
					require.InDelta(t, want, got[0], 1e-12*math.Max(1, math.Abs(want)), "%s of %d", column, n)
				}
			}
		})
	}
}
