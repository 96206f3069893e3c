package pipeline_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// runOf returns a maker of values of one type, of which some are equal to values of other types.
func (g generator) runOf() func() any {
	decimal := func(text string) bson.Decimal128 {
		d, err := bson.ParseDecimal128(text)
		if err != nil {
			panic(err)
		}
		return d
	}
	return pick(g,
		func() any { return int32(g.IntN(4)) },
		func() any { return int64(g.IntN(4)) },
		func() any {
			return pick(g, 0, math.Copysign(0, -1), 1, 2.5, math.NaN(), -math.NaN(), math.Inf(1), 1e300)
		},
		func() any { return pick(g, "", "a", "b", "ab", "a longer text than two words", "\x00") },
		func() any { return bson.DateTime(g.IntN(3)) },
		func() any { return pick(g, decimal("1.0"), decimal("2.5"), decimal("7")) },
		func() any { return pick[any](g, nil, bson.Undefined{}, int32(1), "a") },
		func() any {
			return pick[any](g, bson.Symbol("a"), bson.ObjectID{1}, true, bson.D{{Key: "x", Value: 1.0}})
		},
	)
}

// runs makes documents whose fields keep their types for some documents, as real ones mostly do.
func (g generator) runs(n int) []bson.D {
	docs := make([]bson.D, n)
	for i := range docs {
		docs[i] = bson.D{{Key: "i", Value: int32(i)}}
	}
	for _, key := range []string{"a", "b", "v"} {
		for i := 0; i < n; {
			of, missing := g.runOf(), g.IntN(3) == 0
			for end := min(n, i+1+g.IntN(20)); i < end; i++ {
				if !missing || g.IntN(3) > 0 {
					docs[i] = append(docs[i], bson.E{Key: key, Value: of()})
				}
			}
		}
	}
	return docs
}

// countedByKey groups row by row by the key of an id, in the order of first sight.
func countedByKey(t *testing.T, docs []bson.D, id func(doc bson.D) any) (ids []monary.Value, counts []int) {
	number := map[string]int{}
	for _, doc := range docs {
		v := valueOf(t, id(doc))
		if v.IsMissing() {
			v = monary.NullValue
		}
		key := string(v.AppendKey(nil))
		if _, known := number[key]; !known {
			number[key] = len(ids)
			ids, counts = append(ids, v), append(counts, 0)
		}
		counts[number[key]]++
	}
	return ids, counts
}

// Columns of one type take ways of their own through $group: tables by type, dictionaries, numbers of
// parts. Whichever batch takes which, the groups are those of a map of keys.
func TestGroupOfRuns(t *testing.T) {
	single := func(doc bson.D) any { return lookup(doc, "a") }
	compound := func(doc bson.D) any {
		out := bson.D{}
		for _, key := range []string{"a", "b"} {
			for _, e := range doc {
				if e.Key == key {
					out = append(out, e)
				}
			}
		}
		return out
	}
	for seed := range uint64(24) {
		g := generator{rand.New(rand.NewPCG(seed, 3))}
		docs := g.runs(300)
		src := openDocs(t, docs...)
		for name, of := range map[string]func(doc bson.D) any{"$a": single, "compound": compound} {
			id := any("$a")
			if name == "compound" {
				id = bson.D{{Key: "a", Value: "$a"}, {Key: "b", Value: "$b"}}
			}
			for _, least := range []int32{0, 100} {
				about := fmt.Sprintf("seed %d, %s, from %d", seed, name, least)
				pipe := bson.A{
					bson.D{{Key: "$match", Value: bson.D{{Key: "i", Value: bson.D{{Key: "$gte", Value: least}}}}}},
					bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: id}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
				}
				wantIDs, wantCounts := countedByKey(t, docs[least:], of)
				r, err := src.Aggregate(context.Background(), pipe, anySchema(t, "_id", "n"), monary.BatchRows(pick(g, 1, 3, 17, 1024)))
				require.NoError(t, err, about)
				got, err := r.Table()
				require.NoError(t, err, about)
				require.Equal(t, len(wantIDs), got.NumRows(), about)
				for row, want := range wantIDs {
					require.Equal(t, show(want), show(got.Series(0).Value(row)), about)
					n, _ := got.Series(1).Value(row).Int()
					require.EqualValues(t, wantCounts[row], n, about)
				}
			}
		}
	}
}
