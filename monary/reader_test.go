package monary_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// numbers are n documents {n: 0}, {n: 1}, …
func numbers(n int) [][]byte {
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = document(element(bson.TypeInt32, "n", int32Bytes(int32(i))))
	}
	return docs
}

var errSource = errors.New("the source is broken")

func TestBatches(t *testing.T) {
	for _, c := range []struct {
		name, why  string
		docs, rows int
		want       []int
	}{
		{"One by one", "the least batch", 3, 1, []int{1, 1, 1}},
		{"Last partial", "the rest is a batch", 10, 4, []int{4, 4, 2}},
		{"Exact division", "no empty batch at the end", 8, 4, []int{4, 4}},
		{"All in one", "fewer than a batch", 3, 100, []int{3}},
		{"Just one batch", "no empty batch at the end", 4, 4, []int{4}},
		{"Nothing", "no batch at all", 0, 4, nil},
		{"Default", "zero is the default", 70000, 0, []int{65536, 70000 - 65536}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := monary.FromRaw(t.Context(), stream(numbers(c.docs), nil), monary.MustSchema("n int32", "x string"), monary.BatchRows(c.rows))
			require.NoError(t, err)
			var rows []int
			next := int32(0)
			for batch, err := range r.Batches() {
				require.NoError(t, err)
				rows = append(rows, batch.NumRows())
				n, err := monary.Values[int32](batch, "n")
				require.NoError(t, err)
				for _, got := range n {
					require.Equal(t, next, got)
					next++
				}
			}
			assert.Equal(t, c.want, rows, c.why)
			checkReport(t, r.Report(), c.docs)
		})
	}
}

func TestBatchRowsIsChecked(t *testing.T) {
	_, err := monary.FromRaw(t.Context(), stream(nil, nil), monary.MustSchema("n int32"), monary.BatchRows(-1))
	require.ErrorContains(t, err, "BatchRows is -1")
	o, err := monary.NewReadOptions(monary.AllowDiskUse())
	require.NoError(t, err)
	assert.Equal(t, 65536, o.BatchRows)
	assert.True(t, o.AllowDiskUse)
}

func TestBatchesAreTheCallers(t *testing.T) {
	r, err := monary.FromRaw(t.Context(), stream(numbers(6), nil), monary.MustSchema("n int32", "x any"), monary.BatchRows(2))
	require.NoError(t, err)
	var kept []*monary.Table
	for batch, err := range r.Batches() {
		require.NoError(t, err)
		kept = append(kept, batch)
	}
	for i, want := range [][]string{{"0", "1"}, {"2", "3"}, {"4", "5"}} {
		assert.Equal(t, want, cells(t, kept[i], 0), "a later batch does not write into an earlier one")
	}
}

func TestZeroDocumentsHaveColumns(t *testing.T) {
	schema := monary.MustSchema("a bool", "b int32", "c int64", "d float64", "e date", "f string", "g string:4", "h objectid", "i any")
	table, report, err := read(t, nil, schema)
	require.NoError(t, err)
	assert.Equal(t, schema.Names(), table.ColumnNames())
	assert.Zero(t, table.NumRows())
	assert.Zero(t, report.Documents)
	for i := range schema.Len() {
		assert.Equal(t, schema.At(i).Type, table.Series(i).Type())
		assert.Empty(t, cells(t, table, i))
	}
}

func TestReaderIsForOnePass(t *testing.T) {
	open := func() *monary.Reader {
		r, err := monary.FromRaw(t.Context(), stream(numbers(3), nil), monary.MustSchema("n int32"))
		require.NoError(t, err)
		return r
	}
	second := func(r *monary.Reader) {
		t.Helper()
		table, err := r.Table()
		require.ErrorIs(t, err, monary.ErrReaderUsed)
		assert.Zero(t, table.NumRows())
		assert.Equal(t, []string{"n"}, table.ColumnNames())
		passes := 0
		for batch, err := range r.Batches() {
			require.ErrorIs(t, err, monary.ErrReaderUsed)
			assert.Nil(t, batch)
			passes++
		}
		assert.Equal(t, 1, passes)
	}
	r := open()
	_, err := r.Table()
	require.NoError(t, err)
	second(r)

	r = open()
	for range r.Batches() {
		break
	}
	second(r)

	r = open()
	require.NoError(t, r.Close())
	require.NoError(t, r.Close(), "may be called more than once")
	second(r)
	assert.Zero(t, r.Report().Documents)
}

func TestCloseInsideTheLoop(t *testing.T) {
	r, err := monary.FromRaw(t.Context(), stream(numbers(6), nil), monary.MustSchema("n int32"), monary.BatchRows(2))
	require.NoError(t, err)
	batches := 0
	var last error
	for batch, err := range r.Batches() {
		if batch != nil {
			batches++
		}
		last = err
		require.NoError(t, r.Close())
	}
	assert.Equal(t, 1, batches, "no rows come out of a closed reader")
	require.ErrorIs(t, last, monary.ErrReaderUsed, "nor does it look like the end of the data")
}

func TestOnClose(t *testing.T) {
	bad := [][]byte{document(one("n")), {5, 0, 0, 0, 1}}
	errClose := errors.New("close failed")
	for _, c := range []struct {
		name, why string
		docs      [][]byte
		source    error
		use       func(*monary.Reader) error
		result    error // of OnClose
		want      error
	}{
		{"Table", "at the end", numbers(3), nil, drain, nil, nil},
		{"Batches", "at the end", numbers(3), nil, iterate, nil, nil},
		{"Break", "an early end is an end", numbers(3), nil, first, nil, nil},
		{"Malformed", "a fault is an end", bad, nil, drain, nil, monary.ErrElement},
		{"Source error", "so is this", numbers(3), errSource, iterate, nil, errSource},
		{"Close alone", "before any use", numbers(3), nil, (*monary.Reader).Close, nil, nil},
		{"Failing close", "is an error of the read", numbers(3), nil, drain, errClose, errClose},
		{"Failing close in Batches", "is an error of the read", numbers(3), nil, iterate, errClose, errClose},
		{"Failing close alone", "is Close's error", numbers(3), nil, (*monary.Reader).Close, errClose, errClose},
		{"Both fail", "the first error counts", numbers(3), errSource, drain, errClose, errSource},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			r, err := monary.FromRaw(t.Context(), stream(c.docs, c.source), monary.MustSchema("n int32"), monary.BatchRows(2),
				monary.OnClose(func() error { calls++; return c.result }))
			require.NoError(t, err)
			require.ErrorIs(t, c.use(r), c.want, c.why)
			assert.Equal(t, 1, calls, "calls after use")
			require.NoError(t, r.Close())
			_, err = r.Table()
			require.ErrorIs(t, err, monary.ErrReaderUsed)
			assert.Equal(t, 1, calls, "calls at last")
		})
	}
}

func drain(r *monary.Reader) error { _, err := r.Table(); return err }

func iterate(r *monary.Reader) error {
	for _, err := range r.Batches() {
		if err != nil {
			return err
		}
	}
	return nil
}

func first(r *monary.Reader) error {
	for _, err := range r.Batches() {
		return err
	}
	return nil
}

func TestSourceErrorComesAfterItsRows(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4} {
		r, err := monary.FromRaw(t.Context(), stream(numbers(n), errSource), monary.MustSchema("n int32"), monary.BatchRows(2))
		require.NoError(t, err)
		rows, faults := 0, 0
		for batch, err := range r.Batches() {
			require.Zero(t, faults, "the error is the end")
			if err != nil {
				faults++
				require.ErrorIs(t, err, errSource)
				var located *monary.DecodeError
				require.ErrorAs(t, err, &located)
				assert.EqualValues(t, n, located.Doc)
				assert.Nil(t, batch)
				continue
			}
			rows += batch.NumRows()
		}
		assert.Equal(t, n, rows)
		assert.Equal(t, 1, faults)
		checkReport(t, r.Report(), n)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := monary.FromRaw(ctx, stream(numbers(3), nil), monary.MustSchema("n int32"))
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorIs(t, err, context.Canceled)
	assert.Zero(t, table.NumRows())

	ctx, cancel = context.WithCancel(context.Background())
	docs := func(yield func([]byte, error) bool) {
		for i, doc := range numbers(10_000) {
			if i == 5000 {
				cancel()
			}
			if !yield(doc, nil) {
				return
			}
		}
	}
	closed := 0
	r, err = monary.FromRaw(ctx, docs, monary.MustSchema("n int32"), monary.OnClose(func() error { closed++; return nil }))
	require.NoError(t, err)
	table, err = r.Table()
	require.ErrorIs(t, err, context.Canceled)
	assert.GreaterOrEqual(t, table.NumRows(), 5000, "what was read before")
	assert.Less(t, table.NumRows(), 6000, "soon after")
	assert.Equal(t, 1, closed)
	checkReport(t, r.Report(), table.NumRows())
}

func TestCancelBetweenBatches(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := monary.FromRaw(ctx, stream(numbers(100), nil), monary.MustSchema("n int32"), monary.BatchRows(1))
	require.NoError(t, err)
	batches := 0
	var last error
	for _, err := range r.Batches() {
		cancel()
		batches++
		last = err
	}
	require.ErrorIs(t, last, context.Canceled)
	assert.Equal(t, 2, batches, "one batch, then the error")
}

func TestCancelCause(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errSource)
	r, err := monary.FromRaw(ctx, stream(numbers(3), nil), monary.MustSchema("n int32"))
	require.NoError(t, err)
	require.ErrorIs(t, drain(r), errSource)
}

func TestReportIsASnapshot(t *testing.T) {
	r, err := monary.FromRaw(t.Context(), stream(numbers(4), nil), monary.MustSchema("n int32"), monary.BatchRows(2))
	require.NoError(t, err)
	var early []monary.Report
	for _, err := range r.Batches() {
		require.NoError(t, err)
		early = append(early, r.Report())
	}
	checkReport(t, early[0], 2)
	checkReport(t, early[1], 4)
	assert.Equal(t, monary.MustSchema("n int32"), r.Schema())
}

// A document need only stay unchanged until the next one is asked for.
func TestDocumentsAreCopied(t *testing.T) {
	buf := document(element(bson.TypeString, "s", textBytes("first")), element(bson.TypeEmbeddedDocument, "d", document(element(bson.TypeString, "x", textBytes("inner")))),
		element(bson.TypeObjectID, "id", objectID[:]))
	docs := func(yield func([]byte, error) bool) {
		if yield(buf, nil) {
			clear(buf)
		}
	}
	r, err := monary.FromRaw(t.Context(), docs, monary.MustSchema("s string", "d any", "id objectid", "d.x string:9"))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, []string{`"first"`}, cells(t, table, 0))
	assert.Equal(t, `"inner"`, `"`+table.Series(1).Value(0).Field("x").String()+`"`)
	assert.Equal(t, []string{objectID.Hex()}, cells(t, table, 2))
	assert.Equal(t, []string{`"inner"`}, cells(t, table, 3))
}
