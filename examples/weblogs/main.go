// Weblogs counts the hits on the pages of a web shop, by day and by hour, and sends the counts by
// e-mail: collections or files of counts, CSV files of them, a bar chart, and a letter with both.
//
//	go run ./examples/weblogs                                        # all of the sample data, into the folder weblogs
//	go run ./examples/weblogs -file dump/logs.bson -out hits         # a mongodump file or mongoexport JSON
//	go run ./examples/weblogs -uri mongodb://localhost:27017 -load   # on a server: collections daily and hourly beside the logs
//	go run ./examples/weblogs -smtp localhost:25 -to me@example.com  # with a letter at the end
//	go run ./examples/weblogs backfill weblogs -s 2014-02-03 -e 2014-02-10  # a run for each day
//	go run ./examples/weblogs serve                                  # a run each day, and pages that show them
//	go run ./examples/weblogs help                                   # what else there is
//
// A run for a day reads the hits of that day, by UTC, and replaces its rows alone: days can be run in any
// order, and again. A run without dates replaces all rows.
//
// Runs of a backfill, and of serve, are kept in the file weblogs.db, or that named by WEBLOGS_DB.
package main

import (
	"cmp"
	"context"
	"embed"
	"io"
	"os"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/notify"
	"github.com/penstock/penstock/dag/ui"
	"github.com/penstock/penstock/testdata"
)

//go:embed main.go
var code embed.FS

func main() { os.Exit(Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// Run is the program: args are its command line, out takes what it prints and errs what is
// wrong. It returns the exit code.
func Run(ctx context.Context, args []string, out, errs io.Writer) int {
	return cli.Main(ctx, cli.App{
		Name: "weblogs", Stdout: out, Stderr: errs,
		DAGs:       []*dag.DAG{weblogs(out)},
		Schedules:  map[string][]engine.ScheduleOption{"weblogs": {engine.Cron("@daily")}},
		Default:    []string{"run", "weblogs"},
		ParamUsage: usage,
		UI:         []ui.Option{ui.Source("weblogs", code)},
		Engine:     engine.Config{Pools: map[string]int{"files": 1}},
		Open: func() (engine.Store, error) {
			return boltstore.Open(cmp.Or(os.Getenv("WEBLOGS_DB"), "weblogs.db"))
		},
	}, args)
}

var usage = map[string]string{
	"file": "`path` of a mongodump file, mongoexport JSON or CSV, .gz or not",
	"uri":  "read from the server at this connection `string` instead, from weblogs.logs, and write beside it",
	"load": "with -uri: load the file into the collection, which must be empty, first",
	"out":  "`folder` of the CSV files and the chart, and of the counts if there is no server",
	"smtp": "`host:port` of a mail server on this machine or network, without TLS; none: no letter",
	"to":   "whom the letter goes to, an `address`",
}

// weblogs returns the graph. Its tasks share files, so those of all runs in a process take turns.
func weblogs(out io.Writer) *dag.DAG {
	d := dag.New("weblogs", dag.Owner("examples"), dag.Doc("Hits on the pages of a web shop."),
		dag.Pool("files", 1), dag.Defaults(dag.Pool("files", 1)),
		dag.WithParams(dag.Params{"file": testdata.Path("logs.bson.gz"), "uri": "", "load": false, "out": "weblogs", "smtp": "", "to": "you@localhost"}))
	load := dag.Do(d, "load", loadLogs)
	counted := func(c count) *dag.Ref[int] {
		rows := dag.Task(d, c.name, c.replace)
		rows.SetUpstream(load)
		csv := dag.Task1(d, c.name+"_csv", rows, func(ctx context.Context, _ int) (int, error) { return c.export(ctx) })
		return csv
	}
	days, hours := counted(daily), counted(hourly)
	chart := dag.Task1(d, "chart", days, func(ctx context.Context, _ int) (string, error) { return drawChart(ctx) })
	dag.Do3(d, "report", days, hours, chart, func(ctx context.Context, days, hours int, chart string) error {
		return report(ctx, out, days, hours, chart)
	})
	notify.Task(d, "mail", mailer{}, letter).SetUpstream(chart, hours)
	return d
}
