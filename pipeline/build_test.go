package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// TestBuiltStagesAreThoseWrittenByHand compares bytes of BSON, so keys, order and types.
func TestBuiltStagesAreThoseWrittenByHand(t *testing.T) {
	pop, state := pipeline.Field("pop"), pipeline.Field("state")
	for _, c := range []struct {
		built bson.D
		want  string
	}{
		{pipeline.Match(), `{"$match": {}}`},
		{pipeline.Match(pop.Gt(1)), `{"$match": {"pop": {"$gt": 1}}}`},
		{pipeline.Match(pop.Gte(1), state.In("MA", "NY")), `{"$match": {"pop": {"$gte": 1}, "state": {"$in": ["MA", "NY"]}}}`},
		{pipeline.Match(pop.Gte(1), pop.Lt(5)), `{"$match": {"$and": [{"pop": {"$gte": 1}}, {"pop": {"$lt": 5}}]}}`},
		{pipeline.Match(pipeline.Or(pop.Lte(1), state.Nin()), pipeline.Nor(state.Ne("MA"), state.Eq(nil))),
			`{"$match": {"$or": [{"pop": {"$lte": 1}}, {"state": {"$nin": []}}], "$nor": [{"state": {"$ne": "MA"}}, {"state": {"$eq": null}}]}}`},
		{pipeline.Match(state.Exists(true), pop.Type("int", "long")), `{"$match": {"state": {"$exists": true}, "pop": {"$type": ["int", "long"]}}}`},
		{pipeline.Match(state.Regex("^M", "i"), pipeline.Field("city").Regex("x", "")), `{"$match": {"state": {"$regex": "^M", "$options": "i"}, "city": {"$regex": "x"}}}`},
		{pipeline.Match(pop.Mod(4, 0)), `{"$match": {"pop": {"$mod": [{"$numberLong": "4"}, {"$numberLong": "0"}]}}}`},
		{pipeline.Match(pipeline.Field("a").All(1, 2), pipeline.Field("b").Size(2), pipeline.Field("c").ElemMatch(pop.Gt(1), state.Eq("x"))),
			`{"$match": {"a": {"$all": [1, 2]}, "b": {"$size": 2}, "c": {"$elemMatch": {"pop": {"$gt": 1}, "state": {"$eq": "x"}}}}}`},
		{pipeline.Match(pipeline.Expr(pipeline.Op("$gt", pop.Ref(), 3))), `{"$match": {"$expr": {"$gt": ["$pop", 3]}}}`},
		{pipeline.Match(pipeline.Filter(bson.D{{Key: "$comment", Value: "raw"}}), pipeline.And(pop.Eq(1))), `{"$match": {"$comment": "raw", "$and": [{"pop": {"$eq": 1}}]}}`},
		{pipeline.Project(state.Include(), pipeline.Field("_id").Exclude(), pipeline.Field("k").Set(pipeline.Op("$divide", "$pop", 1000))),
			`{"$project": {"state": 1, "_id": 0, "k": {"$divide": ["$pop", 1000]}}}`},
		{pipeline.Set(pipeline.Field("a.b").Set(pipeline.Cond(true, "$x", pipeline.Literal("$x"))), pop.Set(1)),
			`{"$set": {"a.b": {"$cond": [true, "$x", {"$literal": "$x"}]}, "pop": 1}}`},
		{pipeline.Unset("a", "b.c"), `{"$unset": ["a", "b.c"]}`},
		{pipeline.ReplaceWith("$doc"), `{"$replaceWith": "$doc"}`},
		{pipeline.Group("$state", pipeline.Sum("totPop", "$pop")), `{"$group": {"_id": "$state", "totPop": {"$sum": "$pop"}}}`},
		{pipeline.Group(nil, pipeline.Sum("n", 1), pipeline.Avg("a", "$x"), pipeline.Min("b", "$x"), pipeline.Max("c", "$x"), pipeline.First("d", "$x"), pipeline.Last("e", "$x"),
			pipeline.Push("f", "$x"), pipeline.AddToSet("g", "$x"), pipeline.StdDevPop("h", "$x"), pipeline.StdDevSamp("i", "$x"), pipeline.Accumulate("j", "$count", bson.D{})),
			`{"$group": {"_id": null, "n": {"$sum": 1}, "a": {"$avg": "$x"}, "b": {"$min": "$x"}, "c": {"$max": "$x"}, "d": {"$first": "$x"}, "e": {"$last": "$x"},
			"f": {"$push": "$x"}, "g": {"$addToSet": "$x"}, "h": {"$stdDevPop": "$x"}, "i": {"$stdDevSamp": "$x"}, "j": {"$count": {}}}}`},
		{pipeline.Sort(pop.Desc(), state.Asc()), `{"$sort": {"pop": -1, "state": 1}}`},
		{pipeline.Limit(5), `{"$limit": {"$numberLong": "5"}}`},
		{pipeline.Skip(5), `{"$skip": {"$numberLong": "5"}}`},
		{pipeline.Unwind("tags"), `{"$unwind": {"path": "$tags"}}`},
		{pipeline.Unwind("tags", bson.E{Key: "includeArrayIndex", Value: "i"}), `{"$unwind": {"path": "$tags", "includeArrayIndex": "i"}}`},
		{pipeline.Count("n"), `{"$count": "n"}`},
		{pipeline.SortByCount("$state"), `{"$sortByCount": "$state"}`},
		{pipeline.Bucket("$pop", []any{0, 10}, nil), `{"$bucket": {"groupBy": "$pop", "boundaries": [0, 10]}}`},
		{pipeline.Bucket("$pop", []any{0, 10}, "more", pipeline.Sum("n", 1)), `{"$bucket": {"groupBy": "$pop", "boundaries": [0, 10], "default": "more", "output": {"n": {"$sum": 1}}}}`},
		{pipeline.BucketAuto("$pop", 3), `{"$bucketAuto": {"groupBy": "$pop", "buckets": 3}}`},
		{pipeline.Sample(3, bson.E{Key: "seed", Value: 1}), `{"$sample": {"size": {"$numberLong": "3"}, "seed": 1}}`},
		{pipeline.Lookup("stock", "item", "sku", "docs"), `{"$lookup": {"from": "stock", "localField": "item", "foreignField": "sku", "as": "docs"}}`},
		{pipeline.UnionWith("old"), `{"$unionWith": {"coll": "old", "pipeline": []}}`},
		{pipeline.Facet(pipeline.Branch("a", pipeline.Limit(1)), pipeline.Branch("b")), `{"$facet": {"a": [{"$limit": {"$numberLong": "1"}}], "b": []}}`},
		{pipeline.SetWindowFields("$state", []pipeline.SortKey{pop.Asc()}, pipeline.Sum("run", "$pop").Over("documents", "unbounded", "current"), pipeline.Accumulate("rank", "$rank", bson.D{})),
			`{"$setWindowFields": {"partitionBy": "$state", "sortBy": {"pop": 1}, "output": {"run": {"$sum": "$pop", "window": {"documents": ["unbounded", "current"]}}, "rank": {"$rank": {}}}}}`},
		{pipeline.SetWindowFields(nil, nil, pipeline.Avg("a", "$x").Over("range", -1, 0, "day")),
			`{"$setWindowFields": {"output": {"a": {"$avg": "$x", "window": {"range": [-1, 0], "unit": "day"}}}}}`},
		{pipeline.Fill(bson.D{{Key: "sortBy", Value: bson.D{{Key: "t", Value: 1}}}}, bson.E{Key: "x", Value: bson.D{{Key: "method", Value: "locf"}}}),
			`{"$fill": {"sortBy": {"t": 1}, "output": {"x": {"method": "locf"}}}}`},
		{pipeline.Densify("t", 1, "hour", "full"), `{"$densify": {"field": "t", "range": {"step": 1, "unit": "hour", "bounds": "full"}}}`},
		{pipeline.Densify("n", 5, "", bson.A{0, 9}, bson.E{Key: "partitionByFields", Value: bson.A{"s"}}),
			`{"$densify": {"field": "n", "range": {"step": 5, "bounds": [0, 9]}, "partitionByFields": ["s"]}}`},
		{pipeline.Out("top"), `{"$out": "top"}`},
		{pipeline.Merge("top", bson.E{Key: "on", Value: "_id"}), `{"$merge": {"into": "top", "on": "_id"}}`},
	} {
		t.Run(c.want, func(t *testing.T) {
			require.Equal(t, byHand(t, c.want), bson.Raw(must(bson.Marshal(c.built))))
		})
	}
}

// byHand is a document of extended JSON.
func byHand(t *testing.T, text string) bson.Raw {
	t.Helper()
	var doc bson.D
	require.NoError(t, bson.UnmarshalExtJSON([]byte(text), false, &doc))
	return must(bson.Marshal(doc))
}

// TestBuiltPipelinesAreThoseWrittenByHand puts random stages together in both ways.
func TestBuiltPipelinesAreThoseWrittenByHand(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		built, hand := mongo.Pipeline{}, bson.A{}
		for range 1 + r.IntN(5) {
			f, n := pipeline.Field(fmt.Sprintf("f%d", r.IntN(3))), r.IntN(100)
			var stage, raw bson.D
			switch r.IntN(5) {
			case 0:
				stage, raw = pipeline.Match(f.Lt(n)), bson.D{{Key: "$match", Value: bson.D{{Key: string(f), Value: bson.D{{Key: "$lt", Value: n}}}}}}
			case 1:
				stage = pipeline.Group(f.Ref(), pipeline.Max("m", n))
				raw = bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$" + string(f)}, {Key: "m", Value: bson.D{{Key: "$max", Value: n}}}}}}
			case 2:
				stage, raw = pipeline.Sort(f.Desc()), bson.D{{Key: "$sort", Value: bson.D{{Key: string(f), Value: -1}}}}
			case 3:
				stage = pipeline.Set(f.Set(pipeline.Op("$add", "$x", n)))
				raw = bson.D{{Key: "$set", Value: bson.D{{Key: string(f), Value: bson.D{{Key: "$add", Value: bson.A{"$x", n}}}}}}}
			default: // one that is written by hand goes with the others
				raw = bson.D{{Key: "$skip", Value: n}}
				stage = raw
			}
			built, hand = append(built, stage), append(hand, raw)
		}
		doc := func(stages any) bson.Raw { return must(bson.Marshal(bson.D{{Key: "pipeline", Value: stages}})) }
		require.Equal(t, doc(hand), doc(built), "seed %d", seed)
	}
}

// TestBuiltStagesRun: what is built is what the engine understands.
func TestBuiltStagesRun(t *testing.T) {
	in, err := monary.NewTable(
		monary.ColumnOf("state", []string{"MA", "NY", "MA"}, nil),
		monary.ColumnOf("pop", []int32{100, 300, 50}, []bool{true, true, false}))
	require.NoError(t, err)
	pop, state := pipeline.Field("pop"), pipeline.Field("state")
	for _, c := range []struct {
		stage bson.D
		rows  int
	}{
		{pipeline.Match(pop.Mod(100, 0), state.Regex("^m", "i"), pipeline.Expr(pipeline.Op("$gt", "$pop", 1))), 1},
		{pipeline.Match(pop.Exists(true), pop.Type("int"), state.Nin("CT")), 2},
		{pipeline.Project(state.Include(), pipeline.Field("k").Set(pipeline.Cond(pipeline.Op("$gt", "$pop", 100), "big", pipeline.Literal("$small")))), 3},
		{pipeline.Bucket("$pop", []any{0, 200, 400}, "none", pipeline.Sum("n", 1), pipeline.Push("s", "$state")), 3},
		{pipeline.BucketAuto("$pop", 2, pipeline.Avg("mean", "$pop")), 2},
		{pipeline.Group("$state", pipeline.Accumulate("top", "$top", bson.D{{Key: "sortBy", Value: bson.D{{Key: "pop", Value: -1}}}, {Key: "output", Value: "$pop"}})), 2},
		{pipeline.Facet(pipeline.Branch("a", pipeline.Limit(1)), pipeline.Branch("b", pipeline.Count("n"))), 1},
		{pipeline.Sample(2, bson.E{Key: "seed", Value: 1}), 2},
		{pipeline.SortByCount("$state"), 2},
		{pipeline.SetWindowFields("$state", []pipeline.SortKey{pop.Asc()}, pipeline.Sum("run", "$pop").Over("documents", "unbounded", "current"), pipeline.Accumulate("rank", "$rank", bson.D{})), 3},
		{pipeline.Fill(nil, bson.E{Key: "pop", Value: bson.D{{Key: "value", Value: 0}}}), 3},
		{pipeline.Unset("pop"), 3},
		{pipeline.ReplaceWith(bson.D{{Key: "s", Value: state.Ref()}}), 3},
		{pipeline.Skip(2), 1},
	} {
		t.Run(c.stage[0].Key, func(t *testing.T) {
			out, err := pipeline.Run(t.Context(), in, mongo.Pipeline{c.stage})
			require.NoError(t, err)
			require.Equal(t, c.rows, out.NumRows())
		})
	}
	whole, err := monary.NewTable(monary.ColumnOf("n", []int32{1, 4}, nil))
	require.NoError(t, err)
	out, err := pipeline.Run(t.Context(), whole, bson.A{pipeline.Densify("n", 1, "", "full")})
	require.NoError(t, err)
	require.Equal(t, 4, out.NumRows())
}

func TestBuildersDoNotShareMemory(t *testing.T) {
	sum := pipeline.Sum("x", "$v")
	a, b := sum.Over("documents", 0, 1), sum.Over("documents", 2, 3)
	require.NotEqual(t, a, b)
	options := make(bson.D, 0, 4)
	first, second := pipeline.Fill(options, bson.E{Key: "a", Value: 1}), pipeline.Fill(options, bson.E{Key: "b", Value: 1})
	require.NotEqual(t, first, second)
}

func ExampleGroup() {
	t, err := monary.NewTable(
		monary.ColumnOf("state", []string{"MA", "NY", "MA"}, nil),
		monary.ColumnOf("pop", []int32{100, 300, 50}, nil))
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := pipeline.Run(context.Background(), t, mongo.Pipeline{
		pipeline.Match(pipeline.Field("pop").Gte(50)),
		pipeline.Group("$state", pipeline.Sum("totPop", "$pop")),
		{{Key: "$sort", Value: bson.D{{Key: "totPop", Value: -1}}}}, // stages written by hand go with built ones
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(out)
	// Output:
	// _id  totPop
	// NY      300
	// MA      150
}
