package monary_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// events are a few documents, as a reader.
func events(schema monary.Schema) *monary.Reader {
	docs := func(yield func([]byte, error) bool) {
		for _, doc := range []bson.D{
			{{Key: "_id", Value: 1}, {Key: "at", Value: bson.DateTime(1391385600123)}, {Key: "user", Value: bson.D{{Key: "id", Value: int64(9007199254740993)}}}, {Key: "tags", Value: bson.A{"a", "b,c"}}},
			{{Key: "_id", Value: 2}, {Key: "user", Value: bson.D{{Key: "id", Value: int64(7)}}}},
		} {
			if raw, err := bson.Marshal(doc); !yield(raw, err) {
				return
			}
		}
	}
	r, err := monary.FromRaw(context.Background(), docs, schema)
	if err != nil {
		log.Fatal(err)
	}
	return r
}

// What mongoexport would write, from a reader or a table. Canonical JSON keeps
// every type.
func ExampleWriteJSON() {
	schema := monary.MustSchema("_id int32", "at date", "user.id int64", "tags list<string>")
	if err := monary.WriteJSON(os.Stdout, events(schema), monary.ExportOptions{}); err != nil {
		log.Fatal(err)
	}
	if err := monary.WriteJSON(os.Stdout, events(schema), monary.ExportOptions{Canonical: true, Array: true}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// {"_id":1,"at":{"$date":"2014-02-03T00:00:00.123Z"},"user":{"id":9007199254740993},"tags":["a","b,c"]}
	// {"_id":2,"user":{"id":7}}
	// [{"_id":{"$numberInt":"1"},"at":{"$date":{"$numberLong":"1391385600123"}},"user":{"id":{"$numberLong":"9007199254740993"}},"tags":["a","b,c"]},{"_id":{"$numberInt":"2"},"user":{"id":{"$numberLong":"7"}}}]
}

// Names keep their dots; lists are one cell.
func ExampleWriteCSV() {
	schema := monary.MustSchema("_id int32", "at date", "user.id int64", "tags list<string>")
	if err := monary.WriteCSV(os.Stdout, events(schema), monary.ExportOptions{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// _id,at,user.id,tags
	// 1,2014-02-03T00:00:00.123Z,9007199254740993,"[""a"",""b,c""]"
	// 2,,7,
}

// A folder that mongorestore takes, and that opens again.
func ExampleWriteDump() {
	dir, err := os.MkdirTemp("", "shop")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "events.bson.gz")
	if err := monary.WriteDump(path, events(monary.MustSchema("_id int32", "user.id int64")), monary.ExportOptions{}); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	dump, err := monary.OpenDump(path)
	if err != nil {
		log.Fatal(err)
	}
	r, err := dump.Find(context.Background(), nil, monary.MustSchema("_id int32", "user.id int64"))
	if err != nil {
		log.Fatal(err)
	}
	t, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(t)
	// Output:
	// events.bson.gz
	// events.metadata.json.gz
	// _id           user.id
	//   1  9007199254740993
	//   2                 7
}
