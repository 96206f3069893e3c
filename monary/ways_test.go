package monary_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// collidingKeys have the same first eight or sixteen bytes, differ in one bit,
// or end where another goes on, so that hashes and comparisons of words meet.
func collidingKeys() []string {
	var keys []string
	for i := range 40 {
		keys = append(keys, fmt.Sprintf("k%d", i), fmt.Sprintf("prefix_%c", 'a'+i%26)+strings.Repeat("x", i/26),
			fmt.Sprintf("%cabcdefg", 'A'+i%26)+strings.Repeat("z", i/3), fmt.Sprintf("sixteen_byteskey%d", i))
	}
	rng := rand.New(rand.NewPCG(1, 22))
	for range 60 { // of two words, of which the first differs in bits that the second has
		first := make([]byte, 7)
		for i := range first {
			first[i] = byte('a' + rng.IntN(15))
		}
		keys = append(keys, string(first[:6])+"aooooooo")
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// oneOf is a value of one of the first types: text of one size or of any, and
// what is not simply stepped over.
func oneOf(rng *rand.Rand, types int) any {
	switch rng.IntN(types) {
	case 0:
		return rng.Int32()
	case 1:
		return rng.Int64()
	case 2:
		return rng.Float64()
	case 3:
		return rng.IntN(2) == 0
	case 4:
		return "five5"
	case 5:
		return ""
	case 6:
		return letters(rng, 12)
	case 7:
		return nil
	case 8:
		return bson.D{{Key: "in", Value: rng.Int32()}, {Key: "text", Value: letters(rng, 4)}}
	case 9:
		return bson.A{rng.Float64(), rng.Int32(), letters(rng, 3)}
	case 10:
		return bson.Binary{Data: []byte(letters(rng, 6))}
	}
	return bson.ObjectID{byte(rng.IntN(256))}
}

var wayTypes = []string{"any", "int64", "float64", "string", "string:5", "string:8", "string:2", "bool", "objectid", "date", "int32", "vector:3"}

// TestWaysOfLocating: a sweep over a layout, turns and a walk give what the
// plain way gives, for keys that are hard to tell apart and in random order,
// whatever the batches.
func TestWaysOfLocating(t *testing.T) {
	keys := collidingKeys()
	for seed := range uint64(24) {
		rng := rand.New(rand.NewPCG(seed, 20))
		few := make([]string, 3+rng.IntN(10))
		var fields []string
		for i := range few {
			few[i] = keys[rng.IntN(len(keys))]
			for seed%8 == 5 && !strings.HasSuffix(few[i], "aooooooo") {
				few[i] = keys[rng.IntN(len(keys))]
			}
			if i == 0 || !slices.Contains(few[:i], few[i]) {
				fields = append(fields, few[i]+" "+wayTypes[rng.IntN(len(columnTypes))])
				if rng.IntN(4) == 0 {
					fields = append(fields, few[i]+".in int32", few[i]+".1 float64")
				}
			}
		}
		fields = append(fields, "nowhere int64")
		types := 12
		if seed%8 > 3 {
			types = 7
		}
		pool := few
		if seed%4 == 3 {
			pool = keys
		}
		values := map[string]any{} // a key has one type mostly
		for _, k := range pool {
			values[k] = oneOf(rng, types)
		}
		var docs [][]byte
		for range 1500 {
			d := bson.D{}
			for _, k := range pool {
				if seed%2 == 1 && rng.IntN(10) < 3 {
					continue
				}
				v := values[k]
				if rng.IntN(60) == 0 {
					v = oneOf(rng, types)
				}
				d = append(d, bson.E{Key: k, Value: v})
			}
			if seed%2 == 1 {
				rng.Shuffle(len(d), func(i, j int) { d[i], d[j] = d[j], d[i] })
			}
			if rng.IntN(50) == 0 && len(d) > 0 {
				d = append(d, bson.E{Key: d[0].Key, Value: oneOf(rng, types)})
			}
			docs = append(docs, marshal(t, d))
		}
		sameAsPlain(t, docs, monary.MustSchema(fields...))
		sameInBatches(t, docs, monary.MustSchema(fields...), 1+rng.IntN(700))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// sameInBatches reads the documents in odd batches, from memory that ends with
// the last, and compares them with one read of all.
func sameInBatches(t *testing.T, docs [][]byte, schema monary.Schema, rows int) {
	t.Helper()
	data := slices.Clip(slices.Concat(docs...))
	r, err := monary.FromBytes(t.Context(), data, schema, monary.BatchRows(rows), monary.ReuseBuffers(), monary.Workers(1))
	require.NoError(t, err)
	want, _, err := monary.DecodePlain(stream(docs, nil), schema)
	require.NoError(t, err)
	at := 0
	for table, err := range r.Batches() {
		require.NoError(t, err)
		for i := range table.NumColumns() {
			for row := range table.NumRows() {
				require.Equal(t, want.Series(i).Value(at+row), table.Series(i).Value(row), "column %d, row %d", i, at+row)
				require.Equal(t, want.Series(i).IsValid(at+row), table.Series(i).IsValid(row), "column %d, row %d", i, at+row)
			}
		}
		at += table.NumRows()
	}
	require.Equal(t, want.NumRows(), at)
}

// TestOddAmongAlike: one document among many of a layout, or of many orders,
// breaks a rule that comparing bytes could miss.
func TestOddAmongAlike(t *testing.T) {
	schema := monary.MustSchema("a string", "flag bool", "sub.n int32", "z int64")
	whole := func(a, flag, sub []byte) [][]byte {
		return [][]byte{element(bson.TypeString, "a", a), element(bson.TypeBoolean, "flag", flag),
			element(bson.TypeEmbeddedDocument, "sub", sub), element(bson.TypeInt64, "z", int64Bytes(5))}
	}
	sub := document(element(bson.TypeInt32, "n", []byte{1, 0, 0, 0}))
	for name, c := range map[string]struct{ elements [][]byte }{
		"text of length 0":             {whole([]byte{0, 0, 0, 0}, []byte{1}, sub)},
		"text without NUL":             {whole([]byte{2, 0, 0, 0, 'x', 'y'}, []byte{1}, sub)},
		"text that begins in a rune":   {whole(textBytes("\x80"), []byte{1}, sub)},
		"a bool of 2":                  {whole(textBytes("x"), []byte{2}, sub)},
		"a bool of 2 and no document":  {slices.Delete(whole(textBytes("x"), []byte{2}, sub), 2, 3)},
		"text of length 0, the same":   {slices.Delete(whole([]byte{0, 0, 0, 0}, []byte{1}, sub), 2, 3)},
		"a document of length 0":       {whole(textBytes("x"), []byte{1}, append([]byte{0, 0, 0, 0}, sub[4:]...))},
		"a document of length 4":       {whole(textBytes("x"), []byte{1}, append([]byte{4, 0, 0, 0}, sub[4:]...))},
		"a document one byte short":    {whole(textBytes("x"), []byte{1}, append([]byte{sub[0] - 1, 0, 0, 0}, sub[4:]...))},
		"a document one byte too long": {whole(textBytes("x"), []byte{1}, append([]byte{sub[0] + 1, 0, 0, 0}, sub[4:]...))},
		"text that ends with NUL":      {whole(textBytes("x\x00"), []byte{1}, sub)},
		"nothing":                      {nil},
	} {
		for order := range 2 {
			t.Run(fmt.Sprint(name, ", order ", order), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(5, 23))
				var docs [][]byte
				for range 900 {
					parts := whole(textBytes(letters(rng, 5)), []byte{1}, sub)
					if order == 1 {
						parts = slices.Delete(parts, 2, 3) // which takes no turn
						rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
					}
					docs = append(docs, document(parts...))
				}
				for _, at := range []int{700, len(docs) - 1} {
					odd := slices.Clone(docs)
					odd[at] = document(c.elements...)
					sameAsPlain(t, odd, schema)
				}
			})
		}
	}
}

// TestBrokenAmongAlike: one byte of one document among many of a layout, or of
// many orders, is changed; the error is that of the plain way.
func TestBrokenAmongAlike(t *testing.T) {
	schema := monary.MustSchema("_id string:5", "city string", "loc.0 float64", "loc.1 float64", "pop int64", "sub.flag bool", "sub.name string:3", "state string:2")
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 21))
		var docs [][]byte
		for range 600 {
			d := bson.D{{Key: "_id", Value: "01001"}, {Key: "city", Value: letters(rng, 9)}, {Key: "loc", Value: bson.A{rng.Float64(), rng.Float64()}},
				{Key: "pop", Value: rng.Int32()}, {Key: "sub", Value: bson.D{{Key: "flag", Value: true}, {Key: "name", Value: "abc"}}}, {Key: "state", Value: "MA"}}
			if seed%2 == 1 {
				d = append(append(d[:2], d[3:4]...), d[5:]...)
				rng.Shuffle(len(d), func(i, j int) { d[i], d[j] = d[j], d[i] })
			}
			docs = append(docs, marshal(t, d))
		}
		for range 3 {
			doc := docs[300+rng.IntN(300)]
			doc[4+rng.IntN(len(doc)-5)] = byte(rng.IntN(256))
		}
		sameAsPlain(t, docs, schema)
	}
}
