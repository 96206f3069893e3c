package monary_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

func TestTableString(t *testing.T) {
	table, _ := mustRead(t, `city string; pop int32; ok bool; when date; x float64; id objectid; n any; "Day Mins" string:4`,
		bson.D{{Key: "city", Value: "Åre"}, {Key: "pop", Value: 7}, {Key: "ok", Value: true}, {Key: "when", Value: bson.DateTime(1)}, {Key: "x", Value: 0.5}, {Key: "id", Value: objectID}, {Key: "n", Value: 1}, {Key: "Day Mins", Value: "long"}},
		bson.D{{Key: "city", Value: ""}, {Key: "pop", Value: 123456}, {Key: "ok", Value: false}, {Key: "when", Value: bson.DateTime(-1)}, {Key: "x", Value: math.NaN()}, {Key: "n", Value: nil}},
		bson.D{},
	)
	want := `
city     pop  ok     when                         x  id                        n        Day Mins
Åre        7  true   1970-01-01T00:00:00.001Z   0.5  0102030405060708090a0b0c  1        long
      123456  false  1969-12-31T23:59:59.999Z   NaN  null                      null     null
null    null  null   null                      null  null                      missing  null
`
	assert.Equal(t, strings.TrimPrefix(want, "\n"), table.String())
}

func TestTableStringOfOtherTypes(t *testing.T) {
	id := bson.Binary{Subtype: 4, Data: []byte("0123456789abcdef")}
	doc := bson.D{{Key: "i", Value: 7}, {Key: "d", Value: decimal(t, "1.50")}, {Key: "ts", Value: bson.Timestamp{T: 5, I: 6}}, {Key: "u", Value: id}, {Key: "b", Value: bson.Binary{Data: []byte{1, 2}}},
		{Key: "r", Value: bson.Regex{Pattern: "a/b", Options: "i"}}, {Key: "l", Value: bson.A{1, nil}}, {Key: "s", Value: bson.D{{Key: "x", Value: true}}}, {Key: "m", Value: bson.MinKey{}}}
	table, _ := mustRead(t, "i uint8; d decimal128; ts timestamp; u uuid; b binary; r regex; l list<int32>; s struct{x bool}; m minkey", doc, bson.D{})
	want := `
   i     d  ts    u                                     b       r       l         s           m
   7  1.50  5:6   30313233-3435-3637-3839-616263646566  0:AQI=  /a/b/i  [1,null]  {"x":true}  {"$minKey":1}
null  null  null  null                                  null    null    null      null        null
`
	assert.Equal(t, strings.TrimPrefix(want, "\n"), table.String())
}

func TestTableStringShowsTheHead(t *testing.T) {
	table := newTable(t, monary.ColumnOf("n", []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, nil))
	assert.Equal(t, " n\n 1\n 2\n 3\n 4\n 5\n 6\n 7\n 8\n 9\n10\n… 2 more rows\n", table.String())
	assert.Equal(t, "n\n1\n", table.Slice(0, 1).String())
	assert.Equal(t, "n\n", table.Slice(0, 0).String())
	ten := table.Slice(0, 10).String()
	assert.NotContains(t, ten, "more rows")
}

// A cell must not break its line, nor write to the terminal.
func TestTableStringOfControlCharacters(t *testing.T) {
	table := newTable(t, monary.ColumnOf("s", []string{"two\nlines", "\x1b[31mred"}, nil), monary.ColumnOf("n", []int32{1, 2}, nil))
	assert.Equal(t, 3, strings.Count(table.String(), "\n"), "a line of names and two rows:\n%s", table)
	assert.NotContains(t, table.String(), "\x1b")
}
