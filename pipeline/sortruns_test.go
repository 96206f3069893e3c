package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// sortedRows are the numbers of documents in the order that a stable sort of their values gives.
func sortedRows(t *testing.T, docs []bson.D, keys bson.D) []int32 {
	rows := make([]int32, len(docs))
	values := make([][]monary.Value, len(keys))
	for k, key := range keys {
		for _, doc := range docs {
			v := valueOf(t, lookup(doc, key.Key))
			if v.IsMissing() {
				v = monary.NullValue
			}
			values[k] = append(values[k], v)
		}
	}
	for i := range rows {
		rows[i] = int32(i)
	}
	slices.SortStableFunc(rows, func(x, y int32) int {
		for k, key := range keys {
			if c := monary.Compare(values[k][x], values[k][y]); c != 0 {
				return c * int(key.Value.(int32))
			}
		}
		return 0
	})
	return rows
}

// Columns of one type are sorted by digits of ranks; the order is that of comparisons, with ties, nulls
// and all, for columns as a source and as a table has them, and with only the first rows wanted.
func TestSortOfOneType(t *testing.T) {
	for seed := range uint64(60) {
		g := generator{rand.New(rand.NewPCG(seed, 4))}
		n := pick(g, 1, 7, 300)
		if seed%20 == 0 {
			n = 20_000 // more than are kept where few are wanted
		}
		docs := g.columns(n)
		keys := bson.D{{Key: "a", Value: pick(g, int32(1), -1)}}
		if g.IntN(2) == 0 {
			keys = append(keys, bson.E{Key: "b", Value: pick(g, int32(1), -1)})
		}
		least := pick(g, int32(0), int32(n/3))
		want := sortedRows(t, docs[least:], keys)
		for i := range want {
			want[i] += least
		}
		pipe := bson.A{
			bson.D{{Key: "$match", Value: bson.D{{Key: "i", Value: bson.D{{Key: "$gte", Value: least}}}}}},
			bson.D{{Key: "$sort", Value: keys}},
		}
		if g.IntN(2) == 0 {
			skip, limit := g.IntN(5), 1+g.IntN(20)
			pipe = append(pipe, bson.D{{Key: "$skip", Value: skip}}, bson.D{{Key: "$limit", Value: limit}})
			want = want[min(skip, len(want)):]
			want = want[:min(limit, len(want))]
		}
		about := fmt.Sprintf("seed %d, %d rows, %v", seed, n, pipe)
		table, err := aggregate(t, openDocs(t, docs...), pipe, "i")
		require.NoError(t, err, about)
		got, err := monary.Values[monary.Value](table, "i")
		require.NoError(t, err)
		require.Equal(t, len(want), len(got), about)
		for i, v := range got {
			row, _ := v.Int()
			require.EqualValues(t, want[i], row, about)
		}
		if len(want) == 0 || slices.ContainsFunc(docs, holdsUndefined) {
			continue // which a narrow column does not tell from null
		}
		table, err = pipeline.Run(context.Background(), narrowed(t, anyTable(t, docs, "i", "a", "b")), pipe)
		require.NoError(t, err, about)
		rows, err := monary.Values[int32](table, "i")
		require.NoError(t, err)
		require.Equal(t, want, rows, about)
	}
}

// columns makes documents whose fields have one type each, or are missing or null.
func (g generator) columns(n int) []bson.D {
	docs := make([]bson.D, n)
	for i := range docs {
		docs[i] = bson.D{{Key: "i", Value: int32(i)}}
	}
	for _, key := range []string{"a", "b"} {
		of, gaps := g.runOf(), g.IntN(2)
		for i := range docs {
			switch {
			case gaps == 0 || g.IntN(4) > 0:
				docs[i] = append(docs[i], bson.E{Key: key, Value: of()})
			case g.IntN(2) == 0:
				docs[i] = append(docs[i], bson.E{Key: key, Value: nil})
			}
		}
	}
	return docs
}

func holdsUndefined(doc bson.D) bool {
	return slices.ContainsFunc(doc, func(e bson.E) bool { return e.Value == bson.Undefined{} })
}

func narrowed(t *testing.T, table *monary.Table) *monary.Table {
	columns := make([]*monary.Series, table.NumColumns())
	for i := range columns {
		columns[i] = table.Series(i).Narrow()
	}
	out, err := monary.NewTable(columns...)
	require.NoError(t, err)
	return out
}
