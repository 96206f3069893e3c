package ml_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// Rows that do not all fit into memory are computed by blocks where it is known which come next. The
// model is that of a matrix kept whole, to the last bit, for caches of less than a block, of some blocks
// and of nearly all rows.
func TestSVCByBlocksOfRows(t *testing.T) {
	X, y := rings(11, 700, 5)
	row := 4.0 * 704 / (1 << 20) // MB
	for _, c := range []float64{0.5, 50} {
		svc := ml.NewSVC()
		svc.C, svc.MaxGap = c, 1e-9
		want := fitted(svc.Fit(t.Context(), X, y))(t)
		require.False(t, want.CacheTooSmall())
		for _, rows := range []float64{2, 5, 6, 7, 50, 300} {
			svc.CacheSize = rows * row
			got := fitted(svc.Fit(t.Context(), X, y))(t)
			about := fmt.Sprintf("C %v, %v rows", c, rows)
			assert.True(t, got.CacheTooSmall(), about)
			requireSameSVC(t, want, got)
		}
	}
}
