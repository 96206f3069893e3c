package pipeline_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// A filter on columns of one type compares numbers, dates and words of a dictionary as what they are.
// Inside $or it goes row by row; both keep the same rows.
func TestMatchOfOneType(t *testing.T) {
	seeds := uint64(80)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		g := generator{rand.New(rand.NewPCG(seed, 5))}
		docs := g.columns(pick(g, 1, 50, 300))
		src := openDocs(t, docs...)
		for range 20 {
			condition := func() bson.D {
				operand := pick(g, g.runOf()(), any(pick(g, 0.5, 1, 2, 1e300, math.Inf(-1), float64(1<<53), math.NaN())), any(int64(1<<62)))
				op := pick(g, "$eq", "$ne", "$gt", "$gte", "$lt", "$lte")
				switch {
				case operand == bson.Undefined{}:
					operand = nil
				case g.IntN(6) == 0:
					op, operand = pick(g, "$in", "$nin"), bson.A{operand, int32(1), "a"}
				case g.IntN(6) == 0:
					op, operand = "$exists", g.IntN(2) == 0
				}
				return bson.D{{Key: pick(g, "a", "b"), Value: bson.D{{Key: op, Value: operand}}}}
			}
			one, two := condition(), condition()
			about := fmt.Sprintf("seed %d, %v and %v", seed, one, two)
			columns, err := aggregate(t, src, bson.A{bson.D{{Key: "$match", Value: one}}, bson.D{{Key: "$match", Value: two}}}, "i")
			require.NoError(t, err, about)
			rows, err := aggregate(t, src, bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "$and", Value: bson.A{
				bson.D{{Key: "$or", Value: bson.A{one}}}, bson.D{{Key: "$or", Value: bson.A{two}}},
			}}}}}}, "i")
			require.NoError(t, err, about)
			require.Equal(t, cells(rows), cells(columns), about)
		}
	}
}
