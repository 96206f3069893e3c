// Zips prints the population of each state: a task graph of eleven tasks, one
// that aggregates and prints, and ten sleepers that wait for it.
//
//	go run ./examples/zips                                     # the sample data
//	go run ./examples/zips -file dump/zips.bson                # a mongodump file or mongoexport JSON
//	go run ./examples/zips -uri mongodb://localhost:27017 -load  # the same pipeline on a server
//	go run ./examples/zips backfill zips -s 2015-01-01 -e 2015-01-02  # a run for each day
//	go run ./examples/zips serve                               # a run each day, and pages that show them
//	go run ./examples/zips help                                # what else there is
//
// Runs of a backfill, and of serve, are kept in the file zips.db, or that named by ZIPS_DB.
package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
	"github.com/penstock/penstock/examples/internal/source"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

//go:embed main.go
var code embed.FS

func main() { os.Exit(Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// Run is the program: args are its command line, out takes what it prints and errs what is
// wrong. It returns the exit code.
func Run(ctx context.Context, args []string, out, errs io.Writer) int {
	return cli.Main(ctx, cli.App{
		Name: "zips", Stdout: out, Stderr: errs,
		DAGs:       []*dag.DAG{zips(out)},
		Schedules:  map[string][]engine.ScheduleOption{"zips": {engine.Cron("@daily")}},
		Default:    []string{"run", "zips"},
		ParamUsage: usage,
		UI:         []ui.Option{ui.Source("zips", code)},
		Open: func() (engine.Store, error) {
			return boltstore.Open(cmp.Or(os.Getenv("ZIPS_DB"), "zips.db"))
		},
	}, args)
}

var usage = map[string]string{
	"file":  "`path` of a mongodump file, mongoexport JSON or CSV, .gz or not",
	"uri":   "read from the server at this connection `string` instead, from zips.data",
	"load":  "with -uri: load the file into the collection, which must be empty, first",
	"sleep": "sleeper i sleeps i times this `long`",
}

// zips returns the graph.
func zips(out io.Writer) *dag.DAG {
	d := dag.New("zips", dag.Owner("examples"), dag.Doc("The population of each state."),
		dag.WithParams(dag.Params{"file": testdata.Path("zips.bson.gz"), "uri": "", "load": false, "sleep": 10 * time.Millisecond}))
	totals := dag.Do(d, "aggregate", func(ctx context.Context) error { return aggregate(ctx, out) })
	for i := range 10 {
		dag.Do(d, fmt.Sprintf("sleep_for_%d", i), sleep(i)).SetUpstream(totals)
	}
	return d
}

func aggregate(ctx context.Context, out io.Writer) (err error) {
	p := dag.RunFrom(ctx).Params
	from := source.Flags{File: p["file"].(string), URI: p["uri"].(string), Load: p["load"].(bool), DB: "zips", Coll: "data"}
	src, closeIt, err := from.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	return printTotals(ctx, src, out)
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
	var text strings.Builder // written at once: runs of a backfill print side by side
	for i, pop := range pops {
		state, _ := states.At(i)
		fmt.Fprintf(&text, "%s: %d\n", state, pop)
	}
	_, err = io.WriteString(out, text.String())
	return err
}

// sleep returns a task that sleeps that many times the parameter sleep.
func sleep(times int) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(time.Duration(times) * dag.RunFrom(ctx).Params["sleep"].(time.Duration)):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
