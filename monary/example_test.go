package monary_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

func ExampleOpenDump() {
	dump, err := monary.OpenDump(testdata.Path("zips.bson.gz"))
	if err != nil {
		log.Fatal(err)
	}
	schema := monary.MustSchema("_id string:5", "city string", "loc.0 float64", "pop int64")
	r, err := dump.Find(context.Background(), nil, schema)
	if err != nil {
		log.Fatal(err)
	}
	t, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	pops, err := monary.Values[int64](t, "pop") // the column's own memory
	if err != nil {
		log.Fatal(err)
	}
	sum := int64(0)
	for _, pop := range pops {
		sum += pop
	}
	fmt.Println(t.Slice(0, 2))
	fmt.Println(len(pops), "places,", sum, "people")
	// Output:
	// _id    city           loc.0    pop
	// 01001  AGAWAM    -72.622739  15338
	// 01002  MILLWELL  -71.487634   8181
	//
	// 29353 places, 248408400 people
}

// A table that does not fit in memory is read batch by batch. What could not be
// read as the schema asks is counted: here the talk's slip, totpop for totPop.
func ExampleReader_Batches() {
	dump, err := monary.OpenDump(testdata.Path("zips.bson.gz"))
	if err != nil {
		log.Fatal(err)
	}
	schema, err := monary.NewSchema([]string{"_id", "totpop"}, []string{"string:5", "int64"})
	if err != nil {
		log.Fatal(err)
	}
	r, err := dump.Find(context.Background(), nil, schema, monary.BatchRows(10_000))
	if err != nil {
		log.Fatal(err)
	}
	for t, err := range r.Batches() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(t.NumRows(), "rows")
	}
	fmt.Println(r.Report())
	// Output:
	// 10000 rows
	// 10000 rows
	// 9353 rows
	// 29353 documents
	// _id string:5: 29353 present
	// totpop int64: in none of them; did you mean pop?
}

// Any source of raw BSON will do. A fault says where it is, and what came
// before it is there.
func ExampleFromRaw() {
	var docs iter.Seq2[[]byte, error] = func(yield func([]byte, error) bool) {
		for _, doc := range []bson.D{{{Key: "n", Value: 1}}, {{Key: "n", Value: 2.5}}} {
			raw, err := bson.Marshal(doc)
			if !yield(raw, err) {
				return
			}
		}
		yield([]byte("\x0c\x00\x00\x00\x10n\x00\x01\x00\x00\x00\x07"), nil) // ends with 7, not 0
	}
	r, err := monary.FromRaw(context.Background(), docs, monary.MustSchema("n float64"))
	if err != nil {
		log.Fatal(err)
	}
	t, err := r.Table()
	fmt.Print(t)
	fmt.Println(err, errors.Is(err, monary.ErrElement))
	// Output:
	//   n
	//   1
	// 2.5
	// monary: document 2 (byte 39): bad element: document of 12 bytes does not end with NUL true
}

// A cell without a value is told apart by its validity bit; the schema says
// how text is read.
func ExampleFromCSV() {
	text := "name,born,Day Mins\nAda,1815-12-10T00:00:00Z,12.5\nGrace,,n/a\n"
	schema := monary.MustSchema("name string", "born date", `"Day Mins" float64`)
	r, err := monary.FromCSV(context.Background(), strings.NewReader(text), schema)
	if err != nil {
		log.Fatal(err)
	}
	t, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	mins, err := monary.Column[float64](t, "Day Mins")
	if err != nil {
		log.Fatal(err)
	}
	for v, ok := range mins.All() {
		fmt.Println(v, ok)
	}
	fmt.Println(r.Report())
	// Output:
	// 12.5 true
	// 0 false
	// 2 documents
	// name string: 2 present
	// born date: 1 present 1 null
	// "Day Mins" float64: 1 present 1 mismatch
}

// The talk's call: a pipeline that runs on the server, its output as columns.
func ExampleClient_Aggregate() {
	ctx := context.Background()
	m, err := monary.Connect(ctx, "mongodb://localhost:27017")
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close(ctx)
	pipeline := bson.A{bson.M{"$group": bson.M{"_id": "$state", "totPop": bson.M{"$sum": "$pop"}}}}
	t, err := m.Aggregate(ctx, "zips", "data", pipeline,
		[]string{"_id", "totPop"}, []string{"string:2", "int64"}, monary.AllowDiskUse())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(t)
}
