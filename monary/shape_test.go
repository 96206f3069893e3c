package monary_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// shapeSchema wants fields on three levels, of keys of 1 to 20 bytes, an array
// position and a whole document beside a field in it.
var shapeSchema = monary.MustSchema("a int64", "b string", "c.d float64", "c any", "c.e.f string:4", "list.1.g any",
	"a_key_of_15byte bool", "a_key_of_16_byte int32", "shipping_address_of_order.zip_code_of_the_place int32", "shipping_address_of_order.lines.0 string", "twice.b int32", "pair.0 float64", "a_key_of_20_bytes_xx string", "id objectid")

// TestShapesChangeNothing: documents of a few layouts, with now and then an odd
// one or a malformed one among them, give the same table, report and error
// whether or not their shapes are learnt.
func TestShapesChangeNothing(t *testing.T) {
	for seed := range uint64(36) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var docs [][]byte
		for range 600 + rng.IntN(600) {
			doc := layout(t, rng)
			if seed%3 == 0 && rng.IntN(400) == 0 {
				doc[4+rng.IntN(len(doc)-4)] ^= byte(1 << rng.IntN(8))
			}
			docs = append(docs, doc)
		}
		sameWithoutShapes(t, docs)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// FuzzTemplateVsGeneral cuts the input into documents at will: learnt or not, they must
// give the same.
func FuzzTemplateVsGeneral(f *testing.F) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 20 {
		doc, err := bson.Marshal(layoutOf(rng))
		require.NoError(f, err)
		f.Add(doc, uint16(4), byte(0x10))
	}
	for i, doc := range corpusSeeds(f) {
		f.Add(doc, uint16(i), byte(i))
	}
	f.Fuzz(func(t *testing.T, doc []byte, at uint16, to byte) {
		docs := [][]byte{}
		for range 280 { // more than a block, which only learns
			docs = append(docs, doc)
		}
		if len(doc) > 0 {
			odd := append([]byte(nil), doc...)
			odd[int(at)%len(odd)] = to
			docs = append(docs, odd, doc, odd, doc)
		}
		sameWithoutShapes(t, docs)
	})
}

func sameWithoutShapes(t *testing.T, docs [][]byte) {
	t.Helper()
	sameAsPlain(t, docs, shapeSchema)
}

func sameAsPlain(t *testing.T, docs [][]byte, schema monary.Schema) {
	t.Helper()
	stream := func(yield func([]byte, error) bool) {
		for _, doc := range docs {
			if !yield(doc, nil) {
				return
			}
		}
	}
	r, err := monary.FromRaw(t.Context(), stream, schema)
	require.NoError(t, err)
	got, gotErr := r.Table()
	want, report, wantErr := monary.DecodePlain(stream, schema)
	if wantErr == nil {
		require.NoError(t, gotErr)
	} else {
		require.EqualError(t, gotErr, wantErr.Error())
	}
	assert.Equal(t, monary.WithoutHints(report), monary.WithoutHints(r.Report()))
	require.Equal(t, want.NumRows(), got.NumRows())
	for i := range want.NumColumns() {
		for row := range want.NumRows() {
			require.Equal(t, want.Series(i).Value(row), got.Series(i).Value(row), "column %d, row %d", i, row)
		}
	}
}

func layout(t *testing.T, rng *rand.Rand) []byte {
	t.Helper()
	doc, err := bson.Marshal(layoutOf(rng))
	require.NoError(t, err)
	return doc
}

// layoutOf is mostly one of three layouts; sometimes fields are left out, twice
// there, of another type or in another order.
func layoutOf(rng *rand.Rand) bson.D {
	var id bson.ObjectID
	id[0] = byte(rng.IntN(256))
	inner := bson.D{{Key: "d", Value: rng.Float64()}, {Key: "x", Value: nil}, {Key: "e", Value: bson.D{{Key: "f", Value: letters(rng, 6)}}}}
	d := bson.D{
		{Key: "id", Value: id}, {Key: "a", Value: rng.Int32()}, {Key: "b", Value: letters(rng, 20)}, {Key: "c", Value: inner},
		{Key: "list", Value: bson.A{1, bson.D{{Key: "g", Value: letters(rng, 3)}}, "more"}},
		{Key: "a_key_of_15byte", Value: true}, {Key: "a_key_of_16_byte", Value: rng.Int32()},
		{Key: "shipping_address_of_order", Value: bson.D{{Key: "street", Value: letters(rng, 9)}, {Key: "zip_code_of_the_place", Value: rng.Int32()},
			{Key: "lines", Value: bson.A{letters(rng, 5), letters(rng, 5)}}}},
		{Key: "twice", Value: nil}, {Key: "twice", Value: bson.D{{Key: "b", Value: 2}}}, {Key: "pair", Value: bson.A{rng.Float64(), rng.Float64()}},
		{Key: "unwanted_regular_expression", Value: bson.Regex{Pattern: letters(rng, 4)}},
		{Key: "a_key_of_20_bytes_xx", Value: letters(rng, 9)},
	}
	switch rng.IntN(20) {
	case 0:
		rng.Shuffle(len(d), func(i, j int) { d[i], d[j] = d[j], d[i] })
	case 1:
		d = append(d[:3], d[4:]...)
	case 2:
		d = append(d, bson.E{Key: "a", Value: "again"}, bson.E{Key: "c", Value: bson.D{{Key: "d", Value: 7}}})
	case 3:
		d[1].Value, d[4].Value = "text", bson.A{}
	case 4, 5, 6, 7, 8:
		d = append(bson.D{{Key: "first", Value: int64(1)}}, d...)
	}
	return d
}

// TestSweepAgainstWalk: documents that were found to be read wrongly when they
// came side by side.
func TestSweepAgainstWalk(t *testing.T) {
	kk := bson.D{{Key: "a", Value: nil}, {Key: "a", Value: bson.D{{Key: "b", Value: 2}}}, {Key: "kk", Value: int64(0x4d00636310)}}
	cc := bson.D{{Key: "a", Value: nil}, {Key: "a", Value: bson.D{{Key: "b", Value: 2}}}, {Key: "cc", Value: 3}}
	for name, c := range map[string]struct {
		docs   []bson.D
		schema monary.Schema
	}{
		"a long key around a wanted field": {[]bson.D{{{Key: "averyveryverylongkey", Value: bson.D{{Key: "b", Value: 7}}}, {Key: "c", Value: 1}}},
			monary.MustSchema("averyveryverylongkey.b int32", "c int32")},
		"a duplicate document":                    {[]bson.D{cc, kk}, monary.MustSchema("a.b int32", "cc int32")},
		"an array longer than what is wanted":     {[]bson.D{{{Key: "loc", Value: bson.A{1.5, 2.5, 3.5}}}}, monary.MustSchema("loc.0 float64")},
		"an array inside an array, the same long": {[]bson.D{{{Key: "m", Value: bson.A{bson.A{1, 2}, bson.A{3, 4}}}}}, monary.MustSchema("m.0.1 int32", "m.1.0 int32")},
	} {
		t.Run(name, func(t *testing.T) {
			var docs [][]byte
			for _, d := range c.docs {
				for range 300 {
					docs = append(docs, marshal(t, d))
				}
			}
			sameAsPlain(t, docs, c.schema)
		})
	}
}
