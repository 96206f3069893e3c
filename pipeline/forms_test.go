package pipeline_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/penstock/penstock/pipeline"
)

var people = []bson.D{
	d("name", "Ada", "age", 36, "city", "London"),
	d("name", "Bo", "age", 7, "city", "Oslo"),
	d("name", "Cy", "age", 51, "city", "London"),
	d("name", "Di", "age", 29, "city", "Oslo"),
}

// TestForms gives one pipeline in every form it may have.
func TestForms(t *testing.T) {
	match, group := bson.M{"age": bson.M{"$gte": 18}}, bson.M{"_id": "$city", "years": bson.M{"$sum": "$age"}}
	sort, limit := bson.M{"years": -1}, 1
	text := `[{"$match": {"age": {"$gte": 18}}}, {"$group": {"_id": "$city", "years": {"$sum": "$age"}}},
		{"$sort": {"years": -1}}, {"$limit": 1}]`
	ordered := []bson.D{d("$match", match), d("$group", group), d("$sort", sort), d("$limit", limit)}
	type M = map[string]any
	for name, pipe := range map[string]any{
		"bson.A of bson.D": bson.A{ordered[0], ordered[1], ordered[2], ordered[3]},
		"bson.A of bson.M": bson.A{bson.M{"$match": match}, bson.M{"$group": group}, bson.M{"$sort": sort}, bson.M{"$limit": limit}},
		"bson.A mixed":     bson.A{ordered[0], bson.M{"$group": group}, ordered[2], M{"$limit": int64(limit)}},
		"mongo.Pipeline":   mongo.Pipeline(ordered),
		"[]bson.D":         ordered,
		"[]bson.M":         []bson.M{{"$match": match}, {"$group": group}, {"$sort": sort}, {"$limit": limit}},
		"[]map[string]any": []map[string]any{{"$match": match}, {"$group": group}, {"$sort": sort}, {"$limit": float64(limit)}},
		"[]any":            []any{ordered[0], ordered[1], ordered[2], ordered[3]},
		"[]bson.Raw":       raws(t, ordered),
		"string":           text,
		"[]byte":           []byte(text),
		"map of int":       []any{ordered[0], ordered[1], M{"$sort": map[string]int{"years": -1}}, ordered[3]},
		"canonical JSON":   `[{"$match": {"age": {"$gte": {"$numberInt": "18"}}}}, ` + text[len(`[{"$match": {"age": {"$gte": 18}}}, `):],
	} {
		t.Run(name, func(t *testing.T) {
			got, err := aggregate(t, openDocs(t, people...), pipe, "_id", "years")
			require.NoError(t, err)
			assert.Equal(t, [][]string{{`"London"`, "int64 87"}}, narrowInts(cells(got)))
			got, err = pipeline.Run(context.Background(), anyTable(t, people, "name", "age", "city"), pipe)
			require.NoError(t, err)
			assert.Equal(t, [][]string{{`"London"`, "int64 87"}}, narrowInts(cells(got)))
		})
	}
}

// narrowInts writes int32 as int64: Go's int is encoded as whichever fits.
func narrowInts(rows [][]string) [][]string {
	for _, row := range rows {
		for i, cell := range row {
			if len(cell) > 5 && cell[:5] == "int32" {
				row[i] = "int64" + cell[5:]
			}
		}
	}
	return rows
}

func raws(t *testing.T, docs []bson.D) []bson.Raw {
	t.Helper()
	out := make([]bson.Raw, len(docs))
	for i, doc := range docs {
		raw, err := bson.Marshal(doc)
		require.NoError(t, err)
		out[i] = raw
	}
	return out
}

// TestEmptyPipeline: no stage changes nothing, in every form of none.
func TestEmptyPipeline(t *testing.T) {
	for name, pipe := range map[string]any{
		"bson.A": bson.A{}, "mongo.Pipeline": mongo.Pipeline{}, "nil mongo.Pipeline": mongo.Pipeline(nil),
		"[]bson.M": []bson.M{}, "JSON": "[]", "bytes": []byte(" [ ] "),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := aggregate(t, openDocs(t, people...), pipe, "name")
			require.NoError(t, err)
			assert.Equal(t, []string{`"Ada"`, `"Bo"`, `"Cy"`, `"Di"`}, column(t, got, "name"))
			table := anyTable(t, people, "name", "age")
			got, err = pipeline.Run(context.Background(), table, pipe)
			require.NoError(t, err)
			assert.Equal(t, cells(table), cells(got))
		})
	}
}

// Pipelines and what is in them stay as they were.
func TestPipelineIsReadOnly(t *testing.T) {
	pipe := bson.A{bson.M{"$match": bson.M{"age": bson.M{"$gte": 18}}}, d("$sort", d("age", 1))}
	_, err := aggregate(t, openDocs(t, people...), pipe, "name")
	require.NoError(t, err)
	assert.Equal(t, bson.A{bson.M{"$match": bson.M{"age": bson.M{"$gte": 18}}}, d("$sort", d("age", 1))}, pipe)
}
