// Factory keeps a model of which customers leave, and applies it to new ones: two task graphs over the
// collections of one database,
//
//	model, daily          fill ┬→ load → matrix ┬→ build ┬→ release
//	                           │                └→ judge ┤
//	                           └→ aggregation → metrics ─┘
//	score, every minute   fill → choose → pending → apply → upsert → analytics ┬→ csv → report
//	                                                                           └→ chart
//
// where score uses the newest run of model that has succeeded. The graphs are in model.go and score.go, what their tasks
// stand on in database.go, customers.go and report.go.
//
//	go run ./examples/factory                    # both, once, on the sample data: states.csv and states.png in the folder factory
//	go run ./examples/factory -uri mongodb://localhost:27017 -load  # on a server: the collections of its database factory
//	go run ./examples/factory run score          # customers who have come since
//	go run ./examples/factory serve              # a model each day, scores each minute, and pages that show them
//	go run ./examples/factory help               # what else there is
//
// The customers of whom it is known whether they left are in the collection history, the others in customers.
// Both are filled from a file, every third of its customers into customers, when the folder is new or -load says so.
// Whatever is added to customers later, by whomever, is new to score until there is a prediction for its _id by the
// model that score uses; so score can be killed, run again, and run twice, and a new model is applied to all.
// Without a server collections are files as mongodump writes them: factory/customers.bson and others.
//
// Runs of trigger, backfill and serve are kept in the file factory.db, or that named by FACTORY_DB. FACTORY_URI is the
// server of all runs without -uri. Each model that is released takes the place of all but the newest 29 before it, and
// has the engine forget what runs older than a week, but for the last hundred of each graph, have logged and handed over.
package main

import (
	"cmp"
	"context"
	"embed"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/testdata"
)

//go:embed model.go score.go
var code embed.FS

func main() { os.Exit(Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// Run is the program: args are its command line, out takes what it prints and errs what is
// wrong. It returns the exit code.
func Run(ctx context.Context, args []string, out, errs io.Writer) int {
	app := newApp(ml.NewRandomForest(), out, errs)
	onlyFlags := len(args) == 0 || strings.HasPrefix(args[0], "-") && !isServer(args[0]) && !slices.ContainsFunc(args, isHelp)
	if !onlyFlags {
		return cli.Main(ctx, app, args)
	}
	for _, d := range app.DAGs {
		if code := cli.Main(ctx, app, append([]string{"run", d.Name()}, args...)); code != 0 {
			return code
		}
	}
	return 0
}

func isHelp(arg string) bool { return slices.Contains([]string{"-h", "-help", "--help"}, arg) }

// isServer tells whether an argument is the flag -server, which stands before commands, too.
func isServer(arg string) bool {
	name, _, _ := strings.Cut(arg, "=")
	return name == "-server" || name == "--server"
}

func newApp(forest ml.RandomForest, out, errs io.Writer) cli.App {
	return cli.App{
		Name: "factory", Stdout: out, Stderr: errs,
		DAGs: []*dag.DAG{newModel(forest, out), newScore(out)},
		Schedules: map[string][]engine.ScheduleOption{
			// The first start of serve runs the day before; then there is a run each day.
			"model": {engine.Cron("@daily"), engine.StartAt(time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC))},
			"score": {engine.Every(time.Minute), engine.MaxAge("model", 48*time.Hour, engine.WaitWhenStale), engine.MaxActiveRuns(1)},
		},
		ParamUsage: usage,
		UI:         []ui.Option{ui.Source("model", code), ui.Source("score", code)},
		Engine: engine.Config{
			Pools:         map[string]int{"writes": 1},
			MaxInterrupts: 1000, // no task here ends the process: whoever kills it wants to see it go on
		},
		Open: func() (engine.Store, error) {
			return boltstore.Open(cmp.Or(os.Getenv("FACTORY_DB"), "factory.db"))
		},
	}
}

var usage = map[string]string{
	"file": "`path` of a dump, extended JSON or CSV with the customers of whom it is known whether they left",
	"uri":  "server, a connection `string`, whose database factory has the collections; none: files in the folder",
	"load": "fill the collections history and customers from the file; a new folder is filled anyway",
	"out":  "`folder` of the table and the chart, and of the collections if there is no server",
}

// settings are what both graphs have in common: their parameters, and that of the tasks which write files those of
// all runs take turns.
func settings(doc string) []dag.DAGOption {
	return []dag.DAGOption{dag.Owner("examples"), dag.Doc(doc), writes,
		dag.WithParams(dag.Params{"file": testdata.Path("churn.bson.gz"), "uri": "", "load": false, "out": "factory"})}
}

var (
	writes = dag.Pool("writes", 1)
	// patient is for tasks that ask the database: it may be away for a moment, and asking twice does no harm.
	patient = dag.Retry{Max: 2, Delay: time.Second, Factor: 3, Jitter: 0.2}
)
