package monary_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// TestMetaColumnsBesideTheirField: Monary's way to tell what a masked cell was.
func TestMetaColumnsBesideTheirField(t *testing.T) {
	schema, err := monary.NewSchema([]string{"x", "x", "a.b", "a.b", "a", "a"}, []string{"int64", "type", "string", "length", "struct{b string}", "size"})
	require.NoError(t, err)
	assert.Equal(t, []string{"x", "x:type", "a.b", "a.b:length", "a", "a:size"}, schema.Names())
	same, err := monary.ParseSchema("x int64", "x type", "a.b string", "a.b length", "a struct{b string}", "a size")
	require.NoError(t, err)
	assert.Equal(t, schema.String(), same.String())

	docs := [][]byte{
		marshal(t, bson.D{{Key: "x", Value: "text"}, {Key: "a", Value: bson.D{{Key: "b", Value: "dür"}}}}),
		marshal(t, bson.D{{Key: "x", Value: 7}}),
	}
	r, err := monary.FromRaw(t.Context(), stream(docs, nil), schema)
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	types, err := monary.Column[uint8](table, "x:type")
	require.NoError(t, err)
	assert.Equal(t, []uint8{2, 16}, types.Values(), "a string, masked in x, and an int32")
	lengths, err := monary.Values[uint32](table, "a.b:length")
	require.NoError(t, err)
	assert.Equal(t, []uint32{3, 0}, lengths)
}

func TestMetaColumnNames(t *testing.T) {
	for _, fields := range [][]string{
		{"x int64", "x type", "x type"},
		{"x int64", "x type", "x:type string"},
		{"x:type string", "x int64", "x type"},
	} {
		_, err := monary.ParseSchema(fields...)
		require.ErrorContains(t, err, `another column is called "x:type"`)
	}
}
