// Churn predicts which customers of a phone company leave: from a file or a
// collection to the accuracies of two classifiers and their curves, as a task graph
//
//	load → show
//	load → drop → yes_no → split ┬→ scale ┬→ svm    ┬→ report
//	                             │        └→ forest ┘
//	                             └→ keep, with -out
//
// where svm and forest are a task for each fold and one that puts them together.
//
//	go run ./examples/churn                       # the sample data
//	go run ./examples/churn -out results          # with pictures, and both classifiers, saved for ml.Load
//	go run ./examples/churn -leakfree             # scale by the training rows of each fold only
//	go run ./examples/churn -state churn.db       # killed and started again, it goes on from finished folds and trees
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
	"path/filepath"
	"strings"

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
	folder := flags.String("out", "", "folder for pictures and models; none are written without it")
	state := flags.String("state", "", "file that keeps what the run has come to, and beside it a folder of trees")
	leakFree := flags.Bool("leakfree", false, "scale inside the cross-validation, by the rows each fold trains on")
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

	g := newGraph(src, options{ml.NewSeed(uint32(*seed)), *folder, *leakFree, *state}, strings.Join(args, " "))
	res, err := g.run(ctx, *state, dag.Hooks{OnProgress: progress.Bar(out, "churn")})
	if err != nil {
		return err
	}
	for _, ref := range []*dag.Ref[string]{g.shown, g.report} {
		text, err := ref.Of(res)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
	}
	return nil
}

type options struct {
	seed     ml.Seed
	folder   string // for pictures and models; empty writes none
	leakFree bool
	state    string // where trees are kept as well; empty keeps none
}

// churnGraph is the DAG with the tasks whose output is printed.
type churnGraph struct {
	*dag.DAG
	shown, report *dag.Ref[string]
}

func newGraph(src monary.Source, o options, name string) churnGraph {
	forest := ml.NewRandomForest()
	forest.Seed = o.seed
	var svc ml.Classifier = ml.NewSVC()

	d := dag.New("churn "+name, dag.Owner("examples"))
	load := dag.Task(d, "load", func(ctx context.Context) (*monary.Table, error) { return load(ctx, src) })
	shown := dag.Task1(d, "show", load, show)
	kept := dag.Task1(d, "drop", load, drop)
	typed := dag.Task1(d, "yes_no", kept, yesNo)
	divided := dag.Task1(d, "split", typed, split)
	scaled := divided
	if o.leakFree {
		svc = ml.Pipe(ml.NewStandardScaler(), svc) // a forest does not care for scales
	} else {
		scaled = dag.Task1(d, "scale", divided, scale)
	}
	svm := judge(d, "svm", scaled, o.seed, func(int) judgement { return judgement{svc, decision} })
	rf := judge(d, "forest", scaled, o.seed, func(fold int) judgement {
		f := forest
		if o.state != "" {
			f.Checkpoint = ml.CheckpointDir(filepath.Join(o.state+".trees", fmt.Sprintf("fold-%d", fold)))
		}
		return judgement{f, probability}
	})
	reported := dag.Task3(d, "report", scaled, svm, rf, func(_ context.Context, f features, svm, rf judged) (string, error) {
		return report(o.folder, f, svm, rf)
	})
	if o.folder != "" {
		dag.Do1(d, "keep", divided, keep(o.folder, forest))
	}
	return churnGraph{d, shown, reported}
}
