package monary_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

// benchShape is a kind of document to decode: how one is made, which fields are
// wanted, and the struct that the driver decodes those fields into.
type benchShape struct {
	name   string
	schema monary.Schema
	make   func(rng *rand.Rand, i int) bson.D // nil: the sample data
	target func() tallied                     // a new struct
}

// tally is what every way of decoding has to agree on. It does not depend on
// the order of the values.
type tally struct {
	ints, chars int64
	bits        uint64
}

// tallied is a struct that adds what was decoded into it.
type tallied interface{ tally(*tally) }

func (t *tally) int(v int64)     { t.ints += v }
func (t *tally) float(v float64) { t.bits ^= math.Float64bits(v) }
func (t *tally) text(v string)   { t.chars += int64(len(v)) }

func (t *tally) id(v bson.ObjectID) { t.bits ^= binary.LittleEndian.Uint64(v[4:]) }

// column adds a whole column, from its own memory where it is made of Go
// values. An absent cell is zero, which adds nothing.
func (t *tally) column(table *monary.Table, s *monary.Series) error {
	switch s.Type().Kind {
	case monary.KindInt32:
		values, err := monary.Values[int32](table, s.Name())
		sum := int64(0)
		for _, v := range values {
			sum += int64(v)
		}
		t.ints += sum
		return err
	case monary.KindInt64:
		values, err := monary.Values[int64](table, s.Name())
		sum := int64(0)
		for _, v := range values {
			sum += v
		}
		t.ints += sum
		return err
	case monary.KindFloat64:
		values, err := monary.Values[float64](table, s.Name())
		bits := uint64(0)
		for _, v := range values {
			bits ^= math.Float64bits(v)
		}
		t.bits ^= bits
		return err
	case monary.KindString:
		offsets, _, err := s.Text()
		sum := int64(0)
		for i, end := range offsets[1:] {
			sum += end - offsets[i]
		}
		t.chars += sum
		return err
	case monary.KindFixedString:
		_, cells, err := s.FixedText()
		t.chars += int64(len(cells) - bytes.Count(cells, []byte{0})) // the texts have no NUL
		return err
	case monary.KindObjectID:
		values, err := monary.Values[bson.ObjectID](table, s.Name())
		bits := uint64(0)
		for i := range values {
			bits ^= binary.LittleEndian.Uint64(values[i][4:])
		}
		t.bits ^= bits
		return err
	}
	return fmt.Errorf("no tally of %s", s.Type())
}

var shapes = []benchShape{
	{name: "zips", schema: monary.MustSchema("_id string:5", "city string", "loc.0 float64", "loc.1 float64", "pop int64", "state string:2"),
		target: func() tallied { return new(zipDoc) }},
	{name: "floats", schema: monary.MustSchema("_id objectid", "x1 float64", "x2 float64", "x3 float64", "x4 float64", "x5 float64"),
		make: makeFloats, target: func() tallied { return new(floatsDoc) }},
	{name: "wide", schema: monary.MustSchema("field5 int64", "field60 string", "field115 float64"),
		make: makeWide, target: func() tallied { return new(wideDoc) }},
	{name: "nested", schema: monary.MustSchema("a.b.c int64", "a.b.d string", "items.0.sku string", "items.0.qty int32", "items.1.price float64"),
		make: makeNested, target: func() tallied { return new(nestedDoc) }},
	{name: "shuffled", schema: monary.MustSchema("_id string:5", "city string", "lon float64", "lat float64", "pop int64", "state string:2"),
		make: makeShuffled, target: func() tallied { return new(shuffledDoc) }},
	{name: "strings", schema: monary.MustSchema("s1 string", "s2 string", "s3 string", "s4 string", "s5 string"),
		make: makeStrings, target: func() tallied { return new(textsDoc) }},
}

// documents returns about n bytes of documents back to back, and each of them.
func (s benchShape) documents(seed uint64, n int) (data []byte, docs [][]byte, err error) {
	if s.make == nil {
		data, err = repeatedZips(n)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := 0; len(data) < n && err == nil; i++ {
		var doc []byte
		doc, err = bson.Marshal(s.make(rng, i))
		data = append(data, doc...)
	}
	for rest := data; len(rest) > 0; {
		size := binary.LittleEndian.Uint32(rest)
		docs, rest = append(docs, rest[:size:size]), rest[size:]
	}
	return data, docs, err
}

func repeatedZips(n int) ([]byte, error) {
	f, err := os.Open(testdata.Path("zips.bson.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzip, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	once, err := io.ReadAll(unzip)
	var data []byte
	for len(data) < n && err == nil {
		data = append(data, once...)
	}
	return data, err
}

type zipDoc struct {
	ID    string    `bson:"_id"`
	City  string    `bson:"city"`
	Loc   []float64 `bson:"loc"`
	Pop   int64     `bson:"pop"`
	State string    `bson:"state"`
}

func (z *zipDoc) tally(t *tally) {
	t.text(z.ID)
	t.text(z.City)
	t.float(z.Loc[0])
	t.float(z.Loc[1])
	t.int(z.Pop)
	t.text(z.State)
}

type floatsDoc struct {
	ID                 bson.ObjectID `bson:"_id"`
	X1, X2, X3, X4, X5 float64
}

func (f *floatsDoc) tally(t *tally) {
	t.id(f.ID)
	for _, x := range [...]float64{f.X1, f.X2, f.X3, f.X4, f.X5} {
		t.float(x)
	}
}

// makeFloats is Monary's own benchmark document, 82 bytes.
func makeFloats(rng *rand.Rand, i int) bson.D {
	var id bson.ObjectID
	binary.BigEndian.PutUint64(id[4:], uint64(i))
	d := bson.D{{Key: "_id", Value: id}}
	for x := range 5 {
		d = append(d, bson.E{Key: fmt.Sprint("x", x+1), Value: rng.NormFloat64()})
	}
	return d
}

type wideDoc struct {
	A int64   `bson:"field5"`
	B string  `bson:"field60"`
	C float64 `bson:"field115"`
}

func (w *wideDoc) tally(t *tally) {
	t.int(w.A)
	t.text(w.B)
	t.float(w.C)
}

// makeWide has 120 fields of mixed types, a third of them text of random
// length, in three layouts that begin with different blocks of fields.
func makeWide(rng *rand.Rand, _ int) bson.D {
	d := make(bson.D, 0, 120)
	first := rng.IntN(3) * 40
	for k := range 120 {
		field := (first+k)%120 + 1
		var v any
		switch field % 6 {
		case 0, 3:
			v = letters(rng, 24)
		case 1:
			v = rng.NormFloat64()
		case 2:
			v = rng.Int32()
		case 4:
			v = rng.IntN(2) == 0
		case 5:
			v = rng.Int64()
		}
		d = append(d, bson.E{Key: fmt.Sprint("field", field), Value: v})
	}
	return d
}

type nestedDoc struct {
	A struct {
		B struct {
			C int64
			D string
		}
	}
	Items []struct {
		SKU   string
		Qty   int32
		Price float64
	}
}

func (n *nestedDoc) tally(t *tally) {
	t.int(n.A.B.C)
	t.text(n.A.B.D)
	t.text(n.Items[0].SKU)
	t.int(int64(n.Items[0].Qty))
	t.float(n.Items[1].Price)
}

func makeNested(rng *rand.Rand, i int) bson.D {
	items := bson.A{}
	for range 2 {
		items = append(items, bson.D{{Key: "sku", Value: letters(rng, 12)}, {Key: "qty", Value: rng.Int32N(100)}, {Key: "price", Value: rng.Float64()}})
	}
	return bson.D{
		{Key: "_id", Value: int64(i)},
		{Key: "a", Value: bson.D{{Key: "b", Value: bson.D{{Key: "c", Value: rng.Int64()}, {Key: "d", Value: letters(rng, 12)}}}, {Key: "e", Value: true}}},
		{Key: "items", Value: items},
		{Key: "note", Value: letters(rng, 30)},
	}
}

type shuffledDoc struct {
	ID    *string `bson:"_id"`
	City  *string
	Lon   *float64
	Lat   *float64
	Pop   *int64
	State *string
}

func (s *shuffledDoc) tally(t *tally) {
	for _, v := range [...]*string{s.ID, s.City, s.State} {
		if v != nil {
			t.text(*v)
		}
	}
	for _, v := range [...]*float64{s.Lon, s.Lat} {
		if v != nil {
			t.float(*v)
		}
	}
	if s.Pop != nil {
		t.int(*s.Pop)
	}
}

var orders = [6][6]int{{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {2, 0, 1, 5, 3, 4}, {1, 3, 5, 0, 2, 4}, {4, 2, 0, 5, 1, 3}, {3, 5, 4, 1, 0, 2}}

// makeShuffled has six orders of the fields and leaves out three in ten.
func makeShuffled(rng *rand.Rand, i int) bson.D {
	all := bson.D{
		{Key: "_id", Value: fmt.Sprintf("%05d", i%100000)}, {Key: "city", Value: letters(rng, 16)},
		{Key: "lon", Value: rng.Float64()}, {Key: "lat", Value: rng.Float64()},
		{Key: "pop", Value: rng.Int32N(100000)}, {Key: "state", Value: "MA"},
	}
	d := bson.D{}
	for _, field := range orders[rng.IntN(6)] {
		if rng.IntN(10) >= 3 {
			d = append(d, all[field])
		}
	}
	return d
}

type textsDoc struct{ S1, S2, S3, S4, S5 string }

func (s *textsDoc) tally(t *tally) {
	for _, v := range [...]string{s.S1, s.S2, s.S3, s.S4, s.S5} {
		t.text(v)
	}
}

func makeStrings(rng *rand.Rand, _ int) bson.D {
	d := bson.D{}
	for i := range 5 {
		d = append(d, bson.E{Key: fmt.Sprint("s", i+1), Value: letters(rng, 40)})
	}
	return d
}

// letters is text of up to n letters, one in a hundred with an umlaut.
func letters(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range rng.IntN(n + 1) {
		if rng.IntN(100) == 0 {
			b.WriteRune('ü')
		} else {
			b.WriteByte(byte('A' + rng.IntN(26)))
		}
	}
	return b.String()
}
