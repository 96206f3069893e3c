package monary_test

import (
	"context"
	"fmt"
	"log"
	"time"
	_ "time/tzdata" // zones, also where the system has none

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// BSON dates are milliseconds since 1970 and know no zone; the reader of a
// column chooses one. A row without a date holds the zero time.
func ExampleTimes() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		log.Fatal(err)
	}
	docs := func(yield func([]byte, error) bool) {
		for _, at := range []any{
			time.Date(2024, 3, 31, 0, 30, 0, 0, time.UTC), // the night in which Berlin's summer time begins
			time.Date(2024, 3, 31, 1, 30, 0, 0, time.UTC),
			nil,
		} {
			raw, err := bson.Marshal(bson.D{{Key: "at", Value: at}})
			if !yield(raw, err) {
				return
			}
		}
	}
	r, err := monary.FromRaw(context.Background(), docs, monary.MustSchema("at date"))
	if err != nil {
		log.Fatal(err)
	}
	t, err := r.Table()
	if err != nil {
		log.Fatal(err)
	}
	times, err := monary.Times(t, "at", berlin)
	if err != nil {
		log.Fatal(err)
	}
	for _, at := range times {
		if at.IsZero() {
			fmt.Println("none")
			continue
		}
		fmt.Println(at.Format(time.RFC3339))
	}
	millis, err := monary.Values[int64](t, "at") // the column's own memory
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(millis)
	// Output:
	// 2024-03-31T01:30:00+01:00
	// 2024-03-31T03:30:00+02:00
	// none
	// [1711845000000 1711848600000 0]
}
