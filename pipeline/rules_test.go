package pipeline_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// TestMatchRules checks single documents; the random tests cover mixtures.
func TestMatchRules(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name, why string
		doc       bson.D
		filter    bson.D
		want      bool
	}{
		{"NullMissing", "null matches a field that is not there", d("x", 1), d("a", nil), true},
		{"NullIsNotZero", "null is a type of its own", d("a", 0), d("a", nil), false},
		{"GteNull", "$gte null is equality with null", d("x", 1), d("a", d("$gte", nil)), true},
		{"GtNull", "nothing is above null in its bracket", d("a", 1), d("a", d("$gt", nil)), false},
		{"NeNull", "$ne is the negation of equality", d("a", 1), d("a", d("$ne", nil)), true},
		{"NeMissing", "what is missing is not 5", d(), d("a", d("$ne", 5)), true},
		{"LtMissing", "what is missing is below no number", d(), d("a", d("$lt", 5)), false},
		{"Brackets", "text and numbers are not compared", d("a", "9"), d("a", d("$gt", 5)), false},
		{"BoolBracket", "booleans are no numbers", d("a", true), d("a", 1), false},
		{"AcrossNumbers", "1 is 1.0", d("a", int64(1)), d("a", 1.0), true},
		{"Beyond53Bits", "an int64 is compared with a double by value", d("a", int64(1<<53+1)), d("a", float64(1<<53)), false},
		{"NaN", "NaN equals NaN", d("a", nan), d("a", nan), true},
		{"NaNLte", "and so is not above itself", d("a", nan), d("a", d("$lte", nan)), true},
		{"NaNLt", "NaN is below no number here", d("a", nan), d("a", d("$lt", 5)), false},
		{"Zeros", "-0 is 0", d("a", math.Copysign(0, -1)), d("a", 0), true},
		{"Element", "an array matches by element", d("a", bson.A{1, 2}), d("a", 2), true},
		{"Whole", "and as a whole", d("a", bson.A{1, 2}), d("a", bson.A{1, 2}), true},
		{"WholeOrder", "in order", d("a", bson.A{1, 2}), d("a", bson.A{2, 1}), false},
		{"Inner", "and as an element that is an array", d("a", bson.A{bson.A{1, 2}}), d("a", bson.A{1, 2}), true},
		{"NotInner", "but not by elements of elements", d("a", bson.A{bson.A{1, 2}}), d("a", 1), false},
		{"NeElement", "$ne means no element is", d("a", bson.A{1, 2}), d("a", d("$ne", 2)), false},
		{"EachOwn", "each operator may find another element", d("a", bson.A{1, 9}), d("a", d("$gt", 5, "$lt", 3)), true},
		{"Document", "a document matches as a whole", d("a", d("x", 1)), d("a", d("x", 1.0)), true},
		{"DocumentOrder", "its keys in order", d("a", d("x", 1, "y", 2)), d("a", d("y", 2, "x", 1)), false},
		{"Dotted", "a path leads into documents", d("a", d("b", d("c", 1))), d("a.b.c", 1), true},
		{"DottedArray", "and into the documents of an array", d("a", bson.A{d("b", 1), d("b", 2)}), d("a.b", 2), true},
		{"DottedNull", "one document without the field is enough", d("a", bson.A{d("b", 1), d()}), d("a.b", nil), true},
		{"DottedEmpty", "an empty array has no documents", d("a", bson.A{}), d("a.b", nil), false},
		{"DottedScalar", "a number has no fields", d("a", 1), d("a.b", nil), true},
		{"Position", "a number is a position", d("a", bson.A{5, 6}), d("a.1", 6), true},
		{"PositionWhole", "at the end of a path it means the element alone", d("a", bson.A{bson.A{1, 2}}), d("a.0", 1), false},
		{"PositionScalar", "an element that is a number has no fields", d("a", bson.A{5}), d("a.0.b", nil), false},
		{"PositionNotation", "01 is a key, not a position", d("a", bson.A{5, 6}), d("a.01", 6), false},
		{"PositionSign", "+1 is a key, not a position", d("a", bson.A{5, 6}), d("a.+1", 6), false},
		{"PositionKey", "and may be a key as well", d("a", bson.A{d("1", 7)}), d("a.1", 7), true},
		{"PositionTwice", "positions reach into arrays in arrays", d("a", bson.A{bson.A{4, 5}}), d("a.0.1", 5), true},
		{"GtArray", "arrays are in order among themselves", d("a", bson.A{3}), d("a", d("$gt", bson.A{2})), true},
		{"EmptyFilter", "no condition, no refusal", d("a", 1), d(), true},
		{"EmptyDocument", "{} is equality with an empty document", d("a", d()), d("a", d()), true},
		{"Implicit", "$eq is what stands for no operator", d("a", bson.A{1}), d("a", d("$eq", 1)), true},
		{"Date", "dates have a bracket of their own", d("a", bson.DateTime(5)), d("a", d("$gt", 4)), false},
		{"Bytes", "text is compared by bytes", d("a", "Z"), d("a", d("$lt", "a")), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := aggregate(t, openDocs(t, c.doc), stage("$match", c.filter), "a")
			require.NoError(t, err)
			assert.Equal(t, c.want, got.NumRows() == 1, c.why)
			table := anyTable(t, []bson.D{c.doc}, "a")
			got, err = pipeline.Run(context.Background(), table, stage("$match", c.filter))
			require.NoError(t, err)
			assert.Equal(t, c.want, got.NumRows() == 1, "on a table: %s", c.why)
		})
	}
}

func TestSortRules(t *testing.T) {
	for _, c := range []struct {
		name, why string
		docs      []bson.D // in the order wanted, given in reverse
		spec      bson.D
	}{
		{"Types", "the order of BSON types",
			[]bson.D{d("a", nil), d("a", math.NaN()), d("a", math.Inf(-1)), d("a", 1), d("a", ""), d("a", d("x", 1)),
				d("a", bson.ObjectID{}), d("a", false), d("a", true), d("a", bson.DateTime(0))}, d("a", 1)},
		{"EmptyArray", "comes before null", []bson.D{d("a", bson.A{}), d("a", nil), d("a", 1)}, d("a", 1)},
		{"Least", "an array counts with its least element", []bson.D{d("a", bson.A{9, 1}), d("a", 2), d("a", bson.A{3, 8})}, d("a", 1)},
		{"Greatest", "and descending with its greatest", []bson.D{d("a", bson.A{9, 1}), d("a", bson.A{8, 3}), d("a", 2)}, d("a", -1)},
		{"ArrayInArray", "an element that is an array is one, after all numbers", []bson.D{d("a", nil), d("a", 5), d("a", bson.A{bson.A{1}})}, d("a", 1)},
		{"NoDocuments", "an array without documents has no field: null", []bson.D{d("a", 1, "k", 1), d("a", bson.A{4}, "k", 2)}, d("a.b", 1, "k", 1)},
		{"Dotted", "each document of an array counts", []bson.D{d("a", bson.A{d("b", 5), d("b", 1)}), d("a", d("b", 3))}, d("a.b", 1)},
		{"Position", "a number is a position", []bson.D{d("a", bson.A{1, 9}), d("a", bson.A{2, 0})}, d("a.0", 1)},
		{"Several", "later keys break ties", []bson.D{d("a", 1, "b", 2), d("a", 1.0, "b", 1), d("a", 2, "b", 9)}, d("a", 1, "b", -1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var reversed []bson.D
			for i := range c.docs {
				reversed = append(reversed, append(c.docs[len(c.docs)-1-i], bson.E{Key: "i", Value: int32(len(c.docs) - 1 - i)}))
			}
			got, err := aggregate(t, openDocs(t, reversed...), stage("$sort", c.spec), "i")
			require.NoError(t, err)
			narrow := got.Series(0).Narrow()
			for i := range c.docs {
				n, _ := narrow.Value(i).Int()
				require.Equal(t, int64(i), n, "%s: %v", c.why, column(t, got, "i"))
			}
		})
	}
}

// mongod cannot sort by two arrays of one document.
func TestSortParallelArrays(t *testing.T) {
	docs := []bson.D{d("a", bson.A{1, 2}), d("a", bson.A{1, 2}, "b", bson.A{3, 4})}
	_, err := aggregate(t, openDocs(t, docs...), stage("$sort", d("a", 1, "b", 1)), "a")
	requireStage(t, err, 0, "$sort", "array")
}

// Two keys through one array come of one element for mongod: (1, 5) before
// (1, 9), though the least c of all is in the latter. Refusing is right too.
func TestSortSharedArray(t *testing.T) {
	docs := []bson.D{d("i", "last", "a", bson.A{d("b", 1, "c", 9), d("b", 2, "c", 0)}), d("i", "first", "a", bson.A{d("b", 1, "c", 5)})}
	got, err := aggregate(t, openDocs(t, docs...), stage("$sort", d("a.b", 1, "a.c", 1)), "i")
	if err != nil {
		requireStage(t, err, 0, "$sort", "array")
		return
	}
	assert.Equal(t, []string{`"first"`, `"last"`}, column(t, got, "i"))
}

func TestSortIsStable(t *testing.T) {
	var docs []bson.D
	for i := range 500 {
		docs = append(docs, d("k", i%3, "i", i))
	}
	got, err := aggregate(t, openDocs(t, docs...), stage("$sort", d("k", -1)), "k", "i")
	require.NoError(t, err)
	var last, lastKey int64 = -1, 2
	for row := range 500 {
		k, _ := got.Series(0).Value(row).Int()
		i, _ := got.Series(1).Value(row).Int()
		require.True(t, k < lastKey || k == lastKey && i > last, "row %d", row)
		last, lastKey = i, k
	}
}

func TestGroupRules(t *testing.T) {
	count := bson.D{{Key: "n", Value: d("$count", d())}}
	for _, c := range []struct {
		name, why string
		values    []any
		id        any
		want      []string
	}{
		{"OneIsOne", "1, 1.0 and int64 1 are one group, named by the first", []any{1.0, int32(1), int64(1)}, "$a", []string{"double 1"}},
		{"NullAndMissing", "are one group", []any{missing, nil}, "$a", []string{"null"}},
		{"Zeros", "-0 is 0", []any{0, math.Copysign(0, -1)}, "$a", []string{"int32 0"}},
		{"Booleans", "are no numbers", []any{true, 1}, "$a", []string{"true", "int32 1"}},
		{"Arrays", "are values like others", []any{bson.A{1}, bson.A{1.0}}, "$a", []string{"[1]"}},
		{"Constant", "one group", []any{1, 2}, "x", []string{`"x"`}},
		{"Path", "a path over an array is an array", []any{bson.A{d("b", 1), d(), 7, bson.A{d("b", 2)}}}, "$a.b", []string{"[1]"}},
		{"NoPosition", "a number in an expression is a key", []any{bson.A{5}}, "$a.0", []string{"[]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var docs []bson.D
			for _, v := range c.values {
				doc := d("x", 1)
				if v != missing {
					doc = d("a", v)
				}
				docs = append(docs, doc)
			}
			got, err := aggregate(t, openDocs(t, docs...), stage("$group", append(d("_id", c.id), count...)), "_id", "n")
			require.NoError(t, err)
			assert.Equal(t, c.want, column(t, got, "_id"), c.why)
		})
	}
}

// No group comes of no documents, not even that of null.
func TestGroupOfNothing(t *testing.T) {
	pipe := bson.A{d("$match", d("a", 2)), d("$group", d("_id", nil, "n", d("$count", d())))}
	got, err := aggregate(t, openDocs(t, d("a", 1)), pipe, "_id", "n")
	require.NoError(t, err)
	assert.Zero(t, got.NumRows())
	table := anyTable(t, []bson.D{d("a", 1)}, "a")
	got, err = pipeline.Run(context.Background(), table, pipe)
	require.NoError(t, err)
	assert.Zero(t, got.NumRows())
	assert.Equal(t, []string{"_id", "n"}, got.ColumnNames())
}

// A table may hold a field of a document under its whole path.
func TestDottedColumns(t *testing.T) {
	table, err := monary.NewTable(monary.ColumnOf("loc.0", []float64{1, 2}, nil), monary.ColumnOf("pop", []int32{5, 6}, nil))
	require.NoError(t, err)
	got, err := pipeline.Run(context.Background(), table, bson.A{
		d("$match", d("loc.0", d("$gt", 1))), d("$group", d("_id", "$loc.0", "pop", d("$sum", "$pop")))})
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"double 2", "int32 6"}}, cells(got))
}
