// Churn predicts which customers of a phone company leave: from a file or a
// collection to the accuracies of two classifiers, as a task graph
//
//	load → drop → yes_no → scale ┬→ svm    ┬→ report
//	                             └→ forest ┘
//
//	go run ./examples/churn                       # the sample data
//	go run ./examples/churn -file churn.csv       # another file with the same columns
//	go run ./examples/churn -uri mongodb://localhost:27017 -load
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/examples/internal/program"
	"github.com/penstock/penstock/examples/internal/progress"
	"github.com/penstock/penstock/examples/internal/source"
	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

func main() { program.Main("churn", Run) }

// Run is the program: args are its command line, out takes what it prints.
func Run(ctx context.Context, args []string, out io.Writer) (err error) {
	from := source.Flags{DB: "churn", Coll: "data"}
	flags := flag.NewFlagSet("churn", flag.ContinueOnError)
	from.Register(flags, testdata.Path("churn.bson.gz"))
	seed := flags.Uint64("seed", 0, "seed of the folds and of the forest, as scikit-learn's random_state")
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	if *seed > math.MaxUint32 {
		return fmt.Errorf("-seed %d: allowed are 0 to %d", *seed, uint32(math.MaxUint32))
	}
	src, closeIt, err := from.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeIt()) }()

	d := newGraph(src, ml.NewSeed(uint32(*seed)), out)
	_, err = d.Run(ctx, dag.OnProgress(progress.Bar(out, "churn")))
	return err
}

func newGraph(src monary.Source, seed ml.Seed, out io.Writer) *dag.DAG {
	forest := ml.NewRandomForest()
	forest.Seed = seed

	d := dag.New("churn", dag.Owner("examples"))
	load := dag.Task(d, "load", func(ctx context.Context) (*monary.Table, error) { return load(ctx, src) })
	kept := dag.Task1(d, "drop", load, drop)
	typed := dag.Task1(d, "yes_no", kept, yesNo)
	scaled := dag.Task1(d, "scale", typed, scale)
	svm := dag.Task1(d, "svm", scaled, accuracyOf(ml.NewSVC(), seed))
	rf := dag.Task1(d, "forest", scaled, accuracyOf(forest, seed))
	dag.Do3(d, "report", scaled, svm, rf, func(_ context.Context, f features, svm, rf float64) error {
		return report(out, f, svm, rf)
	})
	return d
}
