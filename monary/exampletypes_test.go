package monary_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// purchases are documents as an application might have written them.
func purchases() [][]byte {
	var docs [][]byte
	for _, doc := range []bson.D{
		{{Key: "_id", Value: 1}, {Key: "at", Value: bson.DateTime(0)}, {Key: "items", Value: bson.A{
			bson.D{{Key: "sku", Value: "tea"}, {Key: "n", Value: 2}}, bson.D{{Key: "sku", Value: "cup"}, {Key: "n", Value: "one"}}}}},
		{{Key: "_id", Value: 2}, {Key: "items", Value: bson.A{}}},
		{{Key: "_id", Value: 3}, {Key: "at", Value: bson.DateTime(86400000)}, {Key: "items", Value: nil}},
	} {
		raw, err := bson.Marshal(doc)
		if err != nil {
			log.Fatal(err)
		}
		docs = append(docs, raw)
	}
	return docs
}

// A list of documents is a list column with a struct inside; a cell that does
// not fit keeps its place and is counted.
func ExampleSeries_List() {
	schema := monary.MustSchema("_id int32", "items list<struct{sku string; n int32}>")
	r, err := monary.FromRaw(context.Background(), stream(purchases(), nil), schema)
	if err != nil {
		log.Fatal(err)
	}
	t, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	items, _ := t.Lookup("items")
	offsets, child, err := items.List()
	if err != nil {
		log.Fatal(err)
	}
	fields, err := child.Fields()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(offsets)
	fmt.Print(fields)
	fmt.Println(r.Report())
	// Output:
	// [0 2 2 2]
	// sku     n
	// tea     2
	// cup  null
	// 3 documents
	// _id int32: 3 present
	// items list<struct{sku string; n int32}>: 2 present 1 null
	//   items[] struct{sku string; n int32}: 2 present
	//   items[].sku string: 2 present
	//   items[].n int32: 1 present 1 mismatch
}

// A schema follows from the struct that the application stores.
func ExampleSchemaOf() {
	type item struct {
		SKU string
		N   int32
	}
	type order struct {
		ID    int32 `bson:"_id"`
		At    time.Time
		Items []item
		Note  *string `monary:"string:20"`
	}
	schema, err := monary.SchemaOf[order]()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(schema)
	// Output: _id int32; at date; items list<struct{sku string; n int32}>; note string:20
}

// A table can be stored and read back.
func ExampleTable_MarshalBinary() {
	t, err := monary.NewTable(monary.ColumnOf("n", []int64{1, 2, 3}, nil))
	if err != nil {
		log.Fatal(err)
	}
	data, err := t.MarshalBinary()
	if err != nil {
		log.Fatal(err)
	}
	var back monary.Table
	fmt.Println(back.UnmarshalBinary(data), back.NumRows())
	data[10] ^= 1
	fmt.Println(back.UnmarshalBinary(data))
	// Output:
	// <nil> 3
	// monary: bad table data: checksum is e3346618, want f68f2711: the data is damaged
}

// A column whose texts repeat is counted by its codes.
func ExampleSeries_Dictionary() {
	docs := func(yield func([]byte, error) bool) {
		for _, state := range []string{"MA", "NY", "MA", "CT", "MA", "NY", "MA"} {
			doc, err := bson.Marshal(bson.D{{Key: "state", Value: state}})
			if !yield(doc, err) {
				return
			}
		}
	}
	r, err := monary.FromRaw(context.Background(), docs, monary.MustSchema("state string"), monary.Dictionaries())
	if err != nil {
		log.Fatal(err)
	}
	table, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	codes, words, ok := table.Series(0).Dictionary()
	if !ok {
		log.Fatal("the states do not repeat")
	}
	counts := make([]int, len(words))
	for _, code := range codes {
		counts[code]++
	}
	for code, word := range words[1:] { // word 0 is the empty text
		fmt.Println(word, counts[code+1])
	}
	// Output:
	// MA 4
	// NY 2
	// CT 1
}
