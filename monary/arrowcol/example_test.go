package arrowcol_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/monary/arrowcol"
)

const zips = "../../testdata/zips.bson.gz"

// A table becomes a record of Arrow without its numbers and texts being copied.
func ExampleToRecord() {
	dump, err := monary.OpenDump(zips)
	if err != nil {
		log.Fatal(err)
	}
	r, err := dump.Find(context.Background(), nil, monary.MustSchema("city string", "pop int64", "loc vector64:2"))
	if err != nil {
		log.Fatal(err)
	}
	table, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	rec, err := arrowcol.ToRecord(table)
	if err != nil {
		log.Fatal(err)
	}
	for i, col := range rec.Columns() {
		fmt.Printf("%s %s: %s\n", rec.ColumnName(i), col.DataType(), col.ValueStr(0))
	}
	pops, err := monary.Values[int64](table, "pop")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the same memory:", &pops[0] == &rec.Column(1).(*array.Int64).Int64Values()[0])
	// Output:
	// city large_utf8: AGAWAM
	// pop int64: 15338
	// loc fixed_size_list<item: float64>[2]: [-72.622739,42.070206]
	// the same memory: true
}

// A collection or a dump becomes a Parquet file batch by batch, and comes back with
// the schema it had.
func ExampleWriteParquet() {
	ctx := context.Background()
	dump, err := monary.OpenDump(zips)
	if err != nil {
		log.Fatal(err)
	}
	r, err := dump.Find(ctx, nil, monary.MustSchema("_id string:5", "state string", "pop int32"), monary.BatchRows(4096))
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := arrowcol.WriteParquet(&file, r); err != nil {
		log.Fatal(err)
	}
	back, err := arrowcol.ReadParquet(ctx, bytes.NewReader(file.Bytes()), monary.Schema{})
	if err != nil {
		log.Fatal(err)
	}
	table, err := back.Table()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(back.Schema())
	fmt.Println(table.Slice(0, 3))
	// Output:
	// _id string:5; state string; pop int32
	// _id    state    pop
	// 01001  MA     15338
	// 01002  MA      8181
	// 01003  MA       541
}

// A reader's batches as a stream of records, for whatever takes one.
func ExampleNewRecordReader() {
	dump, err := monary.OpenDump(zips)
	if err != nil {
		log.Fatal(err)
	}
	r, err := dump.Find(context.Background(), nil, monary.MustSchema("state string", "pop int64"), monary.BatchRows(20000))
	if err != nil {
		log.Fatal(err)
	}
	records := arrowcol.NewRecordReader(r)
	defer records.Release() // which closes the reader
	for records.Next() {
		rec := records.RecordBatch()
		fmt.Println(rec.NumRows(), "rows of", rec.Schema().Field(0).Type, "and", rec.Schema().Field(1).Type)
	}
	if err := records.Err(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 20000 rows of large_utf8 and int64
	// 9353 rows of large_utf8 and int64
}
