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

// dumpShop writes what mongodump would of a database with two collections into
// a folder, which remove deletes.
func dumpShop() (folder string, remove func()) {
	folder, err := os.MkdirTemp("", "dump")
	if err != nil {
		log.Fatal(err)
	}
	write := func(name, text string, docs ...bson.D) {
		data := []byte(text)
		for _, doc := range docs {
			raw, err := bson.Marshal(doc)
			if err != nil {
				log.Fatal(err)
			}
			data = append(data, raw...)
		}
		if err := os.WriteFile(filepath.Join(folder, "shop", name), data, 0o600); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "shop"), 0o700); err != nil {
		log.Fatal(err)
	}
	write("orders.bson", "", bson.D{{Key: "_id", Value: 1}, {Key: "total", Value: 12.5}}, bson.D{{Key: "_id", Value: 2}, {Key: "total", Value: 7.25}})
	write("orders.metadata.json", `{"options":{},"indexes":[{"v":2,"key":{"_id":1},"name":"_id_"},{"v":2,"key":{"at":1},"name":"at_1"}]}`)
	write("users.bson", "", bson.D{{Key: "_id", Value: "ada"}})
	return folder, func() {
		if err := os.RemoveAll(folder); err != nil {
			log.Fatal(err)
		}
	}
}

// All collections that mongodump has written, with the indexes that they had. It
// is the same for the one file of mongodump --archive.
func ExampleOpenDumps() {
	folder, remove := dumpShop()
	defer remove()
	dumps, err := monary.OpenDumps(folder)
	if err != nil {
		log.Fatal(err)
	}
	for _, dump := range dumps {
		n, err := dump.Count(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(dump.Namespace(), n, "documents")
	}
	metadata, err := dumps[0].Metadata()
	if err != nil {
		log.Fatal(err)
	}
	indexes, err := metadata.Lookup("indexes").Array().Values()
	if err != nil {
		log.Fatal(err)
	}
	for _, index := range indexes {
		fmt.Println(index.Document().Lookup("name").StringValue(), index.Document().Lookup("key"))
	}
	// Output:
	// shop.orders 2 documents
	// shop.users 1 documents
	// _id_ {"_id": {"$numberInt":"1"}}
	// at_1 {"at": {"$numberInt":"1"}}
}

// One collection of several. A name that is not there gives the names that are.
func ExampleOpenNamespace() {
	folder, remove := dumpShop()
	defer remove()
	orders, err := monary.OpenNamespace(folder, "shop.orders")
	if err != nil {
		log.Fatal(err)
	}
	r, err := orders.Find(context.Background(), nil, monary.MustSchema("_id int32", "total float64"))
	if err != nil {
		log.Fatal(err)
	}
	t, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(t)
	if _, err := monary.OpenNamespace(folder, "shop.order"); err != nil {
		fmt.Println(err.Error()[len("monary: "+folder+" "):])
	}
	// Output:
	// _id  total
	//   1   12.5
	//   2   7.25
	// has no "shop.order"; it has shop.orders, shop.users
}
