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
