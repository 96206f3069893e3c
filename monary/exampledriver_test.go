package monary_test

import (
	"context"
	"fmt"
	"log"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// One client is enough for the driver's own commands and for reading into columns:
// here both are tasks of a graph, side by side, and a third one waits for them.
func ExampleNewClient() {
	server, err := replay.Listen() // in place of a server
	if err != nil {
		log.Fatal(err)
	}
	defer server.Stop()
	orders := make([][]byte, 3)
	for i := range orders {
		if orders[i], err = bson.Marshal(bson.M{"total": 9.5}); err != nil {
			log.Fatal(err)
		}
	}
	server.Serve("shop.orders", orders)

	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }() // Close of NewClient's would leave it open

	d := dag.New("inventory")
	version := dag.Task(d, "version", func(ctx context.Context) (string, error) {
		var info struct{ Version string }
		err := client.Database("admin").RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info)
		return info.Version, err
	})
	totals := dag.Task(d, "totals", func(ctx context.Context) (*monary.Table, error) {
		return monary.NewClient(client).Query(ctx, "shop", "orders", nil, []string{"total"}, []string{"float64"})
	})
	dag.Do2(d, "report", version, totals, func(_ context.Context, version string, totals *monary.Table) error {
		_, err := fmt.Printf("%d orders from a server of version %s\n", totals.NumRows(), version)
		return err
	})
	if _, err := d.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 3 orders from a server of version 7.0.0
}
