package monary_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// What is built of values is what the driver writes for them.
func TestBuiltValues(t *testing.T) {
	one, text := monary.Int32Value(1), monary.StringValue("é")
	array := monary.ArrayValue(one, monary.Value{}, text)
	doc := monary.DocumentValue([]string{"a", "gone", "b"}, []monary.Value{one, {}, array})
	want, err := bson.Marshal(bson.D{{Key: "a", Value: int32(1)}, {Key: "b", Value: bson.A{int32(1), nil, "é"}}})
	assert.NoError(t, err)
	assert.Equal(t, want, doc.Raw().Value)
	assert.Equal(t, bson.TypeArray, array.Type())
	empty := monary.DocumentValue(nil, nil)
	assert.Equal(t, []byte{5, 0, 0, 0, 0}, empty.Raw().Value)
	assert.Panics(t, func() { monary.DocumentValue(nil, []monary.Value{one}) })
}
