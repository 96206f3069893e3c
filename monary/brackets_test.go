package monary_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// TestBehindID: $gt and $lt find values of the same kind only, so the kinds that
// come behind are named as well.
func TestBehindID(t *testing.T) {
	for _, c := range []struct {
		name, why string
		last      any
		order     int
		want      string
	}{
		{name: "Number", last: int32(5), order: 1,
			want: `{"$or":[{"_id":{"$gt":5}},{"_id":{"$type":[2,14,3,4,5,7,8,9,17,11,12,13,15,127]}}]}`},
		{name: "NumberFalling", why: "NaN is the least number, but not less than another", last: 2.5, order: -1,
			want: `{"$or":[{"_id":{"$type":[16,18,1,19],"$not":{"$gte":2.5}}},{"_id":{"$type":[-1,6,10]}},{"_id":{"$exists":false}}]}`},
		{name: "Undefined", why: "comes before null", last: bson.Undefined{}, order: -1, want: `{"$or":[{"_id":{"$type":[-1]}}]}`},
		{name: "NaN", why: "nothing is greater than NaN, but every other number is behind it", last: math.NaN(), order: 1,
			want: `{"$or":[{"_id":{"$gte":{"$numberDouble":"-Infinity"}}},{"_id":{"$type":[2,14,3,4,5,7,8,9,17,11,12,13,15,127]}}]}`},
		{name: "MinKey", last: bson.MinKey{}, order: 1, want: `{"$or":[{"_id":{"$type":[6,10,16,18,1,19,2,14,3,4,5,7,8,9,17,11,12,13,15,127]}},{"_id":{"$exists":false}}]}`},
		{name: "MaxKey", why: "nothing is behind it", last: bson.MaxKey{}, order: 1, want: `{"$or":[{"_id":{"$in":[]}}]}`},
		{name: "Text", last: "x", order: 1, want: `{"$or":[{"_id":{"$gt":"x"}},{"_id":{"$type":[3,4,5,7,8,9,17,11,12,13,15,127]}}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			typ, data, err := bson.MarshalValue(c.last)
			require.NoError(t, err)
			got, err := monary.BehindID(bson.RawValue{Type: typ, Value: data}, c.order)
			require.NoError(t, err)
			text, err := bson.MarshalExtJSON(got, false, false)
			require.NoError(t, err)
			var w bson.D
			require.NoError(t, bson.UnmarshalExtJSON([]byte(c.want), false, &w))
			want, err := bson.MarshalExtJSON(w, false, false)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(text), c.why)
		})
	}
	_, err := monary.BehindID(bson.RawValue{}, 1)
	require.ErrorContains(t, err, "no _id to go on from")
}
