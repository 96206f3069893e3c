package pipeline_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// hits counts pages by day, or by hour; fields name what the days are told by.
func hits(hourly bool, out string) bson.A {
	project := d("page", "$PAGE", "y", d("$year", "$DATE"), "m", d("$month", "$DATE"), "d", d("$dayOfMonth", "$DATE"))
	id := d("p", "$page", "y", "$y", "m", "$m", "d", "$d")
	if hourly {
		project = append(project, bson.E{Key: "h", Value: d("$hour", "$DATE")})
		id = append(id, bson.E{Key: "h", Value: "$h"})
	}
	return bson.A{d("$project", project), d("$group", d("_id", id, "daily", d("$sum", 1))), d("$out", out)}
}

// countHits is the same with a loop.
func countHits(t *testing.T, layout string) map[string]int {
	t.Helper()
	src, err := pipeline.Open(testdata.Path("logs.bson.gz"))
	require.NoError(t, err)
	r, err := src.Find(context.Background(), nil, monary.MustSchema("PAGE string", "DATE date"))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	pages, err := monary.Values[string](table, "PAGE")
	require.NoError(t, err)
	dates, err := monary.Values[int64](table, "DATE")
	require.NoError(t, err)
	counts := map[string]int{}
	for i, page := range pages {
		counts[page+" "+time.UnixMilli(dates[i]).UTC().Format(layout)]++
	}
	return counts
}

// The page hits by day and by hour, written by $out and read back, are those that
// a loop counts.
func TestPageHits(t *testing.T) {
	for layout, hourly := range map[string]bool{"2006-1-2": false, "2006-1-2 15": true} {
		logs, err := pipeline.Open(testdata.Path("logs.bson.gz"))
		require.NoError(t, err)
		sources := pipeline.Sources{"logs": logs}
		r, err := sources.Aggregate(context.Background(), "logs", hits(hourly, "daily"), monary.MustSchema("_id any"))
		require.NoError(t, err)
		nothing, err := r.Table()
		require.NoError(t, err)
		assert.Zero(t, nothing.NumRows(), "$out passes nothing on")

		names := []string{"_id.d", "_id.m", "_id.y", "_id.p", "daily"}
		if hourly {
			names = append(names, "_id.h")
		}
		r, err = sources["daily"].Find(context.Background(), nil, anySchema(t, names...))
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err)
		var text bytes.Buffer
		require.NoError(t, pipeline.WriteCSV(&text, table))
		records, err := csv.NewReader(&text).ReadAll()
		require.NoError(t, err)
		assert.Equal(t, names, records[0])
		got := map[string]int{}
		for _, rec := range records[1:] {
			key := fmt.Sprintf("%s %s-%s-%s", rec[3], rec[2], rec[1], rec[0])
			if hourly {
				hour, err := strconv.Atoi(rec[5])
				require.NoError(t, err)
				key += fmt.Sprintf(" %02d", hour)
			}
			got[key], err = strconv.Atoi(rec[4])
			require.NoError(t, err)
		}
		assert.Equal(t, countHits(t, layout), got)
		assert.Len(t, records[1:], len(got), "a group is there once")
	}
}

// $out writes files of each kind, which read back the same.
func TestOutToFiles(t *testing.T) {
	for _, name := range []string{"a.bson", "a.bson.gz", "a.jsonl", "a.json", "a.csv", "a.csv.gz"} {
		path := filepath.Join(t.TempDir(), name)
		file, err := pipeline.Create(path)
		require.NoError(t, err)
		n, err := file.Count(context.Background(), nil)
		require.NoError(t, err)
		assert.Zero(t, n, "a file that is not there has no documents")
		sources := pipeline.Sources{"people": openDocs(t, people...), "a": file}
		for range 2 { // the second run replaces the first one's file
			_, err = sources.Aggregate(context.Background(), "people",
				bson.A{d("$group", d("_id", "$city", "n", d("$sum", "$age"))), d("$out", "a")}, anySchema(t, "_id"))
			require.NoError(t, err)
		}
		back, err := pipeline.Open(path)
		require.NoError(t, err)
		got, err := aggregate(t, back, bson.A{d("$sort", d("n", 1))}, "_id", "n")
		require.NoError(t, err)
		assert.Equal(t, [][]string{{`"Oslo"`, "int32 36"}, {`"London"`, "int32 87"}}, cells(got), name)
		left, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		assert.Len(t, left, 1, "no other file is left")
	}
	_, err := pipeline.Create("a.parquet")
	require.ErrorContains(t, err, ".parquet")
}

// What is in a cell decides how it is written; documents become columns.
func TestWriteCSV(t *testing.T) {
	docs := []bson.D{
		d("a", d("x", 1, "y", d("z", "q,\"r\"")), "b", bson.A{1, "x"}, "c", bson.DateTime(1391385600123), "e", 0.5),
		d("a", d("w", true), "b", bson.Binary{Data: []byte("hi")}, "c", nil, "e", 3.0),
		d("a", 7, "b", bson.ObjectID{1}, "e", bson.Timestamp{T: 5, I: 6}),
	}
	var text strings.Builder
	require.NoError(t, pipeline.WriteCSV(&text, anyTable(t, docs, "a", "b", "c", "e")))
	assert.Equal(t, "a.x,a.y.z,a.w,a,b,c,e\n"+
		"1,\"q,\"\"r\"\"\",,,\"[1,\"\"x\"\"]\",2014-02-03T00:00:00.123Z,0.5\n"+
		",,true,,aGk=,,3\n"+
		",,,7,010000000000000000000000,,5:6\n", text.String())
	empty := anyTable(t, nil, "a", "b")
	text.Reset()
	require.NoError(t, pipeline.WriteCSV(&text, empty))
	assert.Equal(t, "a,b\n", text.String())
}

// A file that was begun is gone when what makes its documents panics.
func TestOutThatPanicsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	to, err := pipeline.Create(filepath.Join(dir, "out.json"))
	require.NoError(t, err)
	in, err := monary.NewTable(monary.ColumnOf("x", []int64{1}, nil))
	require.NoError(t, err)
	tables := func(yield func(*monary.Table, error) bool) {
		if yield(in, nil) {
			panic("broken")
		}
	}
	f := pipeline.NewFlow("f", tables).Using(pipeline.Sources{"out": to}).Aggregate(stage("$out", "out"))
	require.Panics(t, func() { _ = f.Run(t.Context(), func(*monary.Table) error { return nil }) })
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
