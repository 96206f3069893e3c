package monary_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

// A condition on one column reads the other columns of the documents that meet it, and nothing else.
func ExampleWhere() {
	dump, err := monary.OpenDump(testdata.Path("zips.bson.gz"))
	if err != nil {
		panic(err)
	}
	large := monary.Where(monary.MustSchema("pop int32"), func(t *monary.Table, keep []bool) error {
		pop, err := monary.Values[int32](t, "pop")
		for row, n := range pop {
			keep[row] = n > 100_000
		}
		return err
	})
	r, err := dump.Find(context.Background(), nil, monary.MustSchema("city string", "state string:2"), large)
	if err != nil {
		panic(err)
	}
	t, err := r.Table()
	if err != nil {
		panic(err)
	}
	fmt.Println(t.NumRows(), "towns")
	fmt.Println(r.Report().Documents, "documents,", r.Report().Filtered, "filtered out")
	// Output:
	// 28 towns
	// 29353 documents, 29325 filtered out
}

// byHash keeps about share of 100 documents, by what an any column holds.
func byHash(name string, share uint32) monary.ReadOption {
	return monary.Where(monary.MustSchema(name+" any"), func(t *monary.Table, keep []bool) error {
		for row := range keep {
			keep[row] = hashed(t.Series(0), row) < share
		}
		return nil
	})
}

func hashed(s *monary.Series, row int) uint32 {
	raw := s.Value(row).Raw()
	return crc32.ChecksumIEEE(append([]byte{byte(raw.Type)}, raw.Value...)) % 100
}

// whereSchema has the types that differ most in how they are stored, and policies for some of them.
var whereSchema = monary.MustSchema("a any", "b any", "a.b int32", "b.0 bool", "d string", "d:length length", "e float64", "c date", "zz list<int32>", "a.a string")

var wherePolicies = []monary.ReadOption{
	monary.WithPolicy(monary.DropRow, "e"), monary.WithPolicy(monary.Coerce, "d"), monary.KeepRejected(10_000), monary.KeepStates(), monary.Dictionaries(),
}

// A read with conditions is a read of the documents that they keep: rows, states, counts and rejected values, whose
// documents keep their numbers, for any batches, workers and share.
func TestWhereEqualsReadingThose(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	docs := make([][]byte, 600)
	for i := range docs {
		if docs[i] = randomDocument(rng, 2); i%3 == 0 { // many alike: they are swept
			docs[i] = document(element(bson.TypeInt32, "a", int32Bytes(int32(i))), element(bson.TypeString, "d", textBytes(fmt.Sprint("word", i%7))),
				element(bson.TypeString, "e", textBytes("no number")))
		}
	}
	whole, _, err := read(t, docs, monary.MustSchema("a any", "d any"))
	require.NoError(t, err)
	for _, share := range []uint32{0, 1, 10, 50, 99, 100} {
		var kept [][]byte
		var numbers []int64
		for i, doc := range docs {
			if hashed(whole.Series(0), i) < share && hashed(whole.Series(1), i) < 100-share/4 {
				kept, numbers = append(kept, doc), append(numbers, int64(i))
			}
		}
		r, err := monary.FromRaw(context.Background(), stream(kept, nil), whereSchema, wherePolicies...)
		require.NoError(t, err)
		want, err := r.Table()
		require.NoError(t, err)
		counts := r.Report()
		for i := range counts.Rejected {
			counts.Rejected[i].Doc = numbers[counts.Rejected[i].Doc]
		}
		counts.Documents, counts.Filtered = int64(len(docs)), int64(len(docs)-len(kept))
		for _, rows := range []int{1, 3, 1024} {
			for _, workers := range []int{1, 4} {
				opts := append([]monary.ReadOption{byHash("a", share), monary.BatchRows(rows), monary.Workers(workers), byHash("d", 100-share/4)}, wherePolicies...)
				about := fmt.Sprintf("%d %%, batches of %d, %d workers", share, rows, workers)
				r, err := monary.FromBytes(context.Background(), join(docs...), whereSchema, opts...)
				require.NoError(t, err)
				var got []*monary.Table
				for batch, err := range r.Batches() {
					require.NoError(t, err)
					require.NotZero(t, batch.NumRows(), about)
					got = append(got, batch)
				}
				sameTables(t, want, got, about)
				sameReports(t, counts, r.Report(), about)
			}
		}
	}
}

func sameTables(t *testing.T, want *monary.Table, got []*monary.Table, about string) {
	t.Helper()
	if len(got) == 0 {
		require.Zero(t, want.NumRows(), about)
		return
	}
	table := all(t, got)
	a, err := want.MarshalBinary()
	require.NoError(t, err)
	b, err := table.MarshalBinary()
	require.NoError(t, err)
	require.True(t, bytes.Equal(a, b), about)
	for i := range want.NumColumns() {
		require.Equal(t, want.Series(i).States(), table.Series(i).States(), "%s: column %d", about, i)
	}
}

func sameReports(t *testing.T, want, got monary.Report, about string) {
	t.Helper()
	require.Equal(t, want.Rejected, got.Rejected, about)
	require.Equal(t, [3]int64{want.Documents, want.Filtered, want.Dropped}, [3]int64{got.Documents, got.Filtered, got.Dropped}, about)
	for i := range want.Columns {
		require.Equal(t, counted(want, i), counted(got, i), "%s: column %d", about, i)
		require.Equal(t, countedNested(want, i), countedNested(got, i), "%s: column %d", about, i)
	}
}

// even keeps the documents whose n is even.
var even = monary.Where(monary.MustSchema("n int32"), func(t *monary.Table, keep []bool) error {
	n, err := monary.Values[int32](t, "n")
	for row := range n {
		keep[row] = n[row]%2 == 0
	}
	return err
})

// Every source gives the same: files of all kinds, documents one by one, tables. The condition's field need not
// be one of the read's, and its number may be text there.
func TestWhereOnEverySource(t *testing.T) {
	var raw [][]byte
	var text, csv []byte
	csv = append(csv, "n,s\n"...)
	for i := range 600 {
		raw = append(raw, marshal(t, bson.D{{Key: "n", Value: int32(i % 5)}, {Key: "s", Value: fmt.Sprint("t", i)}}))
		text = fmt.Appendf(text, "{\"n\":%d,\"s\":\"t%d\"}\n", i%5, i)
		csv = fmt.Appendf(csv, "%d,t%d\n", i%5, i)
	}
	var want []string
	for i := range 600 {
		if i%5%2 == 0 {
			want = append(want, fmt.Sprintf("%q", fmt.Sprint("t", i)))
		}
	}
	schema := monary.MustSchema("s string")
	check := func(r *monary.Reader, err error) {
		t.Helper()
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		require.Equal(t, want, cells(t, table, 0))
		require.Equal(t, [2]int64{600, 240}, [2]int64{r.Report().Documents, r.Report().Filtered})
	}
	whole := join(raw...)
	for name, data := range map[string][]byte{"d.bson": whole, "d.bson.gz": zipped(t, whole), "d.jsonl": text, "d.csv": csv, "d.csv.gz": zipped(t, csv)} {
		dump := write(t, name, data)
		for _, rows := range []int{1, 7, 1024} {
			check(dump.Find(t.Context(), nil, schema, even, monary.BatchRows(rows)))
			check(dump.Find(t.Context(), nil, schema, even, monary.BatchRows(rows), monary.Workers(1), monary.ExpectRows(600)))
		}
		var texts []string
		for doc, err := range dump.Documents(t.Context(), even) {
			require.NoError(t, err)
			texts = append(texts, fmt.Sprintf("%q", doc.Lookup("s").StringValue()))
		}
		require.Equal(t, want, texts, name)
		r, err := dump.Fields(t.Context(), nil, even)
		require.NoError(t, err)
		n := 0
		for batch, err := range r.Batches() {
			require.NoError(t, err)
			n += batch.NumRows()
		}
		require.Equal(t, 360, n, "rows without columns")
	}
	check(monary.FromRaw(t.Context(), stream(raw, nil), schema, even))
	check(monary.FromCSV(t.Context(), bytes.NewReader(csv), schema, even))
	all, _, err := read(t, raw, monary.MustSchema("n any", "s string"))
	require.NoError(t, err)
	check(monary.FromTables(t.Context(), tables([]*monary.Table{all.Slice(0, 1), all.Slice(1, 400), all.Slice(400, 600)}, nil), schema, even))
	_, err = (func() (*monary.Table, error) {
		r, err := monary.FromTables(t.Context(), tables([]*monary.Table{all}, nil), schema, monary.Where(monary.MustSchema("x any"), keepAll))
		require.NoError(t, err)
		return r.Table()
	})()
	require.ErrorContains(t, err, `no column "x"`)
	_, err = monary.FromCSV(t.Context(), bytes.NewReader(csv), schema, monary.Where(monary.MustSchema("x any"), keepAll))
	require.ErrorContains(t, err, `no column "x"`)
}

func keepAll(_ *monary.Table, keep []bool) error {
	for row := range keep {
		keep[row] = true
	}
	return nil
}

// An error is that of the first document that has one, whatever it is, and what is before it is read. A document that
// is left out has none but those that hide where its elements are.
func TestWhereAndFaults(t *testing.T) {
	doc := func(n int32, s []byte) []byte {
		return document(element(bson.TypeInt32, "n", int32Bytes(n)), element(bson.TypeString, "s", s))
	}
	broken := errors.New("broken")
	asked := monary.Where(monary.MustSchema("n int32"), func(t *monary.Table, keep []bool) error {
		n, err := monary.Values[int32](t, "n")
		for row := range n {
			if keep[row] = n[row] >= 0; n[row] == 99 {
				err = broken
			}
		}
		return err
	})
	good, left := doc(1, textBytes("good")), doc(-1, textBytes("left out"))
	bad, badLeft := doc(1, textBytes("\xff")), doc(-1, textBytes("\xff"))
	raising, torn := doc(99, textBytes("good")), doc(-1, int32Bytes(1000))
	for _, c := range []struct {
		name  string
		docs  [][]byte
		rows  int
		at    int64 // document of a DecodeError
		cause error
		whole error // of Documents, which does not look into what it gives
	}{
		{"malformed and wanted", [][]byte{good, left, bad, good}, 1, 2, monary.ErrUTF8, nil},
		{"malformed and left out", [][]byte{good, left, badLeft, good}, 2, 0, nil, nil},
		{"torn and left out", [][]byte{good, left, torn, good}, 1, 2, monary.ErrLength, monary.ErrLength},
		{"refused", [][]byte{good, left, good, raising, good}, 2, 0, broken, broken},
		{"refused before malformed", [][]byte{good, left, raising, bad}, 1, 0, broken, broken},
		{"malformed before refused", [][]byte{good, left, bad, raising}, 1, 2, monary.ErrUTF8, broken},
		{"torn before refused", [][]byte{good, torn, raising}, 1, 1, monary.ErrLength, monary.ErrLength},
		{"refused first", [][]byte{raising, good}, 0, 0, broken, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, before := range []int{0, 300} {
				docs := [][]byte{}
				for range before {
					docs = append(docs, good)
				}
				docs = append(docs, c.docs...)
				for _, opts := range [][]monary.ReadOption{{}, {monary.BatchRows(1)}, {monary.BatchRows(3), monary.Workers(1)}, {monary.Workers(4), monary.BatchRows(100)}} {
					r, err := monary.FromBytes(t.Context(), join(docs...), monary.MustSchema("s string"), append(opts, asked)...)
					require.NoError(t, err)
					table, err := r.Table()
					require.Equal(t, before+c.rows, table.NumRows())
					if c.cause == nil {
						require.NoError(t, err)
						continue
					}
					require.ErrorIs(t, err, c.cause)
					var at *monary.DecodeError
					if errors.As(err, &at) {
						assert.Equal(t, int64(before)+c.at, at.Doc)
					} else {
						assert.Equal(t, broken, err, "it is told as it is") //nolint:testifylint // the same, not one like it
					}
				}
				var last error
				for _, err := range write(t, "d.bson", join(docs...)).Documents(t.Context(), asked) {
					last = err
				}
				require.ErrorIs(t, last, c.whole)
			}
		})
	}
}

// Batches end where they would without a condition, and those of which nothing is left are not given; the progress goes on.
func TestWhereCutsBatchesByDocumentsRead(t *testing.T) {
	var docs [][]byte
	for i := range 100 {
		docs = append(docs, marshal(t, bson.D{{Key: "n", Value: int32(i/10) % 2}, {Key: "i", Value: int32(i)}}))
	}
	for _, workers := range []int{1, 4} {
		done := int64(0)
		r, err := monary.FromBytes(t.Context(), join(docs...), monary.MustSchema("i int32"), even, monary.BatchRows(15), monary.Workers(workers),
			monary.OnProgress(func(n, _ int64) { done = n }))
		require.NoError(t, err)
		var sizes []int
		for batch, err := range r.Batches() {
			require.NoError(t, err)
			sizes = append(sizes, batch.NumRows())
		}
		assert.Equal(t, []int{10, 10, 5, 5, 10, 10}, sizes)
		assert.Equal(t, int64(100), done)
	}
}

// A field is absent when no document has it that was kept; of none at all nothing is said.
func TestWhereAndAbsentFields(t *testing.T) {
	docs := join(marshal(t, bson.D{{Key: "n", Value: 1}, {Key: "x", Value: 1}}), marshal(t, bson.D{{Key: "n", Value: 2}}))
	r, err := monary.FromBytes(t.Context(), docs, monary.MustSchema("x int32"), even, monary.Strict())
	require.NoError(t, err)
	_, err = r.Table()
	require.ErrorIs(t, err, monary.ErrAbsent)
	assert.Equal(t, []string{"x"}, r.Report().Absent())
	assert.Contains(t, r.Report().String(), "2 documents, 1 filtered out\nx int32: in none of them")
	r, err = monary.FromBytes(t.Context(), docs, monary.MustSchema("x int32"), monary.Where(monary.MustSchema("n any"), func(*monary.Table, []bool) error { return nil }), monary.Strict())
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	assert.Zero(t, table.NumRows())
	assert.Empty(t, r.Report().Absent())
}

func TestWhereRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		opts []monary.ReadOption
		want string
	}{
		"no function": {[]monary.ReadOption{even, monary.Where(monary.MustSchema("n any"), nil)}, "condition 1 of Where has no function"},
		"no fields":   {[]monary.ReadOption{monary.Where(monary.Schema{}, keepAll)}, "condition 0 of Where looks at nothing"},
		"short keys":  {[]monary.ReadOption{even, monary.ShortKeys()}, "short keys cannot be asked about by Where"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := monary.FromBytes(t.Context(), nil, monary.MustSchema("n any"), c.opts...)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// A server is asked for the fields of the condition as well.
func TestWhereOnAServer(t *testing.T) {
	server, m := serving(t, numbered(t, 100), nil)
	coll := m.Collection("db", "c")
	last := monary.Where(monary.MustSchema("_id int32"), func(t *monary.Table, keep []bool) error {
		n, err := monary.Values[int32](t, "_id")
		for row := range n {
			keep[row] = n[row] >= 97
		}
		return err
	})
	text := monary.MustSchema("text string")
	for name, open := range map[string]func() (*monary.Reader, error){
		"find": func() (*monary.Reader, error) { return coll.Find(t.Context(), nil, text, last) },
		"no ahead": func() (*monary.Reader, error) {
			return coll.Find(t.Context(), nil, text, last, monary.Prefetch(-1), monary.Workers(1))
		},
		"aggregate": func() (*monary.Reader, error) { return coll.Aggregate(t.Context(), bson.A{}, text, last) },
	} {
		r, err := open()
		require.NoError(t, err, name)
		table, err := r.Table()
		require.NoError(t, err, name)
		assert.Equal(t, 3, table.NumRows(), name)
		assert.Equal(t, int64(97), r.Report().Filtered, name)
	}
	asked := server.Requests("find")[0].Body.Lookup("projection").Document()
	assert.EqualValues(t, 1, asked.Lookup("_id").AsInt64())
	assert.EqualValues(t, 1, asked.Lookup("text").AsInt64())
	stages, err := server.Requests("aggregate")[0].Body.Lookup("pipeline").Array().Values()
	require.NoError(t, err)
	assert.EqualValues(t, 1, stages[0].Document().Lookup("$project", "_id").AsInt64())
}

// Blocks of which nothing is kept may come first, and alone, whichever worker has them.
func TestWhereKeepsNothingAtFirst(t *testing.T) {
	var data []byte
	const n = 3000
	for i := range n {
		doc, err := bson.Marshal(bson.D{{Key: "i", Value: int32(i)}, {Key: "s", Value: "text"}, {Key: "l", Value: bson.A{"a", "b"}}, {Key: "d", Value: bson.D{{Key: "x", Value: "y"}}}})
		require.NoError(t, err)
		data = append(data, doc...)
	}
	schema := monary.MustSchema("i int32", "s string", "l list<string>", "d struct{x string}", "a any", "d.x string:4")
	for _, from := range []int32{0, n - 1, n} {
		last := monary.Where(monary.MustSchema("i int32", "s string"), func(t *monary.Table, keep []bool) error {
			i, err := monary.Values[int32](t, "i")
			for row := range i {
				keep[row] = i[row] >= from
			}
			return err
		})
		again := monary.Where(monary.MustSchema("s string", "l list<string>"), func(t *monary.Table, keep []bool) error {
			for row := range keep {
				keep[row] = true
			}
			return nil
		})
		for _, opts := range [][]monary.ReadOption{{monary.Workers(1)}, {monary.Workers(1), monary.BatchRows(700)}, {monary.Workers(3), monary.BatchRows(300)}, {monary.Workers(2), monary.Dictionaries()}} {
			r, err := monary.FromBytes(t.Context(), data, schema, append(opts, last, again)...)
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			require.Equal(t, n-int(from), table.NumRows())
			require.EqualValues(t, from, r.Report().Filtered)
		}
	}
}

// A condition is not asked about no rows, so what it says of them cannot end in a panic.
func TestWhereErrorBehindNothingKept(t *testing.T) {
	doc, err := bson.Marshal(bson.D{{Key: "i", Value: int32(1)}})
	require.NoError(t, err)
	none := monary.Where(monary.MustSchema("i int32"), func(*monary.Table, []bool) error { return nil })
	fails := monary.Where(monary.MustSchema("i int32"), func(*monary.Table, []bool) error { return io.ErrUnexpectedEOF })
	r, err := monary.FromBytes(t.Context(), doc, monary.MustSchema("i int32"), none, fails)
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	require.Zero(t, table.NumRows())
}
