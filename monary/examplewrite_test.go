package monary_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// A table goes to a collection as it is: names are paths, a cell without a value
// is no field, and every row has an outcome. Here a document is there already.
func ExampleCollection_Insert() {
	ctx := context.Background()
	m, stop := exampleClient()
	defer stop()
	scores := m.Collection("shop", "scores")

	table, err := monary.NewTable(
		monary.ColumnOf("_id", []int32{1, 2, 2, 3}, nil),
		monary.ColumnOf("user.name", []string{"Ada", "Grace", "Linus", ""}, []bool{true, true, true, false}),
		monary.ColumnOf("user.score", []float64{0.5, 1, 0.25, 0.75}, nil))
	if err != nil {
		log.Fatal(err)
	}
	res, err := scores.Insert(ctx, table, monary.Unordered())
	fmt.Println(res.Inserted, "inserted; a duplicate key:", mongo.IsDuplicateKeyError(err))
	for _, e := range res.Errors {
		fmt.Println("row", e.Row, res.Outcome(e.Row), "with code", e.Code)
	}

	r, err := scores.Find(ctx, nil, monary.MustSchema("_id int32", "user.name string", "user.score float64"))
	if err != nil {
		log.Fatal(err)
	}
	back, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(back)
	// Output:
	// 3 inserted; a duplicate key: true
	// row 2 failed with code 11000
	// _id  user.name  user.score
	//   1  Ada               0.5
	//   2  Grace               1
	//   3  null             0.75
}

// An upsert sets the fields of the document that has the row's keys, and
// inserts one where there is none.
func ExampleCollection_Upsert() {
	ctx := context.Background()
	m, stop := exampleClient()
	defer stop()
	stock := m.Collection("shop", "stock")

	yesterday, err := monary.NewTable(monary.ColumnOf("sku", []string{"a1", "b2"}, nil), monary.ColumnOf("n", []int64{5, 7}, nil))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := stock.Insert(ctx, yesterday); err != nil {
		log.Fatal(err)
	}
	today, err := monary.NewTable(monary.ColumnOf("sku", []string{"b2", "c3"}, nil), monary.ColumnOf("n", []int64{6, 1}, nil))
	if err != nil {
		log.Fatal(err)
	}
	res, err := stock.Upsert(ctx, today, []string{"sku"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Matched, "there already,", len(res.UpsertedIDs), "new")
	t, err := m.Query(ctx, "shop", "stock", nil, []string{"sku", "n"}, []string{"string", "int64"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(t)
	// Output:
	// 1 there already, 1 new
	// sku  n
	// a1   5
	// b2   6
	// c3   1
}

// exampleClient connects to a server in this process, which keeps what is
// written to it; stop ends both.
func exampleClient() (m *monary.Client, stop func()) {
	t := &exampleTest{}
	server := replay.Start(t)
	for _, ns := range []string{"shop.scores", "shop.stock"} {
		server.Store(ns)
	}
	m, err := monary.Connect(context.Background(), server.URI())
	if err != nil {
		log.Fatal(err)
	}
	return m, func() {
		if err := m.Close(context.Background()); err != nil {
			log.Fatal(err)
		}
		for _, f := range slices.Backward(t.cleanups) {
			f()
		}
	}
}

// exampleTest is what a server for tests needs of a test.
type exampleTest struct {
	testing.TB
	cleanups []func()
}

func (t *exampleTest) Helper()                        {}
func (t *exampleTest) Cleanup(f func())               { t.cleanups = append(t.cleanups, f) }
func (t *exampleTest) Fatalf(format string, a ...any) { log.Fatalf(format, a...) }
