package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

func TestCSVOfOneColumnKeepsItsEmptyRows(t *testing.T) {
	in, err := monary.NewTable(monary.ColumnOf("a", []int64{1, 0, 3, 0}, []bool{true, false, true, false}))
	require.NoError(t, err)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"WriteCSV": func(b *bytes.Buffer) error { return pipeline.WriteCSV(b, in) },
		"CSVWriter": func(b *bytes.Buffer) error {
			w := pipeline.NewCSVWriter(b, monary.MustSchema("a int64"))
			return errors.Join(w.Write(in), w.Flush())
		},
	} {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			require.NoError(t, write(&text))
			require.Equal(t, "a\n1\n\"\"\n3\n\"\"\n", text.String())
			r, err := monary.FromCSV(t.Context(), &text, monary.MustSchema("a int64"))
			require.NoError(t, err)
			out, err := r.Table()
			require.NoError(t, err)
			require.Equal(t, 4, out.NumRows())
			require.Equal(t, 2, out.Series(0).NullCount())
		})
	}
}

func TestCSVWriterRoundTrip(t *testing.T) {
	schema := monary.MustSchema("_id.d int32", `a\.b string`, "when date", "x float64", "ok bool", "tags list<int32>", "id objectid")
	text := "_id.d,a.b,when,x,ok,tags,id\n" +
		"1,\"with, comma and \"\"quotes\"\"\",2015-11-17T01:02:03.004Z,0.1,true,\"[1,2]\",0102030405060708090a0b0c\n" +
		"2,,,,,,\n" +
		"3,\"two\nlines\",1969-12-31T23:59:59.999Z,-1.5e-300,false,[],ffffffffffffffffffffffff\n"
	r, err := monary.FromCSV(t.Context(), strings.NewReader(text), schema, monary.BatchRows(2))
	require.NoError(t, err)
	var out bytes.Buffer
	w := pipeline.NewCSVWriter(&out, schema)
	require.NoError(t, pipeline.NewFlow("csv", r.Batches()).Run(t.Context(), w.Write))
	require.NoError(t, w.Flush())
	r, err = monary.FromCSV(t.Context(), &out, schema)
	require.NoError(t, err)
	again, err := r.Table()
	require.NoError(t, err)
	r, err = monary.FromCSV(t.Context(), strings.NewReader(text), schema)
	require.NoError(t, err)
	want, err := r.Table()
	require.NoError(t, err)
	require.Equal(t, want.String(), again.String())
	require.Equal(t, 3, again.NumRows())
}

func TestCSVWriterRefuses(t *testing.T) {
	in, err := monary.NewTable(monary.ColumnOf("a", []float64{1, 2.5}, nil))
	require.NoError(t, err)
	var out bytes.Buffer
	w := pipeline.NewCSVWriter(&out, monary.MustSchema("a int32"))
	err = w.Write(in)
	require.ErrorContains(t, err, `row 1, field "a"`)
	require.Equal(t, err, w.Write(in.Slice(0, 1)), "an error stays")
	require.Equal(t, err, w.Flush())
	require.Empty(t, out.String())
	require.ErrorContains(t, pipeline.NewCSVWriter(&out, monary.MustSchema("b int32")).Write(in), `no column "b"`)
	require.ErrorContains(t, pipeline.NewCSVWriter(&out, monary.Schema{}).Flush(), "the schema has no fields")

	w = pipeline.NewCSVWriter(&out, monary.MustSchema("b int32", "c string"))
	require.NoError(t, w.Flush())
	require.Equal(t, "b,c\n", out.String(), "no table, but the names")
}

func TestCSVBadRecordsAreLeftOutWhereStagesRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.csv")
	require.NoError(t, os.WriteFile(path, []byte("k,v\na,1\nshort\na,2\nb,3,4\n"), 0o600))
	src, err := pipeline.Open(path)
	require.NoError(t, err)
	for name, stages := range map[string]string{
		"of columns":   `[{"$group": {"_id": "$k", "sum": {"$sum": "$v"}}}]`,
		"of documents": `[{"$replaceWith": {"$mergeObjects": ["$$ROOT", {"w": 1}]}}, {"$group": {"_id": "$k", "sum": {"$sum": "$v"}}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			var lines []int64
			r, err := src.Aggregate(t.Context(), stages, monary.MustSchema("_id string", "sum int32"), monary.OnBadRecord(func(line int64, _ error) monary.Policy {
				lines = append(lines, line)
				return monary.DropRow
			}))
			require.NoError(t, err)
			out, err := r.Table()
			require.NoError(t, err)
			require.Equal(t, "_id  sum\na      3\n", out.String())
			require.Equal(t, []int64{3, 5}, lines)
			r, err = src.Aggregate(t.Context(), stages, monary.MustSchema("_id string", "sum int32"))
			require.NoError(t, err)
			_, err = r.Table()
			require.ErrorContains(t, err, "(line 3)")
		})
	}
}

// ExampleCSVWriter writes a dump as CSV, batch by batch.
func ExampleCSVWriter() {
	ctx := context.Background()
	zips, err := pipeline.Open("../testdata/zips.bson.gz")
	if err != nil {
		fmt.Println(err)
		return
	}
	schema := monary.MustSchema("_id string", "state string", "pop int32")
	r, err := zips.Aggregate(ctx, `[{"$match": {"pop": {"$gt": 110000}}}, {"$limit": 2}]`, schema)
	if err != nil {
		fmt.Println(err)
		return
	}
	w := pipeline.NewCSVWriter(os.Stdout, schema)
	for t, err := range r.Batches() {
		if err == nil {
			err = w.Write(t)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := w.Flush(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// _id,state,pop
	// 91723,CA,110541
	// 93392,CA,110896
}
