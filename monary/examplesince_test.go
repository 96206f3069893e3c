package monary_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// ordersOf is a collection on a server inside this process, and what stops both.
// Documents have an _id and the time at which they were made.
func ordersOf(days ...int) (coll *monary.Collection, stop func()) {
	server, err := replay.Listen()
	if err != nil {
		log.Fatal(err)
	}
	server.Select = replay.Matching
	docs := make([][]byte, len(days))
	for i, day := range days {
		doc := bson.D{{Key: "_id", Value: int32(i + 1)}, {Key: "made", Value: time.Date(2015, 1, day, 10*i%24, 0, 0, 0, time.UTC)}}
		if docs[i], err = bson.Marshal(doc); err != nil {
			log.Fatal(err)
		}
	}
	server.Serve("shop.orders", docs)
	m, err := monary.Connect(context.Background(), server.URI())
	if err != nil {
		log.Fatal(err)
	}
	return m.Collection("shop", "orders"), func() {
		_ = m.Close(context.Background())
		server.Stop()
	}
}

// A task of a DAG reads what its run is about: the data interval, whose end
// belongs to the next. Run again, for a day in the past say, it reads the same.
func ExampleBetween() {
	coll, stop := ordersOf(1, 1, 2, 2, 3)
	defer stop()

	d := dag.New("orders")
	load := dag.Task(d, "load", func(ctx context.Context) (*monary.Table, error) {
		day := dag.RunFrom(ctx).Interval
		r, err := coll.Find(ctx, nil, monary.MustSchema("_id int32", "made date"), monary.Between("made", day.Start, day.End))
		if err != nil {
			return nil, err
		}
		return r.Table()
	})

	second := time.Date(2015, 1, 2, 0, 0, 0, 0, time.UTC)
	res, err := d.Run(context.Background(), dag.Interval{Start: second, End: second.AddDate(0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	table, err := load.Of(res)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(table)
	// Output:
	// _id  made
	//   3  2015-01-02T20:00:00.000Z
	//   4  2015-01-02T06:00:00.000Z
}

// Without intervals, each read begins where the one before left off, which a DAG
// would keep as a task's output. The last order comes twice: another could have been
// made in the same millisecond.
func ExampleSince() {
	coll, stop := ordersOf(1, 1, 2)
	defer stop()

	var mark bson.RawValue // of no read yet: all documents
	for range 2 {
		r, err := coll.Find(context.Background(), nil, monary.MustSchema("_id int32"), monary.Since("made", mark))
		if err != nil {
			log.Fatal(err)
		}
		table, err := r.Table()
		if err != nil {
			log.Fatal(err)
		}
		mark = r.Watermark()
		fmt.Println(table.NumRows(), "orders, up to", mark.Time().UTC().Format(time.DateTime))
	}
	// Output:
	// 3 orders, up to 2015-01-02 20:00:00
	// 1 orders, up to 2015-01-02 20:00:00
}
