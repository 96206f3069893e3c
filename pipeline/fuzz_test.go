package pipeline_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/pipeline"
)

// FuzzParse: no text makes a pipeline panic, neither when it is read nor when
// it runs; what is refused is refused with the package's prefix.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`[]`, `[{}]`, `[null]`, `{}`, `[`, ``, `[{"$match": {"a": 1}}]`, `[{"$match": {"n.0.x": {"$gte": null, "$ne": [1, {"x": {"$numberLong": "5"}}]}}}]`,
		`[{"$group": {"_id": "$n.x", "s": {"$sum": "$a"}, "m": {"$max": "$arr.y"}, "c": {"$count": {}}}}, {"$sort": {"_id": 1, "s": -1}}, {"$limit": 2}]`,
		`[{"$group": {"_id": {"$date": "2014-02-03T00:00:00Z"}, "a": {"$avg": {"$numberDecimal": "1.5"}}}}]`,
		`[{"$sort": {"arr": -1, "n.0": 1, "a.b.c": 1}}, {"$match": {"arr.1": {"$lt": {"$oid": "0102030405060708090a0b0c"}}}}]`,
		`[{"$unwind": {"path": "$arr", "includeArrayIndex": "k"}}, {"$project": {"r": {"$map": {"input": "$n", "in": {"$add": ["$$this", 1]}}}}}]`,
		`[{"$project": {"t": {"$dateToString": {"date": "$a", "format": "%Y%"}}, "c": {"$convert": {"input": "$b", "to": "date", "onError": 1}}}}]`,
		`[{"$facet": {"x": [{"$sortByCount": "$a"}], "y": [{"$bucketAuto": {"groupBy": "$i", "buckets": 2}}]}}]`,
		`[{"$set": {"n.x.y": {"$substrCP": ["$n", 0, 1e9]}, "d": {"$divide": [{"$numberDecimal": "1E-6176"}, {"$numberDecimal": "9E6111"}]}}}]`,
		`[{"$setWindowFields": {"partitionBy": "$b", "sortBy": {"i": 1}, "output": {"s": {"$sum": "$a", "window": {"documents": [-1, "current"]}}, "n.r": {"$rank": {}}}}}]`,
		`[{"$setWindowFields": {"sortBy": {"i": 1}, "output": {"d": {"$derivative": {"input": "$i"}, "window": {"range": [-1, 0]}}, "l": {"$linearFill": "$i"}, "e": {"$expMovingAvg": {"input": "$a", "alpha": 0.5}}}}}]`,
		`[{"$fill": {"partitionByFields": ["b"], "sortBy": {"i": 1}, "output": {"a": {"method": "locf"}, "n": {"value": "$i"}}}}]`,
		`[{"$densify": {"field": "i", "partitionByFields": ["n.x"], "range": {"step": 0.5, "bounds": [0, 3]}}}, {"$bucketAuto": {"groupBy": "$i", "buckets": 2, "granularity": "E24"}}]`,
		`[{"$limit": 1e300}]`, `[{"$limit": {"$numberDouble": "NaN"}}]`, `[{"$group": {"_id": "$", "": {"$sum": "$$ROOT"}}}]`,
		`[{"$match": {"a": {"$minKey": 1}, "b": {"$undefined": true}, "i": {"$code": "x", "$scope": {}}}}]`,
		`[{"$match": {"a": {"$binary": {"base64": "AQID", "subType": "02"}}}}]`, `[{"$sort": {"\u0000": 1}}]`, "[{\"$match\": {\"\xff\": \"\xfe\"}}]",
	} {
		f.Add(text)
	}
	docs := []bson.D{
		{{Key: "i", Value: 1}, {Key: "a", Value: 2.5}, {Key: "n", Value: d("x", "t", "0", nil)}, {Key: "arr", Value: bson.A{1, d("y", 2), bson.A{3}}}},
		{{Key: "i", Value: 2}, {Key: "b", Value: bson.MinKey{}}, {Key: "n", Value: bson.A{d("x", 1), bson.A{}}}, {Key: "arr", Value: bson.A{}}},
		{{Key: "i", Value: 3}, {Key: "a", Value: bson.Undefined{}}, {Key: "b", Value: bson.Regex{Pattern: "x"}}, {Key: "n", Value: bson.Binary{Data: []byte{1}}}},
		{{Key: "i", Value: 4}, {Key: "a", Value: bson.Timestamp{T: 1}}, {Key: "b", Value: bson.CodeWithScope{Code: "c", Scope: d()}}, {Key: "n", Value: bson.Symbol("s")}},
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, columns := range [][]string{fields, {"i", "a"}} {
			table := anyTable(t, docs, columns...)
			before := cells(table)
			got, err := pipeline.Run(context.Background(), table, text)
			if err != nil {
				require.Regexp(t, "^(pipeline|monary): ", err.Error())
				continue
			}
			require.NotNil(t, got)
			require.Equal(t, before, cells(table), "the input is read-only")
		}
	})
}
