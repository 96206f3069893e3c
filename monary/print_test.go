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
