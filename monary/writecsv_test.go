package monary_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

func asCSV(t testing.TB, rows monary.Columnar) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, monary.WriteCSV(&out, rows, monary.ExportOptions{}))
	return out.String()
}

// Each kind of cell in its own form, and what needs quotes in quotes.
func TestWriteCSVCells(t *testing.T) {
	id := bson.ObjectID{1, 2}
	table, _ := mustRead(t, `v any; a\.b int32; addr struct{zip string;geo struct{lat float64}}; l list<any>; u uuid`,
		bson.D{{Key: "v", Value: "plain"}, {Key: "a.b", Value: 1}, {Key: "addr", Value: bson.D{{Key: "zip", Value: "01001"}, {Key: "geo", Value: bson.D{{Key: "lat", Value: 42.5}}}}},
			{Key: "l", Value: bson.A{1, "x", nil}}, {Key: "u", Value: bson.Binary{Subtype: 4, Data: []byte("0123456789abcdef")}}},
		bson.D{{Key: "v", Value: "a,b"}, {Key: "addr", Value: nil}},
		bson.D{{Key: "v", Value: "say \"hi\"\nthere"}, {Key: "addr", Value: bson.D{{Key: "zip", Value: " x"}}}},
		bson.D{{Key: "v", Value: `\.`}}, bson.D{{Key: "v", Value: "é"}},
		bson.D{{Key: "v", Value: true}}, bson.D{{Key: "v", Value: math.Copysign(0, -1)}}, bson.D{{Key: "v", Value: 1e6}}, bson.D{{Key: "v", Value: math.NaN()}}, bson.D{{Key: "v", Value: math.Inf(1)}},
		bson.D{{Key: "v", Value: int64(math.MinInt64)}}, bson.D{{Key: "v", Value: id}}, bson.D{{Key: "v", Value: bson.DateTime(-1)}},
		bson.D{{Key: "v", Value: bson.Timestamp{T: math.MaxUint32, I: 6}}}, bson.D{{Key: "v", Value: bson.Regex{Pattern: "a/b", Options: "i"}}}, bson.D{{Key: "v", Value: bson.Regex{Pattern: "a", Options: "/"}}},
		bson.D{{Key: "v", Value: []byte("hi")}}, bson.D{{Key: "v", Value: bson.Binary{Subtype: 5, Data: []byte("hi")}}},
		bson.D{{Key: "v", Value: bson.D{{Key: "x", Value: bson.A{}}}}}, bson.D{{Key: "v", Value: bson.MinKey{}}}, bson.D{{Key: "v", Value: nil}}, bson.D{})
	assert.Equal(t, strings.Join([]string{
		"v,a.b,addr,l,u",
		`plain,1,"{""zip"":""01001"",""geo"":{""lat"":42.5}}","[1,""x"",null]",30313233-3435-3637-3839-616263646566`,
		`"a,b",,,,`,
		"\"say \"\"hi\"\"\nthere\",,\"{\"\"zip\"\":\"\" x\"\",\"\"geo\"\":null}\",,",
		`"\.",,,,`, `"é",,,,`, "true,,,,", "-0,,,,", "1e+06,,,,", "NaN,,,,", "+Inf,,,,",
		"-9223372036854775808,,,,", "010200000000000000000000,,,,", "1969-12-31T23:59:59.999Z,,,,", "4294967295:6,,,,", "/a/b/i,,,,",
		`"{""$regularExpression"":{""pattern"":""a"",""options"":""/""}}",,,,`, "aGk=,,,,", `"{""$binary"":{""base64"":""aGk="",""subType"":""05""}}",,,,`,
		`"{""x"":[]}",,,,`, `"{""$minKey"":1}",,,,`, ",,,,", ",,,,", "",
	}, "\n"), asCSV(t, table))
}

// A row whose only cell is empty is a row, and a reader without rows has a header.
func TestWriteCSVEdges(t *testing.T) {
	one := mustTable(t, monary.ColumnOf("s", []string{"", "a", ""}, []bool{true, true, false}))
	assert.Equal(t, "s\n\"\"\na\n\"\"\n", asCSV(t, one))
	r, err := monary.FromCSV(context.Background(), strings.NewReader(asCSV(t, one)), monary.MustSchema("s string"))
	require.NoError(t, err)
	back, err := r.Table()
	require.NoError(t, err)
	assert.Equal(t, 3, back.NumRows())

	r, err = monary.FromRaw(context.Background(), stream(nil, nil), monary.MustSchema("a.b int32", "c struct{d int32; e list<int32>}"))
	require.NoError(t, err)
	assert.Equal(t, "a.b,c\n", asCSV(t, r))
}

// Batches of a reader, and a table, are the same file.
func TestWriteCSVStreams(t *testing.T) {
	docs := typesDocuments(40)
	schema := monary.MustSchema("k4 int64", "k16 string", "k45 struct{a list<uuid>; b binary:2; c decimal128; d timestamp}")
	table, _, err := read(t, docs, schema)
	require.NoError(t, err)
	r, err := monary.FromRaw(context.Background(), stream(docs, nil), schema, monary.BatchRows(7))
	require.NoError(t, err)
	assert.Equal(t, asCSV(t, table), asCSV(t, r))
}

// Whatever a column holds, FromCSV reads what WriteCSV wrote. Empty text and null
// are one in CSV, and "any" is guessed.
func TestCSVRoundTrip(t *testing.T) {
	var texts []string
	for i := range allSchema().Len() {
		f := allSchema().At(i)
		switch f.Type.Kind {
		case monary.KindAny, monary.KindType, monary.KindSize, monary.KindLength:
			continue
		case monary.KindList, monary.KindStruct:
			if typ := f.Type.String(); strings.Contains(typ, "any") || strings.Contains(typ, "type") || strings.Contains(typ, "length") {
				continue
			}
		}
		texts = append(texts, f.Name+" "+f.Type.String())
	}
	texts = append(texts, "v vector:2", "w vector64:2")
	schema := monary.MustSchema(texts...)
	docs := typesDocuments(400)
	for i := range docs {
		docs[i] = document(docs[i][4:len(docs[i])-1], array("v", one("0"), two("1")), array("w", two("0"), one("1")))
	}
	table, _, err := read(t, docs, schema)
	require.NoError(t, err)
	r, err := monary.FromCSV(context.Background(), strings.NewReader(asCSV(t, table)), schema)
	require.NoError(t, err)
	back, err := r.Table()
	require.NoError(t, err)
	require.Equal(t, table.NumRows(), back.NumRows())
	for i := range schema.Len() {
		switch schema.At(i).Type.Kind {
		case monary.KindBSON, monary.KindFixedBSON:
			continue // relaxed JSON keeps no types of integers
		case monary.KindVector, monary.KindVector64:
			require.Zero(t, back.Series(i).NullCount())
			continue
		}
		want, got := cells(t, table, i), cells(t, back, i)
		for row := range want {
			if strings.Contains(table.Series(i).Value(row).String(), "NaN") || want[row] == "-" && got[row] == `""` {
				continue // NaN loses its payload, null is empty text
			}
			require.Equal(t, want[row], got[row], "row %d: %s", row, schema.At(i).Type)
		}
	}
	assert.Equal(t, asCSV(t, table), asCSV(t, back))
}

func TestWriteCSVRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		table *monary.Table
		want  string
	}{
		"text":      {mustTable(t, monary.ColumnOf("n", []int32{1, 2}, nil), monary.ColumnOf("s", []string{"a", "\xff"}, nil)), `row 1, column "s": invalid UTF-8`},
		"date":      {anyValue(t, bson.DateTime(253402300800000)), `row 0, column "v": the date of 253402300800000 ms is in the year 10000`},
		"past":      {anyValue(t, bson.DateTime(math.MinInt64)), `row 0, column "v": the date of -9223372036854775808 ms`},
		"ambiguous": {anyValue(t, bson.D{{Key: "x", Value: bson.D{{Key: "$oid", Value: "010200000000000000000000"}}}}), `row 0, column "v": x: extended JSON cannot hold`},
		"names":     {mustTable(t, monary.ColumnOf("a.b", []int32{1}, nil), monary.ColumnOf(`a\.b`, []int32{1}, nil)), `two columns are called "a.b"`},
		"none":      {mustTable(t), "the rows have no columns"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := monary.WriteCSV(&out, c.table, monary.ExportOptions{})
			require.ErrorContains(t, err, "monary: CSV: "+c.want)
			if name == "text" {
				assert.Equal(t, "n,s\n1,a\n", out.String(), "the rows before it are written")
			}
		})
	}
}
