package monary_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// oddDocs has values now and then that the columns do not take.
func oddDocs(t *testing.T, n int) [][]byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 30))
	var docs [][]byte
	for i := range n {
		d := bson.D{{Key: "_id", Value: fmt.Sprint("id", i)}, {Key: "n", Value: rng.Int32N(100)}, {Key: "tags", Value: bson.A{int32(1), int32(2)}},
			{Key: "sub", Value: bson.D{{Key: "x", Value: 1.5}}}}
		switch rng.IntN(40) {
		case 0:
			d[1].Value = "12"
		case 1:
			d[1].Value = "twelve"
		case 2:
			d[2].Value = bson.A{int32(1), "two", int64(1 << 40)}
		case 3:
			d[3].Value = bson.D{{Key: "x", Value: "1.5"}, {Key: "x", Value: 2.0}}
		case 4:
			d = d[:1]
		case 5:
			d[1].Value, d[3].Value = nil, "none"
		}
		docs = append(docs, marshal(t, d))
	}
	return docs
}

var oddSchema = monary.MustSchema("n int32", "tags list<int32>", "sub struct{x float64}")

// rejects is what an obvious loop over the documents says should be rejected.
func rejects(t *testing.T, docs [][]byte, keep int, coerces bool) []monary.Rejected {
	t.Helper()
	columns := make([][]monary.Rejected, 3)
	for i, doc := range docs {
		add := func(column int, path, typ string, v bson.RawValue, state monary.State) {
			schema := monary.MustSchema("v " + typ)
			id, err := monary.ParseValue(bson.Raw(doc).Lookup("_id"))
			require.NoError(t, err)
			if len(columns[column]) < keep {
				columns[column] = append(columns[column], monary.Rejected{Doc: int64(i), ID: id, Path: path, Type: schema.At(0).Type,
					Found: v.Type, State: state, Bytes: v.Value, Size: len(v.Value)})
			}
		}
		n := bson.Raw(doc).Lookup("n")
		if text, ok := n.StringValueOK(); ok && (text != "12" || !coerces) {
			add(0, "n", "int32", n, monary.Mismatch)
		}
		if tags, ok := bson.Raw(doc).Lookup("tags").ArrayOK(); ok {
			elements, err := tags.Values()
			require.NoError(t, err)
			for k, v := range elements {
				switch v.Type {
				case bson.TypeString:
					add(1, fmt.Sprintf("tags[%d]", k), "int32", v, monary.Mismatch)
				case bson.TypeInt64:
					add(1, fmt.Sprintf("tags[%d]", k), "int32", v, monary.Overflow)
				}
			}
		}
		sub := bson.Raw(doc).Lookup("sub")
		if sub.Type == bson.TypeString {
			add(2, "sub", "struct{x float64}", sub, monary.Mismatch)
		} else if x := bson.Raw(doc).Lookup("sub", "x"); x.Type == bson.TypeString && !coerces {
			add(2, "sub.x", "float64", x, monary.Mismatch)
		}
	}
	return slices.Concat(columns...)
}

func TestRejectedValues(t *testing.T) {
	docs := oddDocs(t, 3000)
	data := slices.Concat(docs...)
	for _, keep := range []int{1, 5, 1000} {
		for _, policy := range []monary.Policy{monary.Mask, monary.Coerce, monary.DropRow} {
			want := rejects(t, docs, keep, policy == monary.Coerce)
			require.NotEmpty(t, want)
			for _, workers := range []int{1, 3} {
				for _, rows := range []int{77, 5000} {
					r, err := monary.FromBytes(t.Context(), data, oddSchema, monary.KeepRejected(keep), monary.WithPolicy(policy), monary.Workers(workers), monary.BatchRows(rows))
					require.NoError(t, err)
					for _, err := range r.Batches() {
						require.NoError(t, err)
					}
					require.Equal(t, want, r.Report().Rejected, "keep %d, policy %d, %d workers, batches of %d", keep, policy, workers, rows)
				}
			}
		}
	}
}

func TestRejectedOfTables(t *testing.T) {
	table, _ := readWith(t, oddDocs(t, 500), "_id string")
	n, _ := readWith(t, oddDocs(t, 500), "n any")
	both, err := table.With(n.Series(0))
	require.NoError(t, err)
	source := func(yield func(*monary.Table, error) bool) {
		_ = yield(both.Slice(0, 200), nil) && yield(both.Slice(200, 500), nil)
	}
	r, err := monary.FromTables(t.Context(), source, monary.MustSchema("n int32"), monary.KeepRejected(3), monary.KeepStates())
	require.NoError(t, err)
	got, err := r.Table()
	require.NoError(t, err)
	want := rejects(t, oddDocs(t, 500), 3, false)[:3]
	assert.Equal(t, want, r.Report().Rejected)
	assert.Equal(t, monary.Mismatch, got.Series(0).States()[want[0].Doc])
}

func TestRejectedBytesAreBounded(t *testing.T) {
	long := bson.D{{Key: "n", Value: string(make([]byte, 100_000))}}
	_, report := readWith(t, [][]byte{marshal(t, long)}, "n int32", monary.KeepRejected(1))
	require.Len(t, report.Rejected, 1)
	assert.Len(t, report.Rejected[0].Bytes, 1024)
	assert.Equal(t, 100_005, report.Rejected[0].Size)
	assert.True(t, report.Rejected[0].ID.IsMissing())
}

// TestStates: every cell's state is kept, whichever way the cell has come, and
// they add up to the report.
func TestStates(t *testing.T) {
	docs := oddDocs(t, 2000)
	data := slices.Concat(docs...)
	for _, workers := range []int{1, 3} {
		r, err := monary.FromBytes(t.Context(), data, monary.MustSchema("n int32", "nowhere string", "_id string:4"), monary.KeepStates(), monary.Workers(workers), monary.BatchRows(300), monary.ReuseBuffers())
		require.NoError(t, err)
		counts := [3]map[monary.State]int64{{}, {}, {}}
		at := 0
		for table, err := range r.Batches() {
			require.NoError(t, err)
			for i := range 3 {
				states := table.Series(i).States()
				require.Len(t, states, table.NumRows())
				for row, state := range states {
					counts[i][state]++
					assert.Equal(t, state == monary.Present || state == monary.Truncated, table.Series(i).IsValid(row))
				}
			}
			for row, state := range table.Series(0).States() {
				n, err := bson.Raw(docs[at+row]).LookupErr("n")
				want := map[bson.Type]monary.State{bson.TypeInt32: monary.Present, bson.TypeString: monary.Mismatch, bson.TypeNull: monary.Null}[n.Type]
				if err != nil {
					want = monary.Missing
				}
				require.Equal(t, want, state)
			}
			at += table.NumRows()
		}
		for i, c := range r.Report().Columns {
			for state := monary.Present; state <= monary.Truncated; state++ {
				assert.Equal(t, c.Of(state), counts[i][state], "%s %s", c.Field, state)
			}
		}
	}
}

func TestStatesFollowTheirRows(t *testing.T) {
	docs := [][]byte{marshal(t, bson.D{{Key: "n", Value: 1}}), marshal(t, bson.D{{Key: "n", Value: nil}}), marshal(t, bson.D{}), marshal(t, bson.D{{Key: "n", Value: "x"}})}
	table, _ := readWith(t, docs, "n int32", monary.KeepStates())
	want := []monary.State{monary.Present, monary.Null, monary.Missing, monary.Mismatch}
	assert.Equal(t, want, table.Series(0).States())
	assert.Equal(t, want[1:3], table.Slice(1, 3).Series(0).States())
	assert.Equal(t, []monary.State{want[3], want[0]}, table.Take([]int{3, 0}).Series(0).States())
	twice, err := table.Append(table)
	require.NoError(t, err)
	assert.Equal(t, append(slices.Clone(want), want...), twice.Series(0).States())
	plain, _ := readWith(t, docs, "n int32")
	assert.Nil(t, plain.Series(0).States(), "they were not asked for")
	mixed, err := table.Append(plain)
	require.NoError(t, err)
	assert.Nil(t, mixed.Series(0).States(), "not all are known")
}

// TestPolicyOfAColumn: a column's own policy is stronger than that of all.
func TestPolicyOfAColumn(t *testing.T) {
	docs := [][]byte{
		marshal(t, bson.D{{Key: "a", Value: "1"}, {Key: "b", Value: "1"}, {Key: "c", Value: 1}}),
		marshal(t, bson.D{{Key: "a", Value: 2}, {Key: "b", Value: 2}, {Key: "c", Value: "2"}}),
		marshal(t, bson.D{{Key: "a", Value: 3}, {Key: "b", Value: 3}, {Key: "c", Value: 3}}),
	}
	schema := monary.MustSchema("a int32", "b int32", "c int32")
	for _, workers := range []int{1, 2} {
		data := slices.Concat(docs...)
		r, err := monary.FromBytes(t.Context(), data, schema, monary.Workers(workers),
			monary.WithPolicy(monary.DropRow), monary.WithPolicy(monary.Mask, "a"), monary.WithPolicy(monary.Coerce, "b"))
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		assert.Equal(t, 2, table.NumRows())
		b, err := monary.Values[int32](table, "b")
		require.NoError(t, err)
		assert.Equal(t, []int32{1, 3}, b)
		assert.EqualValues(t, 1, r.Report().Dropped)
		assert.EqualValues(t, 1, r.Report().Columns[1].Coerced())
		assert.Contains(t, r.Report().String(), "1 coerced")

		r, err = monary.FromBytes(t.Context(), data, schema, monary.Workers(workers), monary.WithPolicy(monary.Fail, "c"))
		require.NoError(t, err)
		table, err = r.Table()
		require.ErrorIs(t, err, monary.ErrValue)
		assert.Equal(t, 1, table.NumRows())
	}
	_, err := monary.FromBytes(t.Context(), nil, schema, monary.WithPolicy(monary.Fail, "d"))
	require.ErrorContains(t, err, `a policy for column "d"; the schema has a, b, c`)
	_, err = monary.FromBytes(t.Context(), nil, schema, monary.WithPolicy(9, "a"))
	require.ErrorContains(t, err, `unknown policy 9 of column "a"`)
	_, err = monary.FromBytes(t.Context(), nil, schema, monary.KeepRejected(-1))
	require.ErrorContains(t, err, "KeepRejected is -1")
}

// TestCoerceInside: values inside lists and structs are converted too, and
// counted where they are.
func TestCoerceInside(t *testing.T) {
	docs := [][]byte{marshal(t, bson.D{{Key: "v", Value: bson.A{"1", 2, "three", nil}}}), marshal(t, bson.D{{Key: "v", Value: bson.A{}}})}
	table, report := readWith(t, docs, "v list<int32>", monary.WithPolicy(monary.Coerce))
	_, items, err := table.Series(0).List()
	require.NoError(t, err)
	values, err := monary.ArrayOf[int32](items)
	require.NoError(t, err)
	assert.Equal(t, []int32{1, 2, 0, 0}, values.Values())
	require.Len(t, report.Columns[0].Nested, 1)
	assert.EqualValues(t, 1, report.Columns[0].Nested[0].Coerced())
	assert.EqualValues(t, 2, report.Columns[0].Nested[0].Of(monary.Present))
	assert.EqualValues(t, 1, report.Columns[0].Nested[0].Of(monary.Mismatch))
}
