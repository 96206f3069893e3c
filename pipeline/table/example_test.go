package table_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline/table"
)

// Two shops keep their orders in different ways, one in documents, one in a CSV
// file. Concat finds types for both, Join adds what a third source knows.
func Example_combine() {
	ctx := context.Background()
	documents := func(yield func([]byte, error) bool) {
		for _, doc := range []bson.D{
			{{Key: "sku", Value: "a1"}, {Key: "qty", Value: int32(3)}, {Key: "price", Value: int32(10)}},
			{{Key: "sku", Value: "b2"}, {Key: "qty", Value: int32(1)}, {Key: "price", Value: int32(25)}, {Key: "gift", Value: true}},
		} {
			raw, err := bson.Marshal(doc)
			if !yield(raw, err) {
				return
			}
		}
	}
	north, err := tableFrom(monary.FromRaw(ctx, documents, monary.MustSchema("sku string", "qty int32", "price int32", "gift bool")))
	if err != nil {
		log.Fatal(err)
	}
	south, err := tableFrom(monary.FromCSV(ctx, strings.NewReader("sku,price,qty\na1,9.5,2\nc3,4,40\n"), monary.MustSchema("sku string", "price float64", "qty int64")))
	if err != nil {
		log.Fatal(err)
	}
	names, err := tableFrom(monary.FromCSV(ctx, strings.NewReader("id,name\na1,axe\nb2,bell\n"), monary.MustSchema("id string", "name string")))
	if err != nil {
		log.Fatal(err)
	}

	orders, err := table.Concat(north, south)
	if err != nil {
		log.Fatal(err)
	}
	orders, err = table.Join{On: []string{"sku"}, RightOn: []string{"id"}}.Left(orders, names)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(orders)
	// Output:
	// sku  qty  price  gift  name
	// a1     3     10  null  axe
	// b2     1     25  true  bell
	// a1     2    9.5  null  axe
	// c3    40      4  null  null
}

func tableFrom(r *monary.Reader, err error) (*monary.Table, error) {
	if err != nil {
		return nil, err
	}
	return r.Table()
}

func ExampleGroupBy() {
	t, err := monary.NewTable(
		monary.ColumnOf("state", []string{"MA", "NY", "MA"}, nil),
		monary.ColumnOf("pop", []int32{100, 300, 50}, nil))
	if err != nil {
		log.Fatal(err)
	}
	byState, err := table.GroupBy(t, []string{"state"}, table.Sum("totPop", "pop"), table.Mean("avgPop", "pop"), table.Size("cities"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(byState)
	// Output:
	// state  totPop  avgPop  cities
	// MA        150      75       2
	// NY        300     300       1
}

func ExampleRolling() {
	sales := monary.ColumnOf("sales", []int64{3, 5, 4, 8, 1}, nil)
	mean, err := table.Rolling{Rows: 3, MinPeriods: 1}.Mean(sales)
	if err != nil {
		log.Fatal(err)
	}
	for day := range mean.Len() {
		fmt.Print(mean.Value(day), " ")
	}
	// Output:
	// 3 4 4 5.666666666666667 4.333333333333333
}

func ExampleMap() {
	t, err := monary.NewTable(monary.ColumnOf("name", []string{"springfield", "boston"}, nil))
	if err != nil {
		log.Fatal(err)
	}
	t, err = table.Map(t, "length", "name", func(s string) int64 { return int64(len(s)) })
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(t)
	// Output:
	// name         length
	// springfield      11
	// boston            6
}
