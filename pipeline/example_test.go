package pipeline_test

import (
	"context"
	"fmt"
	"log"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

func ExampleOpen() {
	zips, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	if err != nil {
		log.Fatal(err)
	}
	r, err := zips.Aggregate(context.Background(), bson.A{
		bson.M{"$group": bson.M{"_id": "$state", "totPop": bson.M{"$sum": "$pop"}}},
		bson.M{"$sort": bson.M{"totPop": -1}},
		bson.M{"$limit": 5},
	}, monary.MustSchema("_id string:2", "totPop int64"))
	if err != nil {
		log.Fatal(err)
	}
	t, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(t)
	// Output:
	// _id    totPop
	// CA   29754890
	// NY   17990402
	// TX   16984601
	// FL   12686644
	// PA   11881643
}
