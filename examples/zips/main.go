// Zips prints the population of each state: a task graph of eleven tasks, one
// that aggregates and prints, and ten sleepers that wait for it.
//
//	go run ./examples/zips                                     # the sample data
//	go run ./examples/zips -file dump/zips.bson                # a mongodump file or mongoexport JSON
//	go run ./examples/zips -uri mongodb://localhost:27017 -load  # the same pipeline on a server
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/examples/internal/program"
	"github.com/penstock/penstock/examples/internal/progress"
	"github.com/penstock/penstock/examples/internal/source"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

func main() { program.Main("zips", Run) }

// Run is the program: args are its command line, out takes what it prints.
func Run(ctx context.Context, args []string, out io.Writer) (err error) {
	from := source.Flags{DB: "zips", Coll: "data"}
	flags := flag.NewFlagSet("zips", flag.ContinueOnError)
	from.Register(flags, testdata.Path("zips.bson.gz"))
	pause := flags.Duration("sleep", 10*time.Millisecond, "sleeper i sleeps i times this `long`")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	src, closeIt, err := from.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeIt()) }()

	d := dag.New("zips", dag.Owner("examples"))
	totals := dag.Do(d, "aggregate", func(ctx context.Context) error { return printTotals(ctx, src, out) })
	for i := range 10 {
		dag.Do(d, fmt.Sprintf("sleep_for_%d", i), sleep(time.Duration(i)**pause)).SetUpstream(totals)
	}
	_, err = d.Run(ctx, dag.Hooks{OnProgress: progress.Bar(out, "zips")})
	return err
}

// byState sums the population of each state, in the states' order.
var byState = bson.A{
	bson.D{{Key: "$group", Value: bson.D{
		{Key: "_id", Value: "$state"},
		{Key: "totPop", Value: bson.D{{Key: "$sum", Value: "$pop"}}},
	}}},
	bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}},
}

func printTotals(ctx context.Context, src monary.Source, out io.Writer) error {
	r, err := src.Aggregate(ctx, byState, monary.MustSchema("_id string", "totPop int64"))
	if err != nil {
		return err
	}
	t, err := r.Table()
	if err != nil {
		return err
	}
	states, err := monary.Column[string](t, "_id")
	if err != nil {
		return err
	}
	if states.NullCount() > 0 {
		return errors.New("there are documents without a state; is this the ZIP code data?")
	}
	pops, err := monary.Values[int64](t, "totPop")
	if err != nil {
		return err
	}
	for i, pop := range pops {
		state, _ := states.At(i)
		if _, err := fmt.Fprintf(out, "%s: %d\n", state, pop); err != nil {
			return err
		}
	}
	return nil
}

func sleep(long time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(long):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
