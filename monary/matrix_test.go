package monary_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Embeddings become one block of memory, whichever way they are stored.
func ExampleVectors() {
	docs := func(yield func([]byte, error) bool) {
		for _, emb := range []any{bson.NewVector([]float32{0.5, -1, 2}), bson.NewVector([]int8{1, 2, 3}), bson.A{0.25, int32(4), int64(8)}} {
			doc, err := bson.Marshal(bson.D{{Key: "emb", Value: emb}})
			if !yield(doc, err) {
				return
			}
		}
	}
	r, err := monary.FromRaw(context.Background(), docs, monary.MustSchema("emb vector:3"))
	if err != nil {
		log.Fatal(err)
	}
	table, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	block, n, err := monary.Vectors[float32](table, "emb")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, block)
	// Output: 3 [0.5 -1 2 1 2 3 0.25 4 8]
}

func vectorBinary(typ, padding byte, data ...byte) bson.Binary {
	return bson.Binary{Subtype: 9, Data: append([]byte{typ, padding}, data...)}
}

func TestVectorCells(t *testing.T) {
	nan := math.Float32frombits(0x7fc12345)
	for _, c := range []struct {
		name, typ string
		value     any
		want      []float64
		state     monary.State
	}{
		{"float32", "vector:2", bson.NewVector([]float32{0.1, -2}), []float64{float64(float32(0.1)), -2}, monary.Present},
		{"float32 to float64", "vector64:2", bson.NewVector([]float32{0.5, -2}), []float64{0.5, -2}, monary.Present},
		{"infinities", "vector:2", bson.NewVector([]float32{float32(math.Inf(1)), float32(math.Copysign(0, -1))}), []float64{math.Inf(1), math.Copysign(0, -1)}, monary.Present},
		{"int8", "vector:3", bson.NewVector([]int8{-128, 0, 127}), []float64{-128, 0, 127}, monary.Present},
		{"bits, the first is the most significant", "vector:8", vectorBinary(0x10, 0, 0b10110001), []float64{1, 0, 1, 1, 0, 0, 0, 1}, monary.Present},
		{"bits with padding", "vector:11", vectorBinary(0x10, 5, 0xff, 0b01011111), []float64{1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0}, monary.Present},
		{"an array of doubles", "vector:2", bson.A{0.5, 1.5}, []float64{0.5, 1.5}, monary.Present},
		{"an array of integers", "vector64:3", bson.A{int32(1), int64(2), 3.0}, []float64{1, 2, 3}, monary.Present},
		{"a double that float32 does not hold", "vector:2", bson.A{0.5, 0.1}, nil, monary.Inexact},
		{"but float64 does", "vector64:2", bson.A{0.5, 0.1}, []float64{0.5, 0.1}, monary.Present},
		{"a double beyond float32", "vector:1", bson.A{1e300}, nil, monary.Overflow},
		{"an integer beyond 2^53", "vector64:1", bson.A{int64(1<<53 + 1)}, nil, monary.Inexact},
		{"a null inside", "vector:2", bson.A{1.0, nil}, nil, monary.Mismatch},
		{"text inside", "vector:2", bson.A{1.0, "2"}, nil, monary.Mismatch},
		{"an array too short", "vector:3", bson.A{1.0, 2.0}, nil, monary.Mismatch},
		{"an array too long", "vector:1", bson.A{1.0, 2.0}, nil, monary.Mismatch},
		{"an empty array", "vector:1", bson.A{}, nil, monary.Mismatch},
		{"a vector too short", "vector:3", bson.NewVector([]float32{1, 2}), nil, monary.Mismatch},
		{"a vector too long", "vector:1", bson.NewVector([]int8{1, 2}), nil, monary.Mismatch},
		{"an unknown element type", "vector:2", vectorBinary(0x05, 0, 1, 2), nil, monary.Mismatch},
		{"float32 with padding", "vector:1", vectorBinary(0x27, 1, 0, 0, 0, 0), nil, monary.Mismatch},
		{"int8 with padding", "vector:1", vectorBinary(0x03, 1, 1), nil, monary.Mismatch},
		{"padding of 8", "vector:8", vectorBinary(0x10, 8, 0xff, 0xff), nil, monary.Mismatch},
		{"padding of nothing", "vector:1", vectorBinary(0x10, 1), nil, monary.Mismatch},
		{"bytes that are no float32s", "vector:1", vectorBinary(0x27, 0, 0, 0, 0, 0, 0), nil, monary.Mismatch},
		{"no head", "vector:1", bson.Binary{Subtype: 9, Data: []byte{0x27}}, nil, monary.Mismatch},
		{"another subtype", "vector:1", bson.Binary{Data: []byte{0x03, 0, 1}}, nil, monary.Mismatch},
		{"a number", "vector:1", 1.5, nil, monary.Mismatch},
		{"a document", "vector:1", bson.D{{Key: "0", Value: 1.5}}, nil, monary.Mismatch},
		{"null", "vector:1", nil, nil, monary.Null},
		{"NaN keeps its payload", "vector:1", bson.NewVector([]float32{nan}), []float64{float64(nan)}, monary.Present},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs := [][]byte{marshal(t, bson.D{{Key: "v", Value: c.value}})}
			table, report := readWith(t, docs, "v "+c.typ)
			require.EqualValues(t, 1, report.Columns[0].Of(c.state), report.String())
			require.Equal(t, c.state == monary.Present, table.Series(0).IsValid(0))
			got := numbersOf(t, table)
			if c.state != monary.Present {
				for _, x := range got {
					require.Zero(t, x)
				}
				return
			}
			require.Len(t, got, len(c.want))
			for i := range got {
				assert.Equal(t, math.Float64bits(c.want[i]), math.Float64bits(got[i]))
			}
		})
	}
}

// numbersOf are the numbers of the only column.
func numbersOf(t *testing.T, table *monary.Table) []float64 {
	t.Helper()
	if block, n, err := monary.Vectors[float64](table, table.ColumnNames()[0]); err == nil {
		require.Equal(t, table.NumRows()*n, len(block))
		return block
	}
	block, n, err := monary.Vectors[float32](table, table.ColumnNames()[0])
	require.NoError(t, err)
	require.Equal(t, table.NumRows()*n, len(block))
	out := make([]float64, len(block))
	for i, x := range block {
		out[i] = float64(x)
	}
	return out
}

// TestVectorTables: whatever is done with a table, the rows keep their numbers.
func TestVectorTables(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 40))
	const rows, n = 1000, 7
	var docs [][]byte
	want := make([]float32, 0, rows*n)
	valid := make([]bool, rows)
	for i := range rows {
		v := make([]float32, n)
		var value any
		if valid[i] = rng.IntN(5) > 0; valid[i] {
			for k := range v {
				v[k] = rng.Float32()
			}
			value = bson.NewVector(v)
		}
		want = append(want, v...)
		docs = append(docs, marshal(t, bson.D{{Key: "v", Value: value}}))
	}
	for _, workers := range []int{1, 3} {
		for _, expect := range []int{0, 40_000} {
			r, err := monary.FromBytes(t.Context(), slices.Concat(docs...), monary.MustSchema("v vector:7"), monary.Workers(workers), monary.ExpectRows(expect))
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			block, width, err := monary.Vectors[float32](table, "v")
			require.NoError(t, err)
			require.Equal(t, n, width)
			require.Equal(t, want, block)
		}
	}
	table, err := monary.NewTable(monary.VectorsOf("v", want, n, valid))
	require.NoError(t, err)
	check := func(t *testing.T, got *monary.Table, rows ...int) {
		t.Helper()
		block, _, err := monary.Vectors[float32](got, "v")
		require.NoError(t, err)
		require.Equal(t, len(rows), got.NumRows())
		for i, row := range rows {
			require.Equal(t, want[row*n:(row+1)*n], block[i*n:(i+1)*n])
			require.Equal(t, valid[row], got.Series(0).IsValid(i))
		}
	}
	check(t, table.Slice(3, 6), 3, 4, 5)
	check(t, table.Take([]int{900, 0}), 900, 0)
	both, err := table.Slice(1, 2).Append(table.Slice(7, 9))
	require.NoError(t, err)
	check(t, both, 1, 7, 8)
	data, err := table.MarshalBinary()
	require.NoError(t, err)
	var back monary.Table
	require.NoError(t, back.UnmarshalBinary(data))
	check(t, back.Slice(0, 4), 0, 1, 2, 3)
}

func TestVectorTypes(t *testing.T) {
	for text, want := range map[string]string{
		"vector:0": "from 1 to", "vector:": "from 1 to", "vector:1048577": "from 1 to", "vector64:-1": "from 1 to", "vector": "unknown type",
	} {
		_, err := monary.ParseType(text)
		require.ErrorContains(t, err, want, text)
	}
	schema, err := monary.SchemaOf[struct {
		Emb  bson.Vector `monary:"vector:384"`
		List [3]float32
		In   struct {
			V []float64 `monary:"vector64:2"`
		}
	}]()
	require.NoError(t, err)
	assert.Equal(t, "emb vector:384; list list<float32>; in struct{v vector64:2}", schema.String())
	_, err = monary.SchemaOf[struct{ Emb bson.Vector }]()
	require.ErrorContains(t, err, "choose the type vector:N with a monary tag")

	two, three := bson.NewVector([]float32{1, 2}), bson.NewVector([]float32{1, 2, 3})
	for want, values := range map[string][]any{
		"v vector:2": {two, nil, two}, "v binary": {two, three}, "v list<float64>": {bson.A{1.5}, bson.A{2.5}},
		"v any": {two, bson.A{1.5, 2.5}},
	} {
		var docs [][]byte
		for _, v := range values {
			docs = append(docs, marshal(t, bson.D{{Key: "v", Value: v}}))
		}
		for range 2 {
			schema, err := monary.InferSchema(stream(docs, nil))
			require.NoError(t, err)
			assert.Equal(t, want, schema.String())
			slices.Reverse(docs)
		}
	}
	schema, err = monary.InferSchema(stream([][]byte{marshal(t, bson.D{{Key: "v", Value: bson.NewVector([]int8{1})}})}, nil))
	require.NoError(t, err)
	assert.Equal(t, "v binary", schema.String(), "the column would not keep that they are int8")
}

func TestVectorsInside(t *testing.T) {
	docs := [][]byte{marshal(t, bson.D{{Key: "v", Value: bson.A{bson.A{1.5, 2.5}, "x", bson.NewVector([]float32{3, 4})}}})}
	table, report := readWith(t, docs, "v list<vector:2>")
	_, items, err := table.Series(0).List()
	require.NoError(t, err)
	inner, err := monary.NewTable(items)
	require.NoError(t, err)
	assert.Equal(t, []float64{1.5, 2.5, 0, 0, 3, 4}, numbersOf(t, inner))
	assert.EqualValues(t, 1, report.Columns[0].Nested[0].Of(monary.Mismatch))
}

func TestVectorCasts(t *testing.T) {
	table, err := monary.NewTable(monary.VectorsOf("v", []float32{1, 2, 0.1, 4}, 2, nil))
	require.NoError(t, err)
	wide, counts, err := table.Series(0).Cast(monary.Type{Kind: monary.KindVector64, Width: 2})
	require.NoError(t, err)
	assert.EqualValues(t, 2, counts.Of(monary.Present))
	back, _, err := wide.Cast(monary.Type{Kind: monary.KindVector, Width: 2})
	require.NoError(t, err)
	again, err := monary.NewTable(back)
	require.NoError(t, err)
	assert.Equal(t, numbersOf(t, table), numbersOf(t, again))
	assert.Equal(t, "v\n[1 2]\n[0.1 4]\n", table.String())
	long, err := monary.NewTable(monary.VectorsOf("v", make([]float64, 9), 9, nil))
	require.NoError(t, err)
	assert.Contains(t, long.String(), "[0 0 0 0 0 0 … 3 more]")
	_, _, err = monary.Vectors[float64](table, "v")
	require.ErrorContains(t, err, "vector:2, not vectors of Go's float64")
	for want, f := range map[string]func(){
		"3 numbers are not rows of 2": func() { monary.VectorsOf("v", []float32{1, 2, 3}, 2, nil) },
		"from 1 to":                   func() { monary.VectorsOf("v", []float32{}, 0, nil) },
		"1 validity marks":            func() { monary.VectorsOf("v", []float32{1, 2}, 1, []bool{true}) },
	} {
		func() {
			defer func() { assert.Contains(t, fmt.Sprint(recover()), want) }()
			f()
		}()
	}
}

// TestVectorCSV: a cell of a CSV file is an array in extended JSON.
func TestVectorCSV(t *testing.T) {
	d := write(t, "v.csv", []byte("v\n\"[1.5, 2]\"\n[1]\n"))
	r, err := d.Find(t.Context(), nil, monary.MustSchema("v vector:2"))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, []float64{1.5, 2, 0, 0}, numbersOf(t, table))
}
