package monary_test

import (
	"context"
	"fmt"
	"log"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// Values that do not fit are never lost from sight: they are counted, converted
// where that changes nothing, and shown when asked for.
func ExampleWithPolicy() {
	docs := func(yield func([]byte, error) bool) {
		for _, pop := range []any{15338, "4546", "unknown", 12.5} {
			doc, err := bson.Marshal(bson.D{{Key: "_id", Value: fmt.Sprint(pop)}, {Key: "pop", Value: pop}})
			if !yield(doc, err) {
				return
			}
		}
	}
	r, err := monary.FromRaw(context.Background(), docs, monary.MustSchema("_id string", "pop int64"),
		monary.WithPolicy(monary.Coerce, "pop"), monary.KeepRejected(10))
	if err != nil {
		log.Fatal(err)
	}
	table, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(table)
	fmt.Println(r.Report())
	for _, v := range r.Report().Rejected {
		fmt.Printf("document %d, _id %s: %s is %s, for %s: %s\n", v.Doc, v.ID, v.Path, v.Found, v.Type, v.State)
	}
	// Output:
	// _id        pop
	// 15338    15338
	// 4546      4546
	// unknown   null
	// 12.5      null
	//
	// 4 documents
	// _id string: 4 present
	// pop int64: 2 present 1 mismatch 1 inexact 1 coerced
	// document 2, _id unknown: pop is string, for int64: mismatch
	// document 3, _id 12.5: pop is double, for int64: inexact
}

// A validity bit says that there is no value; the states say why. Here they
// find the documents that lack a field, those where it is null, and those whose
// value did not fit.
func ExampleSeries_RowsIn() {
	docs := func(yield func([]byte, error) bool) {
		for _, doc := range []bson.D{
			{{Key: "_id", Value: "MA"}, {Key: "pop", Value: 15338}},
			{{Key: "_id", Value: "NY"}, {Key: "pop", Value: nil}},
			{{Key: "_id", Value: "CA"}},
			{{Key: "_id", Value: "TX"}, {Key: "pop", Value: "many"}},
		} {
			raw, err := bson.Marshal(doc)
			if !yield(raw, err) {
				return
			}
		}
	}
	r, err := monary.FromRaw(context.Background(), docs, monary.MustSchema("_id string", "pop int64"), monary.KeepStates())
	if err != nil {
		log.Fatal(err)
	}
	table, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	pop, _ := table.Lookup("pop")
	fmt.Println("valid:", pop.Valid(), "without a value:", pop.NullCount())
	for _, state := range []monary.State{monary.Null, monary.Missing, monary.Mismatch} {
		rows, err := pop.RowsIn(state)
		if err != nil {
			log.Fatal(err)
		}
		ids, err := monary.Values[string](table.Take(rows), "_id")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(state, ids)
	}
	// Output:
	// valid: [true false false false] without a value: 3
	// null [NY]
	// missing [CA]
	// mismatch [TX]
}
