package monary_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

func TestTyped(t *testing.T) {
	values := func(vs ...any) *monary.Series {
		out := make([]monary.Value, len(vs))
		for i, v := range vs {
			if v == nil {
				continue
			}
			typ, raw, err := bson.MarshalValue(v)
			require.NoError(t, err)
			out[i], err = monary.ParseValue(bson.RawValue{Type: typ, Value: raw})
			require.NoError(t, err)
		}
		return monary.ColumnOf("c", out, nil)
	}
	for _, c := range []struct {
		name   string
		column *monary.Series
		kind   monary.Kind // 0 if it has several types
	}{
		{"int32", values(int32(-1), int32(7)), monary.KindInt32},
		{"int64", values(int64(-1), nil, int64(1)<<60), monary.KindInt64},
		{"double", values(0.5, bson.Null{}, -2.0), monary.KindFloat64},
		{"date", values(bson.DateTime(-5), bson.DateTime(5)), monary.KindDate},
		{"string", values("a", nil, "", "ü", "a"), monary.KindString},
		{"integers of both widths", values(int32(1), int64(1)), 0},
		{"a number and text", values(int32(1), "1"), 0},
		{"text and a document", values("1", bson.D{{Key: "a", Value: "b"}}), 0},
		{"undefined is a type of its own", values(int32(1), bson.Undefined{}), 0},
		{"documents have no slices", values(bson.D{}), 0},
		{"nothing", values(nil, bson.Null{}), 0},
		{"no rows", values(), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := c.column.Typed()
			require.Equal(t, c.kind != 0, ok)
			if !ok {
				return
			}
			assert.Equal(t, c.kind, got.Type().Kind)
			assert.Equal(t, c.column.NullCount(), got.NullCount())
			for row := range c.column.Len() {
				want := c.column.Value(row)
				assert.Equal(t, c.column.IsValid(row), got.IsValid(row))
				if !want.IsNull() {
					assert.Equal(t, want.String(), got.Value(row).String())
					assert.Equal(t, want.Type(), got.Value(row).Type())
				}
			}
		})
	}
	whole := monary.ColumnOf("n", []int32{1, 2}, nil)
	same, ok := whole.Typed()
	assert.True(t, ok)
	assert.Same(t, whole, same)
}

// An "any" column keeps strings as text until it meets another long value, and joins parts of
// both kinds; what it holds does not depend on that.
func TestAnyColumnOfRuns(t *testing.T) {
	makers := []func(r *rand.Rand) any{
		func(r *rand.Rand) any { return fmt.Sprint("text ", r.IntN(9)) },
		func(r *rand.Rand) any { return fmt.Sprint("text ", r.IntN(9)) },
		func(r *rand.Rand) any { return int32(r.IntN(9)) },
		func(r *rand.Rand) any { return bson.D{{Key: "d", Value: r.IntN(9)}} },
		func(*rand.Rand) any { return bson.ObjectID{4} },
	}
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		var want []monary.Value
		var parts []*monary.Table
		for range 1 + r.IntN(5) {
			of := makers[r.IntN(len(makers))]
			var part []monary.Value
			for range r.IntN(40) {
				if r.IntN(10) == 0 {
					of = makers[r.IntN(len(makers))]
				}
				v := monary.Value{}
				if r.IntN(6) > 0 {
					typ, raw, err := bson.MarshalValue(of(r))
					require.NoError(t, err)
					v, err = monary.ParseValue(bson.RawValue{Type: typ, Value: raw})
					require.NoError(t, err)
				}
				part = append(part, v)
			}
			want = append(want, part...)
			table, err := monary.NewTable(monary.ColumnOf("c", part, nil))
			require.NoError(t, err)
			parts = append(parts, table)
		}
		whole, err := monary.Concat(parts...)
		require.NoError(t, err)
		bytes, err := whole.MarshalBinary()
		require.NoError(t, err)
		var back monary.Table
		require.NoError(t, back.UnmarshalBinary(bytes))
		every := make([]int, len(want))
		for row := range every {
			every[row] = row
		}
		for _, s := range []*monary.Series{whole.Series(0), back.Series(0), whole.Series(0).Take(every), whole.Series(0).Slice(0, len(want))} {
			for row, v := range want {
				require.Equal(t, v.String(), s.Value(row).String(), "seed %d, row %d", seed, row)
			}
		}
	}
}
