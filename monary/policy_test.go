package monary_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// policyDocs have a value in rows 0, 1 and 6, offences in 2 to 5, nothing in 7
// and 8.
func policyDocs(t *testing.T) [][]byte {
	t.Helper()
	var docs [][]byte
	for _, v := range []any{1, int64(2), "three", 1e30, 4.5, bson.D{}, 7.0, nil} {
		docs = append(docs, marshal(t, bson.D{{Key: "pad", Value: "x"}, {Key: "n", Value: v}, {Key: "s", Value: "ok"}}))
	}
	return append(docs, marshal(t, bson.D{{Key: "s", Value: "too long"}}), marshal(t, bson.D{{Key: "n", Value: 9}, {Key: "s", Value: "ok"}}))
}

var policySchema = monary.MustSchema("n int64", "s string:4")

func TestPolicyFail(t *testing.T) {
	docs := policyDocs(t)
	r, err := monary.FromRaw(t.Context(), stream(docs, nil), policySchema, monary.WithPolicy(monary.Fail))
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorIs(t, err, monary.ErrValue)
	var at *monary.DecodeError
	require.ErrorAs(t, err, &at)
	assert.Equal(t, int64(2), at.Doc)
	assert.Equal(t, "n", at.Path)
	assert.Equal(t, int64(len(docs[0])+len(docs[1])+4+len("\x02pad\x00\x02\x00\x00\x00x\x00")+len("\x02n\x00")), at.Offset)
	assert.ErrorContains(t, err, `mismatch of string "three" in a column of type int64`)
	assert.Equal(t, 2, table.NumRows(), "the documents before")
	checkReport(t, r.Report(), 2)

	r, err = monary.FromRaw(t.Context(), stream(docs[7:], nil), policySchema, monary.WithPolicy(monary.Fail))
	require.NoError(t, err)
	table, err = r.Table()
	require.ErrorContains(t, err, "truncated")
	assert.Equal(t, 1, table.NumRows(), "null is no offence")
}

func TestPolicyDropRow(t *testing.T) {
	for _, rows := range []int{1, 3, 1000} {
		r, err := monary.FromRaw(t.Context(), stream(policyDocs(t), nil), policySchema, monary.WithPolicy(monary.DropRow), monary.BatchRows(rows), monary.ReuseBuffers())
		require.NoError(t, err)
		var got []int64
		for table, err := range r.Batches() {
			require.NoError(t, err)
			values, err := monary.Values[int64](table, "n")
			require.NoError(t, err)
			got = append(got, values...)
		}
		assert.Equal(t, []int64{1, 2, 7, 0, 9}, got, "a null is kept, cut text is not")
		assert.Equal(t, int64(10), r.Report().Documents)
		assert.Equal(t, int64(5), r.Report().Dropped)
		assert.Equal(t, int64(2), r.Report().Columns[0].Of(monary.Mismatch))
		assert.Contains(t, r.Report().String(), "10 documents, 5 dropped")
	}
}

// TestPolicyInside: what does not fit inside a list or struct is no less of an
// offence than what does not fit the column itself.
func TestPolicyInside(t *testing.T) {
	item := func(n any) bson.D { return bson.D{{Key: "n", Value: n}} }
	var docs [][]byte
	for i, list := range []any{
		bson.A{item(1), item(nil), bson.D{}, nil}, bson.A{item(1), item(300)}, nil, bson.A{item(2), "no document"}, "no list", bson.A{item(3)},
	} {
		docs = append(docs, marshal(t, bson.D{{Key: "_id", Value: i}, {Key: "l", Value: list}}))
	}
	schema := monary.MustSchema("_id int32", "l list<struct{n int8}>")
	r, err := monary.FromRaw(t.Context(), stream(docs, nil), monary.MustSchema("_id any", "l any"))
	require.NoError(t, err)
	whole, err := r.Table()
	require.NoError(t, err)
	tables := func(yield func(*monary.Table, error) bool) { yield(whole, nil) }
	for name, read := range map[string]func(...monary.ReadOption) (*monary.Reader, error){
		"Documents": func(opts ...monary.ReadOption) (*monary.Reader, error) {
			return monary.FromRaw(t.Context(), stream(docs, nil), schema, opts...)
		},
		"Tables": func(opts ...monary.ReadOption) (*monary.Reader, error) {
			return monary.FromTables(t.Context(), tables, schema, opts...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := read(monary.WithPolicy(monary.DropRow), monary.KeepRejected(2))
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			ids, err := monary.Values[int32](table, "_id")
			require.NoError(t, err)
			assert.Equal(t, []int32{0, 2, 5}, ids, "nulls and gaps are no offence")
			assert.EqualValues(t, 3, r.Report().Dropped)
			rejected := r.Report().Rejected
			require.Len(t, rejected, 2)
			assert.Equal(t, "l[1].n", rejected[0].Path)
			assert.Equal(t, monary.Overflow, rejected[0].State)
			assert.Equal(t, "l[1]", rejected[1].Path)

			r, err = read(monary.WithPolicy(monary.Fail))
			require.NoError(t, err)
			_, err = r.Table()
			require.ErrorIs(t, err, monary.ErrValue)
			require.ErrorContains(t, err, `field "l.1.n"`)
			require.ErrorContains(t, err, `overflow of 32-bit integer "300" in a column of type int8`)
			require.Regexp(t, "(document|row) 1[ ,]", err.Error())

			r, err = read()
			require.NoError(t, err)
			table, err = r.Table()
			require.NoError(t, err)
			assert.Equal(t, 6, table.NumRows(), "masked")
		})
	}
}

// TestPolicyOfTables: the same rules where the cells come from other columns.
func TestPolicyOfTables(t *testing.T) {
	r, err := monary.FromRaw(t.Context(), stream(policyDocs(t), nil), monary.MustSchema("n any", "s any"))
	require.NoError(t, err)
	whole, err := r.Table()
	require.NoError(t, err)
	tables := func(yield func(*monary.Table, error) bool) { yield(whole, nil) }

	r, err = monary.FromTables(t.Context(), tables, policySchema, monary.WithPolicy(monary.DropRow))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	values, err := monary.Values[int64](table, "n")
	require.NoError(t, err)
	assert.Equal(t, []int64{1, 2, 7, 0, 9}, values)
	assert.Equal(t, int64(5), r.Report().Dropped)

	r, err = monary.FromTables(t.Context(), tables, policySchema, monary.WithPolicy(monary.Fail))
	require.NoError(t, err)
	_, err = r.Table()
	require.ErrorIs(t, err, monary.ErrValue)
	assert.ErrorContains(t, err, `row 2, field "n"`)
}

func TestUnknownPolicy(t *testing.T) {
	_, err := monary.FromRaw(t.Context(), stream(nil, nil), policySchema, monary.WithPolicy(7))
	require.ErrorContains(t, err, "unknown policy 7; Mask, Fail, DropRow and Coerce are known")
}

// TestStrict: the slip of the name is told, with what may have been meant.
func TestStrict(t *testing.T) {
	docs := [][]byte{marshal(t, bson.D{{Key: "_id", Value: "MA"}, {Key: "totPop", Value: 1}, {Key: "a", Value: bson.D{{Key: "bc", Value: 1}}}})}
	for _, c := range []struct{ name, field, want string }{
		{"Case", "totpop", "totpop (did you mean totPop?)"},
		{"Inside", "a.bb", "a.bb (did you mean a.bc?)"},
		{"Nothing like it", "something_else", "documents: something_else"},
	} {
		r, err := monary.FromRaw(t.Context(), stream(docs, nil), monary.MustSchema("_id string", "a.bc int32", c.field+" int64"), monary.Strict())
		require.NoError(t, err)
		table, err := r.Table()
		require.ErrorIs(t, err, monary.ErrAbsent, c.name)
		assert.Equal(t, 1, table.NumRows(), "the rows come all the same")
		if c.name != "Nothing like it" {
			assert.ErrorContains(t, err, c.want)
		}
	}
	r, err := monary.FromRaw(t.Context(), stream(docs, nil), monary.MustSchema("totPop int64"), monary.Strict())
	require.NoError(t, err)
	require.NoError(t, drain(r))
}
