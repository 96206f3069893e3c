package pipeline_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// fields are what the random documents have at the top; only "arr" and what is
// in "n" hold arrays, so that no sort meets two of them at once.
var fields = []string{"i", "a", "b", "n", "arr"}

// generator makes random documents and pipelines of few values, so that
// groups, ties and matches are frequent.
type generator struct{ *rand.Rand }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) scalar() any {
	return pick[any](g,
		nil, int32(0), int32(1), int32(-7), int32(math.MaxInt32), int64(1), int64(1<<53+1), int64(1<<53),
		int64(math.MaxInt64), int64(math.MinInt64), 0.0, math.Copysign(0, -1), 1.0, 0.25, -7.5, float64(1<<53),
		math.NaN(), math.Inf(1), math.Inf(-1), "", "a", "ab", "B", true, false,
		bson.DateTime(-1), bson.DateTime(1), bson.ObjectID{1}, bson.ObjectID{2})
}

func (g generator) array(depth int) bson.A {
	arr := bson.A{}
	for range g.IntN(4) {
		arr = append(arr, g.value(depth-1))
	}
	return arr
}

func (g generator) document(depth int) bson.D {
	doc := bson.D{}
	for _, key := range []string{"x", "y", "0"} {
		if g.IntN(3) > 0 {
			doc = append(doc, bson.E{Key: key, Value: g.value(depth - 1)})
		}
	}
	return doc
}

func (g generator) value(depth int) any {
	if depth > 0 {
		switch g.IntN(5) {
		case 0:
			return g.array(depth)
		case 1, 2:
			return g.document(depth)
		}
	}
	return g.scalar()
}

func (g generator) documents(n int) []bson.D {
	docs := make([]bson.D, n)
	for i := range docs {
		docs[i] = bson.D{{Key: "i", Value: int32(i)}}
		for _, key := range []string{"a", "b"} {
			if g.IntN(5) > 0 {
				docs[i] = append(docs[i], bson.E{Key: key, Value: pick(g, g.scalar(), any(g.document(1)))})
			}
		}
		if g.IntN(5) > 0 {
			docs[i] = append(docs[i], bson.E{Key: "n", Value: g.value(3)})
		}
		if g.IntN(5) > 0 {
			docs[i] = append(docs[i], bson.E{Key: "arr", Value: pick[any](g, g.array(2), g.scalar())})
		}
	}
	return docs
}

var matchPaths = []string{"a", "b", "n", "arr", "n.x", "n.y", "n.x.y", "n.0", "n.1", "n.0.x", "n.x.0", "arr.0", "arr.1", "arr.x", "arr.0.y", "a.x"}

func (g generator) match(paths []string) bson.D {
	filter := bson.D{}
	for _, i := range g.Perm(len(paths))[:1+g.IntN(min(2, len(paths)))] {
		want := pick[any](g, g.scalar(), g.scalar(), g.document(1), g.array(1))
		if g.IntN(3) > 0 {
			ops := bson.D{{Key: pick(g, "$eq", "$ne", "$gt", "$gte", "$lt", "$lte"), Value: want}}
			if g.IntN(3) == 0 {
				ops = append(ops, bson.E{Key: pick(g, "$ne", "$gte", "$lte"), Value: g.scalar()})
			}
			if len(ops) == 2 && ops[0].Key == ops[1].Key {
				ops = ops[:1]
			}
			want = ops
		}
		filter = append(filter, bson.E{Key: paths[i], Value: want})
	}
	return filter
}

func (g generator) group(paths []string) bson.D {
	spec := bson.D{{Key: "_id", Value: pick[any](g, nil, int32(3), "k", "$"+pick(g, paths...), "$"+pick(g, paths...))}}
	for _, name := range []string{"p", "q", "r"} {
		expr := pick[any](g, "$"+pick(g, paths...), "$"+pick(g, paths...), "$"+pick(g, paths...), int32(1), 0.5)
		acc := bson.D{{Key: pick(g, "$sum", "$avg", "$min", "$max"), Value: expr}}
		if g.IntN(6) == 0 {
			acc = bson.D{{Key: "$count", Value: bson.D{}}}
		}
		spec = append(spec, bson.E{Key: name, Value: acc})
	}
	return spec
}

func (g generator) sort(paths []string) bson.D {
	spec := bson.D{}
	for _, i := range g.Perm(len(paths))[:1+g.IntN(len(paths))] {
		spec = append(spec, bson.E{Key: paths[i], Value: pick(g, int32(1), int32(-1))})
	}
	return spec
}

// pipeline makes one to four stages and tells the columns of the output.
func (g generator) pipeline() (pipe []bson.D, columns []string) {
	columns = fields
	matches, groups := matchPaths, []string{"a", "b", "n", "arr", "n.x", "n.y.x", "arr.x", "n.0"}
	sorts := [][]string{{"a", "b", "arr"}, {"a", "n.x", "b"}, {"n", "a"}, {"a.x", "arr.y"}, {"i"}}
	for range 1 + g.IntN(4) {
		var s bson.E
		switch g.IntN(5) {
		case 0, 1:
			s = bson.E{Key: "$match", Value: g.match(matches)}
		case 2:
			s = bson.E{Key: "$group", Value: g.group(groups)}
			columns = []string{"_id", "p", "q", "r"}
			matches, groups, sorts = columns, columns, [][]string{{"_id"}, {"p"}, {"q"}, {"r"}}
		case 3:
			s = bson.E{Key: "$sort", Value: g.sort(pick(g, sorts...))}
		case 4:
			s = bson.E{Key: "$limit", Value: pick(g, int32(1), 2, 5, 17, 1000)}
		}
		pipe = append(pipe, bson.D{s})
	}
	return pipe, columns
}

// expect compares a table with the reference's documents, cell by cell.
func expect(t *testing.T, want []bson.D, got *monary.Table, columns []string, about string) {
	t.Helper()
	require.Equal(t, len(want), got.NumRows(), about)
	for row, doc := range want {
		for _, name := range columns {
			s, ok := got.Lookup(name)
			require.True(t, ok, "%s: column %s", about, name)
			cell := valueOf(t, lookup(doc, name))
			if isNaN(number(cell)) && isNaN(number(s.Value(row))) && !slices.Contains(fields, name) {
				continue // which NaN comes of a sum is the processor's choice
			}
			if !sameBytes(cell, s.Value(row)) {
				require.Fail(t, "cells differ", "%s\nrow %d column %s: want %s got %s", about, row, name, show(cell), show(s.Value(row)))
			}
		}
	}
}

// number is a cell's double, 0 for other types.
func number(v monary.Value) float64 {
	x, _ := v.Double()
	return x
}

// relaxed is what a pipeline is called in a failure.
func relaxed(pipe []bson.D) string {
	text, err := bson.MarshalExtJSON(bson.D{{Key: "pipeline", Value: pipe}}, true, false)
	return fmt.Sprintf("%s %v", text, err)
}

func TestRandomDump(t *testing.T) {
	seeds := uint64(6)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			g := generator{rand.New(rand.NewPCG(seed, 1))}
			docs := g.documents(150)
			src := openDocs(t, docs...)
			for range 90 {
				pipe, columns := g.pipeline()
				want := reference(docs, pipe)
				rows := pick(g, 1, 3, 1024)
				r, err := src.Aggregate(context.Background(), pipe, anySchema(t, columns...), monary.BatchRows(rows))
				require.NoError(t, err, relaxed(pipe))
				got, err := r.Table()
				require.NoError(t, err, relaxed(pipe))
				expect(t, want, got, columns, relaxed(pipe))
			}
		})
	}
}

func TestRandomTable(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			g := generator{rand.New(rand.NewPCG(seed, 2))}
			docs := g.documents(150)
			table := anyTable(t, docs, fields...)
			for range 90 {
				pipe, columns := g.pipeline()
				got, err := pipeline.Run(context.Background(), table, pipe)
				require.NoError(t, err, relaxed(pipe))
				require.Equal(t, columns, got.ColumnNames())
				expect(t, reference(docs, pipe), widened(t, got, reference(docs, pipe)), columns, relaxed(pipe))
			}
		})
	}
}

// widened undoes what narrowing may do to a column of numbers: mixed integers
// that became int64 and integers that became float64 are shown with the types
// the reference has, if the values are the same.
func widened(t *testing.T, got *monary.Table, want []bson.D) *monary.Table {
	t.Helper()
	columns := make([]*monary.Series, got.NumColumns())
	for i := range columns {
		s := got.Series(i)
		values := make([]monary.Value, s.Len())
		for row := range values {
			values[row] = s.Value(row)
			if row >= len(want) {
				continue
			}
			cell := valueOf(t, lookup(want[row], s.Name()))
			if cell.IsNumber() && values[row].IsNumber() && monary.Compare(cell, values[row]) == 0 {
				values[row] = cell
			}
		}
		columns[i] = monary.ColumnOf(s.Name(), values, nil)
	}
	table, err := monary.NewTable(columns...)
	require.NoError(t, err)
	return table
}
