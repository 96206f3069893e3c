package monary_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

const badCSV = "a,b\n" + // line 1
	"x,1\n" +
	"\"two\nlines\",2\n" + // lines 3 and 4
	"short\n" + // 5
	"y,3\n" +
	"lo,4,ng\n" + // 7
	"\n" +
	"z,five\n" + // 9
	"ok,sto\"len\n" + // 10
	"\xff,7\n" // 11

func TestCSVBadRecordsPolicies(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy monary.Policy
		want   [][]string
	}{
		{"drop", monary.DropRow, [][]string{{"x", "1"}, {"two\nlines", "2"}, {"y", "3"}, {"z", "null"}}},
		{"mask", monary.Mask, [][]string{{"x", "1"}, {"two\nlines", "2"}, {"short", "null"}, {"y", "3"}, {"lo", "4"}, {"z", "null"}, {"ok", "null"}, {"null", "7"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, read := range []func(opts ...monary.ReadOption) (*monary.Reader, error){
				func(opts ...monary.ReadOption) (*monary.Reader, error) {
					return monary.FromCSV(t.Context(), strings.NewReader(badCSV), monary.MustSchema("a string", "b int32"), opts...)
				},
				func(opts ...monary.ReadOption) (*monary.Reader, error) {
					return write(t, "bad.csv", []byte(badCSV)).Find(t.Context(), nil, monary.MustSchema("a string", "b int32"), opts...)
				},
			} {
				r, err := read(monary.BadRecords(c.policy), monary.KeepRejected(3), monary.BatchRows(2))
				require.NoError(t, err)
				table, err := r.Table()
				require.NoError(t, err)
				require.Equal(t, c.want, printed(table))
				report := r.Report()
				require.EqualValues(t, 4, report.BadRecords)
				require.EqualValues(t, len(c.want), report.Documents)
				require.Equal(t, "line 5: wrong number of fields", report.Bad[0].String())
				require.EqualValues(t, 7, report.Bad[1].Line)
				require.EqualValues(t, 10, report.Bad[2].Line)
				require.Len(t, report.Bad, 3, "KeepRejected")
				require.Contains(t, report.String(), "4 bad records")
				require.Len(t, report.Rejected, 1)
				require.EqualValues(t, 9, report.Rejected[0].Line)
			}
		})
	}
}

func printed(t *monary.Table) [][]string {
	rows := make([][]string, t.NumRows())
	for row := range rows {
		for i := range t.NumColumns() {
			rows[row] = append(rows[row], t.Series(i).Value(row).String())
		}
	}
	return rows
}

func TestCSVBadRecordsEndTheReadWithTheirLine(t *testing.T) {
	r, err := monary.FromCSV(t.Context(), strings.NewReader(badCSV), monary.MustSchema("a string", "b int32"))
	require.NoError(t, err)
	table, err := r.Table()
	require.EqualError(t, err, "monary: document 2 (line 5): record on line 5: wrong number of fields")
	require.Equal(t, 2, table.NumRows(), "the records before it")
	var at *monary.DecodeError
	require.ErrorAs(t, err, &at)
	require.EqualValues(t, 5, at.Line)
	require.ErrorIs(t, err, csv.ErrFieldCount)

	_, err = write(t, "bad.csv", []byte(badCSV)).Count(t.Context())
	require.ErrorContains(t, err, "document 2 (line 5)")
	for _, err := range write(t, "bad.csv", []byte(badCSV)).Documents(t.Context()) {
		if err != nil {
			require.ErrorContains(t, err, "document 2 (line 5)")
		}
	}
}

func TestCSVValuesThatDoNotFitTellTheirLine(t *testing.T) {
	r, err := monary.FromCSV(t.Context(), strings.NewReader("a,b\n\"x\n\n\",1\ny,2\n\n\nz,five\n"), monary.MustSchema("b int32"), monary.WithPolicy(monary.Fail))
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorIs(t, err, monary.ErrValue)
	require.ErrorContains(t, err, `monary: document 2 (line 8), field "b": `)
	require.Equal(t, 2, table.NumRows())
}

func TestCSVBadRecordsByFunction(t *testing.T) {
	var told []int64
	r, err := monary.FromCSV(t.Context(), strings.NewReader(badCSV), monary.MustSchema("a string"), monary.OnBadRecord(func(line int64, err error) monary.Policy {
		told = append(told, line)
		require.Error(t, err)
		if line == 10 {
			return monary.Fail
		}
		return monary.DropRow
	}))
	require.NoError(t, err)
	table, err := r.Table()
	require.ErrorContains(t, err, "line 10")
	require.Equal(t, 4, table.NumRows())
	require.Equal(t, []int64{5, 7, 10}, told)
	require.EqualValues(t, 2, r.Report().BadRecords)
}

func TestInferCSV(t *testing.T) {
	for _, c := range []struct{ name, why, cells, want string }{
		{"int32", "", "1,-2,", "int32"},
		{"int64", "one is beyond int32", "1,2147483648", "int64"},
		{"float64", "integers go with decimals", "1,0.5,1e3", "float64"},
		{"not exact", "no float64 equals it", "9007199254740993,0.5", "string"},
		{"zip codes", "007 is no number", "01001,12345", "string"},
		{"beyond int64", "not the nearest double", "9223372036854775809", "string"},
		{"minus zero", "only a float has it", "-0", "float64"},
		{"hexadecimal", "is no number here", "0x10", "string"},
		{"bool", "", "true,false,", "bool"},
		{"yes", "is text", "yes,true", "string"},
		{"date", "", "2015-11-17T00:00:00Z,2015-11-17T00:00:00.5+01:00", "date"},
		{"microseconds", "no date column holds them", "2015-11-17T00:00:00.000001Z", "string"},
		{"objectid", "", "0102030405060708090a0b0c,ObjectId(0102030405060708090a0b0c)", "objectid"},
		{"none", "nothing is known", ",", "string"},
		{"mixed", "", "1,true", "string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "x,v\n"
			for _, cell := range strings.Split(c.cells, ",") {
				text += "1," + cell + "\n"
			}
			schema, err := monary.InferCSV(strings.NewReader(text))
			require.NoError(t, err)
			require.Equal(t, c.want, schema.At(1).Type.String(), c.why)
		})
	}
}

func TestInferCSVNames(t *testing.T) {
	schema, err := monary.InferCSV(strings.NewReader("_id.d,Day Mins,a..b,\n1,2,3,4\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"_id.d", "Day Mins", `a\.\.b`, ""}, schema.Names())
	for _, c := range []struct{ text, want string }{
		{"", "monary: CSV is empty"}, {"a,a\n", `monary: CSV has two columns "a"`}, {"a,b\n1\n", "monary: CSV: record on line 2: wrong number of fields"},
	} {
		_, err := monary.InferCSV(strings.NewReader(c.text))
		require.ErrorContains(t, err, c.want)
	}
}

// TestInferredCSVMasksNothing reads random cells with the schema that was inferred of them.
func TestInferredCSVMasksNothing(t *testing.T) {
	cells := []string{"", "0", "-1", "007", "2147483648", "9007199254740993", "1.5", "1e400", "NaN", "-Infinity", "true", "false", "TRUE", "x", "-0", "+1", "1_000",
		"2006-01-02T15:04:05Z", "2006-01-02", "0102030405060708090a0b0c", "18446744073709551615", "0x1p4", " 1", "0.1234567890123456789", "1E5", ".5", "5."}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		pick := cells
		if seed%2 == 0 {
			pick = []string{cells[r.IntN(len(cells))], cells[r.IntN(len(cells))], ""}
		}
		text := "k,v\n"
		for range 1 + r.IntN(6) {
			text += "1," + pick[r.IntN(len(pick))] + "\n"
		}
		dump := write(t, "random.csv", []byte(text))
		schema, err := dump.InferSchema(t.Context())
		require.NoError(t, err)
		reader, err := dump.Find(t.Context(), nil, schema, monary.WithPolicy(monary.Fail))
		require.NoError(t, err)
		_, err = reader.Table()
		require.NoError(t, err, "seed %d, %s of %q", seed, schema, text)
	}
}

func TestInferSchemaOfADumpEndsWhenItIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("stopped")
	cancel(why)
	_, err := write(t, "d.csv", []byte("a\n1\n")).InferSchema(ctx)
	require.ErrorIs(t, err, why)
}

// ExampleBadRecords reads what it can of a damaged file and says what it could not.
func ExampleBadRecords() {
	text := "name,pop\nBoston,617594\nNew York\nSpringfield,many\n"
	r, err := monary.FromCSV(context.Background(), strings.NewReader(text), monary.MustSchema("name string", "pop int64"),
		monary.BadRecords(monary.DropRow), monary.KeepRejected(10))
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := r.Table()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(t)
	for _, bad := range r.Report().Bad {
		fmt.Println(bad)
	}
	for _, value := range r.Report().Rejected {
		fmt.Printf("line %d: %s is no %s\n", value.Line, value.Path, value.Type)
	}
	// Output:
	// name            pop
	// Boston       617594
	// Springfield    null
	// line 3: wrong number of fields
	// line 4: pop is no int64
}
