package pipeline_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// ok is a stage before the faulty one, so that its index is not zero.
var ok = d("$limit", 3)

// TestRefusedStages: what does not run here is an error that says which stage
// of which name, and what in it.
func TestRefusedStages(t *testing.T) {
	sum := d("$sum", "$age")
	for _, c := range []struct {
		name  string
		stage any
		at    string   // StageError.Stage
		says  []string // parts of the text
	}{
		{"UnknownStage", d("$geoNear", d()), "$geoNear", []string{"unknown stage"}},
		{"Misspelt", d("$Match", d()), "$Match", []string{"unknown stage"}},
		{"NoDollar", d("match", d()), "match", []string{"unknown stage"}},
		{"EmptyStage", d(), "", []string{"one key"}},
		{"TwoKeys", d("$match", d(), "$limit", 1), "", []string{"one key", "2"}},
		{"TwoKeysMap", bson.M{"$match": d(), "$limit": 1}, "", []string{"one key", "2"}},
		{"NilStage", nil, "", []string{"null"}},
		{"TextStage", "$match", "", []string{"string"}},
		{"ArrayStage", bson.A{}, "", []string{"array"}},
		{"NotBSON", d("$match", d("a", make(chan int))), "", []string{"chan int"}},

		{"MatchNumber", d("$match", 3), "$match", []string{"3"}},
		{"MatchNull", d("$match", nil), "$match", []string{"null"}},
		{"MatchOr", d("$match", d("$or", bson.A{})), "$match", []string{"$or"}},
		{"MatchAnd", d("$match", d("$and", bson.A{})), "$match", []string{"$and"}},
		{"MatchExpr", d("$match", d("$expr", d("$frobnicate", 1))), "$match", []string{"$expr", "$frobnicate"}},
		{"MatchWhere", d("$match", d("$where", "1")), "$match", []string{"$where"}},
		{"MatchRegex", d("$match", d("age", d("$gt", bson.Regex{Pattern: "a"}))), "$match", []string{"age", "regex"}},
		{"MatchRegexOperator", d("$match", d("age", d("$regex", "(?<=a)b"))), "$match", []string{"age", "$regex", "does not run here"}},
		{"MatchIn", d("$match", d("age", d("$in", 1))), "$match", []string{"age", "$in", "array"}},
		{"MatchSize", d("$match", d("age", d("$gt", 1, "$size", 1.5))), "$match", []string{"age", "$size"}},
		{"MatchType", d("$match", d("age", d("$type", "integer"))), "$match", []string{"age", "$type", "integer"}},
		{"MatchMod", d("$match", d("age", d("$mod", bson.A{0, 1}))), "$match", []string{"age", "$mod"}},
		{"MatchAll", d("$match", d("age", d("$all", bson.A{d("$gt", 1)}))), "$match", []string{"age", "$all"}},
		{"MatchElement", d("$match", d("age", d("$elemMatch", 1))), "$match", []string{"age", "$elemMatch"}},
		{"MatchElementExpr", d("$match", d("age", d("$elemMatch", d("$expr", true)))), "$match", []string{"age", "$expr"}},
		{"MatchAndMap", d("$match", d("$and", bson.A{d("age", bson.M{"x": 1, "y": 2})})), "$match", []string{"order"}},
		{"MatchMixed", d("$match", d("age", d("$gt", 1, "x", 2))), "$match", []string{"age", "x"}},
		{"MatchNot", d("$match", d("age", d("$not", 1))), "$match", []string{"age", "$not"}},
		{"MatchEmptyKey", d("$match", d("", 1)), "$match", []string{`""`}},
		{"MatchEmptyPart", d("$match", d("a..b", 1)), "$match", []string{"a..b"}},
		{"MatchMap", d("$match", d("age", bson.M{"x": 1, "y": 2})), "$match", []string{"age", "order"}},
		{"MatchMapEq", d("$match", d("age", d("$eq", bson.M{"x": 1, "y": 2}))), "$match", []string{"order"}},
		{"MatchMapInArray", d("$match", d("age", bson.A{bson.M{"x": 1, "y": 2}})), "$match", []string{"order"}},

		{"GroupNumber", d("$group", 1), "$group", []string{"1"}},
		{"GroupNoID", d("$group", d("n", sum)), "$group", []string{"_id"}},
		{"GroupEmpty", d("$group", d()), "$group", []string{"_id"}},
		{"GroupTwoIDs", d("$group", d("_id", nil, "_id", "$age")), "$group", []string{"_id"}},
		{"GroupTwice", d("$group", d("_id", nil, "n", sum, "n", sum)), "$group", []string{"n"}},
		{"GroupDot", d("$group", d("_id", nil, "a.b", sum)), "$group", []string{"a.b"}},
		{"GroupDollar", d("$group", d("_id", nil, "$n", sum)), "$group", []string{"$n"}},
		{"GroupEmptyName", d("$group", d("_id", nil, "", sum)), "$group", []string{`""`}},
		{"GroupUnknown", d("$group", d("_id", nil, "n", d("$accumulator", "$age"))), "$group", []string{"n", "$accumulator"}},
		{"GroupNoAccumulator", d("$group", d("_id", nil, "n", "$age")), "$group", []string{"n"}},
		{"GroupTwoAccumulators", d("$group", d("_id", nil, "n", d("$sum", 1, "$avg", 1))), "$group", []string{"n"}},
		{"GroupNone", d("$group", d("_id", nil, "n", d())), "$group", []string{"n"}},
		{"GroupExpression", d("$group", d("_id", nil, "n", d("$sum", d("$multiply2", bson.A{"$age", 2})))), "$group", []string{"n", "$sum", "$multiply2"}},
		{"GroupSpelling", d("$group", d("_id", d("$toupper", "$age"))), "$group", []string{"_id", "$toupper", "did you mean $toUpper?"}},
		{"GroupArray", d("$group", d("_id", nil, "n", d("$sum", bson.A{"$age", 2}))), "$group", []string{"n", "array"}},
		{"GroupIDDocument", d("$group", d("_id", d("c", "$city", "d.e", 1))), "$group", []string{"_id", "d.e"}},
		{"GroupIDExpression", d("$group", d("_id", d("$year", d("date", "$age", "timezone", "Mars/Crater")))), "$group", []string{"_id", "$year", "Mars/Crater"}},
		{"GroupRoot", d("$group", d("_id", "$$PRUNE")), "$group", []string{"_id", "$$PRUNE"}},
		{"GroupVariable", d("$group", d("_id", nil, "n", d("$max", "$$this"))), "$group", []string{"n", "$$this"}},
		{"GroupDollarAlone", d("$group", d("_id", "$")), "$group", []string{"_id"}},
		{"GroupTrailingDot", d("$group", d("_id", "$a.")), "$group", []string{`"a."`}},
		{"GroupCount", d("$group", d("_id", nil, "n", d("$count", 1))), "$group", []string{"n", "$count"}},

		{"SortEmpty", d("$sort", d()), "$sort", []string{"field"}},
		{"SortTwo", d("$sort", d("age", 2)), "$sort", []string{"age", "2"}},
		{"SortZero", d("$sort", d("age", 0)), "$sort", []string{"age", "0"}},
		{"SortText", d("$sort", d("age", "asc")), "$sort", []string{"age", "asc"}},
		{"SortTrue", d("$sort", d("age", true)), "$sort", []string{"age", "true"}},
		{"SortMeta", d("$sort", d("age", d("$meta", "textScore"))), "$sort", []string{"age", "$meta"}},
		{"SortName", d("$sort", "age"), "$sort", []string{"age"}},
		{"SortMap", d("$sort", bson.M{"age": 1, "city": 1}), "$sort", []string{"order"}},
		{"SortMapPointer", d("$sort", &bson.M{"age": 1, "city": 1}), "$sort", []string{"order"}},
		{"StagePointer", &bson.M{"$sort": bson.M{"age": 1, "city": 1}}, "$sort", []string{"order"}},
		{"SortGoMap", d("$sort", map[string]int{"age": 1, "city": 1}), "$sort", []string{"order"}},

		{"ProjectEmpty", d("$project", d()), "$project", []string{"empty"}},
		{"ProjectBoth", d("$project", d("age", 1, "name", 0)), "$project", []string{"included and excluded"}},
		{"ProjectCollides", d("$project", d("a.b", 1, "a", 1)), "$project", []string{"collides"}},
		{"ProjectExpression", d("$project", d("a", d("b", d("$add", bson.A{1, d("$nope", 1)})))), "$project", []string{`"a.b"`, "$add", "element 1", "$nope"}},
		{"AddFieldsEmpty", d("$addFields", d()), "$addFields", []string{"empty"}},
		{"SetCount", d("$set", d("a", d("$divide", bson.A{1}))), "$set", []string{"$divide", "takes 2 arguments, found 1"}},
		{"UnsetNumber", d("$unset", 1), "$unset", []string{"1"}},
		{"ReplaceRoot", d("$replaceRoot", d("root", "$a")), "$replaceRoot", []string{"root", "newRoot"}},
		{"SkipNegative", d("$skip", -1), "$skip", []string{"-1"}},
		{"UnwindName", d("$unwind", "tags"), "$unwind", []string{"tags"}},
		{"UnwindOption", d("$unwind", d("path", "$a", "keep", true)), "$unwind", []string{"keep", "preserveNullAndEmptyArrays"}},
		{"CountDollar", d("$count", "$n"), "$count", []string{"$n"}},
		{"SortByCount", d("$sortByCount", d("a", "$b")), "$sortByCount", []string{"expression"}},
		{"BucketOrder", d("$bucket", d("groupBy", "$age", "boundaries", bson.A{2, 1})), "$bucket", []string{"boundaries", "rise"}},
		{"BucketDefault", d("$bucket", d("groupBy", "$age", "boundaries", bson.A{1, 9}, "default", 4)), "$bucket", []string{"default"}},
		{"BucketAuto", d("$bucketAuto", d("groupBy", "$age", "buckets", 0)), "$bucketAuto", []string{"buckets"}},
		{"SampleSize", d("$sample", d("size", 0)), "$sample", []string{"size"}},
		{"LookupPipeline", d("$lookup", d("from", "x", "pipeline", bson.A{}, "as", "y")), "$lookup", []string{"pipeline"}},
		{"LookupNowhere", d("$lookup", d("from", "x", "localField", "a", "foreignField", "b", "as", "y")), "$lookup", []string{`"x"`, "Sources"}},
		{"UnionNowhere", d("$unionWith", "x"), "$unionWith", []string{`"x"`}},
		{"FacetInside", d("$facet", d("a", bson.A{d("$out", "x")})), "$facet", []string{`"a"`, "$out"}},
		{"FacetFault", d("$facet", d("a", bson.A{d("$limit", 1), d("$limit", 0)})), "$facet", []string{`"a"`, "stage 1", "$limit"}},
		{"OutNowhere", d("$out", "x"), "$out", []string{"Sources"}},
		{"MergeWord", d("$merge", d("into", "x", "whenMatched", "maybe")), "$merge", []string{"whenMatched", "maybe"}},

		{"LimitZero", d("$limit", 0), "$limit", []string{"0"}},
		{"LimitNegative", d("$limit", -1), "$limit", []string{"-1"}},
		{"LimitFraction", d("$limit", 1.5), "$limit", []string{"1.5"}},
		{"LimitText", d("$limit", "3"), "$limit", []string{"3"}},
		{"LimitHuge", d("$limit", 1e300), "$limit", []string{"whole number"}},
		{"LimitNull", d("$limit", nil), "$limit", []string{"null"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pipe := bson.A{ok, c.stage}
			_, err := openDocs(t, people...).Aggregate(context.Background(), pipe, anySchema(t, "name"))
			requireStage(t, err, 1, c.at, c.says...)
			_, err = pipeline.Run(context.Background(), anyTable(t, people, "name", "age", "city"), pipe)
			requireStage(t, err, 1, c.at, c.says...)
		})
	}
}

// requireStage checks that an error blames a stage.
func requireStage(t *testing.T, err error, index int, name string, says ...string) {
	t.Helper()
	require.Error(t, err)
	var at *pipeline.StageError
	require.ErrorAs(t, err, &at)
	assert.Equal(t, index, at.Index)
	assert.Equal(t, name, at.Stage)
	require.Error(t, at.Unwrap())
	for _, s := range append(says, "pipeline: ", name) {
		assert.Contains(t, err.Error(), s)
	}
}

// TestRefusedPipelines: what is no list of stages at all.
func TestRefusedPipelines(t *testing.T) {
	for name, pipe := range map[string]any{
		"a bson.D": d("$match", d()), "a bson.M": bson.M{"$limit": 1}, "nil": nil, "a number": 3, "a bool": true,
		"a document in JSON": `{"$limit": 1}`, "broken JSON": `[{"$limit": 1}`, "empty text": "", "more than one list": `[] []`,
		"a raw document": raws(t, []bson.D{d("$limit", 1)})[0],
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openDocs(t, people...).Aggregate(context.Background(), pipe, anySchema(t, "name"))
			require.Error(t, err)
			_, err = pipeline.Run(context.Background(), anyTable(t, people, "name"), pipe)
			require.Error(t, err)
			assert.Regexp(t, `^(pipeline|monary): `, err.Error())
			assert.NotRegexp(t, `^(pipeline|monary): .*(pipeline|monary): `, err.Error(), "one prefix is enough")
			assert.NotErrorAs(t, err, new(*pipeline.StageError), "no stage is to blame")
		})
	}
}

// Numbers are what they are worth, whatever their type.
func TestLimitNumbers(t *testing.T) {
	for _, n := range []any{2, int32(2), int64(2), 2.0} {
		got, err := aggregate(t, openDocs(t, people...), stage("$limit", n), "name")
		require.NoError(t, err, "%T", n)
		assert.Equal(t, 2, got.NumRows(), "%T", n)
	}
	got, err := aggregate(t, openDocs(t, people...), stage("$limit", int64(1)<<40), "name")
	require.NoError(t, err)
	assert.Equal(t, 4, got.NumRows())
}

// A name that no column of a table has is an error; behind a $group it is missing, as in mongod.
func TestUnknownColumns(t *testing.T) {
	table := anyTable(t, people, "name", "age", "city")
	for name, s := range map[string]bson.D{
		"$match": d("$match", d("agee", 1)),
		"$sort":  d("$sort", d("agee", 1)),
		"$group": d("$group", d("_id", nil, "n", d("$sum", "$agee"))),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pipeline.Run(context.Background(), table, bson.A{ok, s})
			requireStage(t, err, 1, name, "agee", "name, age, city")
			_, err = pipeline.Run(context.Background(), table, bson.A{d("$match", d("age", -1)), s})
			requireStage(t, err, 1, name, "agee")
		})
	}
	more := pipeline.Sources{"more": memoryOf(t, []byte(`[{"zip": 8001}]`))}
	got, err := more.Run(context.Background(), table, bson.A{d("$unionWith", "more"), d("$match", d("zip", 8001))})
	require.NoError(t, err, "united documents may have fields of their own")
	assert.Equal(t, 1, got.NumRows())
	group := d("$group", d("_id", "$city", "n", d("$count", d())))
	for _, pipe := range []bson.A{{group, d("$match", d("age", nil))}, {group, d("$sort", d("age", 1))}, {group, d("$unset", "age")}} {
		got, err := aggregate(t, openDocs(t, people...), pipe, "n")
		require.NoError(t, err)
		want, err := pipeline.Run(context.Background(), table, bson.A{group})
		require.NoError(t, err)
		assert.Equal(t, want.NumRows(), got.NumRows())
	}
}

func TestMapsOfOneKey(t *testing.T) {
	table, err := monary.NewTable(monary.ColumnOf("a", []int32{3, 1, 2}, nil))
	require.NoError(t, err)
	got, err := pipeline.Run(context.Background(), table, bson.A{bson.M{"$match": bson.M{"a": bson.M{"$gt": 1, "$lt": 9}}}, bson.M{"$sort": bson.M{"a": 1}}})
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"int32 2"}, {"int32 3"}}, cells(got))
}
