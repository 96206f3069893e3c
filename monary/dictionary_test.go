package monary_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// repeatedTexts makes documents whose texts are drawn from pools of several
// sizes: "few" repeat at once, "many" only after a while, "all" are different;
// "late" are few until they are all different.
func repeatedTexts(t *testing.T, seed uint64, n int) [][]byte {
	rng := rand.New(rand.NewPCG(seed, 3))
	word := func(k int) string {
		return []string{"", "é", "sixteen bytes.. ", "fifteen bytes..", "two\x00nul"}[k%5] + strings.Repeat("x", k%23) + fmt.Sprint(k/7)
	}
	docs := make([][]byte, n)
	for i := range docs {
		late := rng.IntN(3)
		if i > n/2 {
			late = i
		}
		doc := bson.D{{Key: "many", Value: word(rng.IntN(6000))}, {Key: "all", Value: word(i * 7)}, {Key: "late", Value: word(late)},
			{Key: "tags", Value: bson.A{word(rng.IntN(9)), nil, word(rng.IntN(9))}}, {Key: "in", Value: bson.D{{Key: "s", Value: word(rng.IntN(40))}}}}
		switch rng.IntN(8) {
		case 0:
		case 1:
			doc = append(doc, bson.E{Key: "few", Value: nil})
		case 2:
			doc = append(doc, bson.E{Key: "few", Value: i})
		default:
			doc = append(doc, bson.E{Key: "few", Value: word(rng.IntN(50))})
		}
		docs[i] = marshal(t, doc)
	}
	return docs
}

var repeatedSchema = monary.MustSchema("few string", "many string", "all string", "late string", "tags list<string>", "in struct{s string}", "none string")

// TestDictionariesChangeNothing: the same documents give the same table with and
// without, whatever the batches and workers are, and in every operation.
func TestDictionariesChangeNothing(t *testing.T) {
	for seed, n := range []int{0, 1, 700, 5000} {
		docs := repeatedTexts(t, uint64(seed), n)
		data := bytes.Join(docs, nil)
		read := func(opts ...monary.ReadOption) (*monary.Table, monary.Report) {
			r, err := monary.FromBytes(t.Context(), data, repeatedSchema, append(opts, monary.KeepStates())...)
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			return table, r.Report()
		}
		plain, want := read(monary.Workers(1))
		for _, opts := range [][]monary.ReadOption{{monary.Workers(1)}, {monary.Workers(3)}, {monary.Workers(1), monary.ExpectRows(n)}, {monary.Workers(2), monary.ExpectRows(n / 2)}} {
			coded, report := read(append(opts, monary.Dictionaries())...)
			require.Equal(t, want, report)
			sameTable(t, plain, coded)
			for _, other := range []*monary.Table{plain, coded} {
				sameTable(t, must(plain.Append(plain)), must(coded.Append(other)))
				sameTable(t, must(plain.Append(plain)), must(other.Append(coded)))
			}
			rows := rand.New(rand.NewPCG(uint64(seed), 4)).Perm(n)[:n/2]
			sameTable(t, plain.Take(rows), coded.Take(rows))
			sameTable(t, plain.Slice(n/3, n), coded.Slice(n/3, n))
			sameTable(t, must(plain.Slice(n/3, n).Append(plain)), must(coded.Slice(n/3, n).Append(coded)))
			sameTable(t, must(plain.Select("few", "tags")), must(coded.Select("few", "tags")))
			var back monary.Table
			require.NoError(t, back.UnmarshalBinary(must(coded.MarshalBinary())))
			sameTable(t, plain, &back)
		}
		for _, workers := range []int{1, 3} {
			r, err := monary.FromBytes(t.Context(), data, repeatedSchema, monary.Dictionaries(), monary.ReuseBuffers(), monary.KeepStates(), monary.BatchRows(1100), monary.Workers(workers))
			require.NoError(t, err)
			at := 0
			for table, err := range r.Batches() {
				require.NoError(t, err)
				sameTable(t, plain.Slice(at, at+table.NumRows()), table)
				at += table.NumRows()
			}
			require.Equal(t, n, at)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// sameTable compares cells by every way to read them, and the bytes of both.
func sameTable(t *testing.T, want, got *monary.Table) {
	t.Helper()
	require.Equal(t, want.NumRows(), got.NumRows())
	require.True(t, bytes.Equal(must(want.MarshalBinary()), must(got.MarshalBinary())), "bytes")
	for i := range want.NumColumns() {
		w, g := want.Series(i), got.Series(i)
		require.Equal(t, w.NullCount(), g.NullCount())
		if g.States() != nil { // bytes have none
			require.True(t, slices.Equal(w.States(), g.States()))
		}
		for row := range want.NumRows() {
			if monary.Compare(w.Value(row), g.Value(row)) != 0 {
				t.Fatalf("column %s, row %d: %v, not %v", w.Name(), row, g.Value(row), w.Value(row))
			}
		}
		if w.Type().Kind != monary.KindString {
			continue
		}
		require.True(t, slices.Equal(must(monary.Values[string](want, w.Name())), must(monary.Values[string](got, w.Name()))))
		offsets, data, err := g.Text()
		require.NoError(t, err)
		array := must(monary.ArrayOf[string](w))
		codes, words, coded := g.Dictionary()
		for row := range want.NumRows() {
			text, _ := array.At(row)
			if text != string(data[offsets[row]:offsets[row+1]]) || coded && text != words[codes[row]] {
				t.Fatalf("column %s, row %d: not %q", w.Name(), row, text)
			}
		}
	}
}

// TestDictionaryIsDecidedByTheTexts: columns whose texts repeat have one.
func TestDictionaryIsDecidedByTheTexts(t *testing.T) {
	docs := repeatedTexts(t, 1, 9000)
	for _, workers := range []int{1, 3} {
		r, err := monary.FromBytes(t.Context(), bytes.Join(docs, nil), repeatedSchema, monary.Dictionaries(), monary.Workers(workers))
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		coded := map[string]int{}
		count := func(s *monary.Series) {
			if _, words, ok := s.Dictionary(); ok {
				coded[s.Name()] = len(words)
				assert.Empty(t, words[0])
				distinct := map[string]bool{}
				for _, w := range words {
					distinct[w] = true
				}
				assert.Len(t, distinct, len(words), "no two are equal")
			}
		}
		for i := range table.NumColumns() {
			count(table.Series(i))
		}
		tags, _ := table.Lookup("tags")
		_, items, err := tags.List()
		require.NoError(t, err)
		count(items)
		in, _ := table.Lookup("in")
		fields, err := in.Fields()
		require.NoError(t, err)
		count(fields.Series(0))
		assert.Equal(t, map[string]int{"few": 51, "none": 1, "item": 10, "s": 41}, coded)
	}
	table, _ := readWith(t, docs, "few string")
	_, _, ok := table.Series(0).Dictionary()
	assert.False(t, ok, "not without the option")

	var many [][]byte
	for i := range 40000 {
		many = append(many, document(element(bson.TypeString, "s", textBytes(fmt.Sprint(i/8)))))
	}
	table, _ = readWith(t, many, "s string", monary.Dictionaries(), monary.ExpectRows(len(many)))
	_, _, ok = table.Series(0).Dictionary()
	assert.False(t, ok, "5,000 words are too many")
	table, _ = readWith(t, many[:30000], "s string", monary.Dictionaries(), monary.ExpectRows(len(many)))
	_, words, _ := table.Series(0).Dictionary()
	assert.Len(t, words, 3751, "though they are seldom met")
}

// TestDictionaryIsOfItsBatch: where memory is used again, the words of earlier
// batches are not.
func TestDictionaryIsOfItsBatch(t *testing.T) {
	var docs [][]byte
	for i := range 12000 {
		docs = append(docs, document(element(bson.TypeString, "s", textBytes(fmt.Sprint(i/1000, "-", i%100))),
			element(bson.TypeString, "pad", textBytes(strings.Repeat("x", 1000))))) // so that a batch is more than a worker decodes at a time
	}
	for _, workers := range []int{1, 8} {
		r, err := monary.FromBytes(t.Context(), bytes.Join(docs, nil), monary.MustSchema("s string"),
			monary.Dictionaries(), monary.ReuseBuffers(), monary.BatchRows(3000), monary.Workers(workers))
		require.NoError(t, err)
		for table, err := range r.Batches() {
			require.NoError(t, err)
			_, words, ok := table.Series(0).Dictionary()
			require.True(t, ok)
			require.Len(t, words, 3*100+1)
		}
	}
}

// TestDictionaryTakesLessMemory: that is what it is for.
func TestDictionaryTakesLessMemory(t *testing.T) {
	docs := bytes.Join(repeatedTexts(t, 2, 20000), nil)
	size := func(opts ...monary.ReadOption) int {
		r, err := monary.FromBytes(t.Context(), docs, monary.MustSchema("few string"), append(opts, monary.Workers(1))...)
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		return monary.TextBytes(table.Series(0))
	}
	assert.Less(t, size(monary.Dictionaries()), size()/4)
}

// TestDictionaryOfMalformedText: bad UTF-8 is found where it is without one, and
// the rows before it are kept.
func TestDictionaryOfMalformedText(t *testing.T) {
	for _, bad := range []string{"\xff", "half a rune\xc3", strings.Repeat("x", 40) + "\xed\xa0\x80"} {
		docs := bytes.Repeat(marshal(t, bson.D{{Key: "s", Value: "a"}}), 3000)
		docs = append(docs, document(element(bson.TypeString, "s", textBytes(bad)))...)
		docs = append(docs, marshal(t, bson.D{{Key: "s", Value: "b"}})...)
		read := func(opts ...monary.ReadOption) (*monary.Table, error) {
			r, err := monary.FromBytes(t.Context(), docs, monary.MustSchema("s string"), append(opts, monary.Workers(1))...)
			require.NoError(t, err)
			return r.Table()
		}
		plain, want := read()
		coded, err := read(monary.Dictionaries())
		require.ErrorIs(t, err, monary.ErrUTF8)
		require.Equal(t, want, err)
		sameTable(t, plain, coded)
	}
}

// TestDictionaryOfTables: a dictionary that tables have together may have more
// words than codes can tell apart; then the column is a plain one.
func TestDictionaryOfTables(t *testing.T) {
	var coded, plain []*monary.Table
	for part := range 20 {
		var docs [][]byte
		for i := range 5 * 3500 {
			docs = append(docs, document(element(bson.TypeString, "s", textBytes(fmt.Sprint(part, "/", i/5)))))
		}
		data := bytes.Join(docs, nil)
		for _, to := range []*[]*monary.Table{&coded, &plain} {
			var opts []monary.ReadOption
			if to == &coded {
				opts = append(opts, monary.Dictionaries())
			}
			r, err := monary.FromBytes(t.Context(), data, monary.MustSchema("s string"), append(opts, monary.Workers(1), monary.ExpectRows(len(docs)))...)
			require.NoError(t, err)
			table, err := r.Table()
			require.NoError(t, err)
			*to = append(*to, table)
		}
	}
	for _, n := range []int{2, 18, 19, 20} {
		all := must(monary.Concat(coded[:n]...))
		_, words, ok := all.Series(0).Dictionary()
		assert.Equal(t, n*3500 < 1<<16, ok)
		if ok {
			assert.Len(t, words, n*3500+1)
		}
		want := must(monary.Concat(plain[:n]...))
		require.True(t, slices.Equal(must(monary.Values[string](want, "s")), must(monary.Values[string](all, "s"))))
	}
}
