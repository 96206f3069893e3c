package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"gonum.org/v1/gonum/stat"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// newModel returns the graph that makes a model of the customers in history, and counts them by state.
func newModel(forest ml.RandomForest, out io.Writer) *dag.DAG {
	d := dag.New("model", settings("A model of which customers leave, and how many have left in each state.")...)
	filled := dag.Do(d, "fill", fill, patient, writes)

	loaded := dag.Task(d, "load", load, patient).SetUpstream(filled)
	matrix := dag.Task1(d, "matrix", loaded, toMatrix)
	built := dag.Task1(d, "build", matrix, func(ctx context.Context, l lesson) (*ml.ForestModel, error) { return forest.Fit(ctx, l.X, l.Y) })
	judged := dag.Task1(d, "judge", matrix, func(ctx context.Context, l lesson) (quality, error) { return judge(ctx, forest, l) })

	counted := dag.Task(d, "aggregation", aggregate, patient).SetUpstream(filled)
	metrics := dag.Do1(d, "metrics", counted, func(ctx context.Context, t *monary.Table) error {
		return change(ctx, func(db database) error { return db.replace(ctx, "metrics", t) })
	}, patient, writes)

	dag.Do2(d, "release", built, judged, func(ctx context.Context, m *ml.ForestModel, q quality) error {
		return release(ctx, out, m, q)
	}, patient, writes).SetUpstream(metrics) // the last task: only a run that has succeeded leaves a model
	return d
}

// load reads them in the order of their _ids: forests depend on the order of rows, which is nobody's promise.
func load(ctx context.Context) (*monary.Table, error) {
	return history(ctx, schema(true, "_id any", "State string"), pipeline.Sort(pipeline.Field("_id").Asc()))
}

// history reads what stages make of the customers of whom it is known whether they left.
func history(ctx context.Context, schema monary.Schema, stages ...any) (*monary.Table, error) {
	return use(ctx, func(db database) (*monary.Table, error) {
		t, err := read(ctx, db, "history", schema, stages...)
		if err == nil && t.NumRows() == 0 {
			err = dag.Permanent(errors.New("the collection history has no customers; -load fills it from -file"))
		}
		return t, err
	})
}

// lesson is what a model learns from: a row a customer.
type lesson struct {
	X       *ml.Matrix
	Y       []int // 1 has left
	LeftOut int   // customers of whom it cannot learn
}

func toMatrix(ctx context.Context, all *monary.Table) (lesson, error) {
	t, err := usable(ctx, all, true)
	if err != nil {
		return lesson{}, err
	}
	X, err := inputs(t)
	if err != nil {
		return lesson{}, err
	}
	y, classes, err := ml.Labels(t, target)
	if err != nil {
		return lesson{}, err
	}
	if len(classes) != 2 {
		return lesson{}, fmt.Errorf("history has only customers whose %q is %q, want both True. and False. among them", target, []string(classes))
	}
	return lesson{X, y, all.NumRows() - t.NumRows()}, nil
}

// folds is how many parts the customers are divided into for cross-validation.
const folds = 5

// quality is what cross-validation says of a model: by models that have not seen the customer.
type quality struct {
	Customers, LeftOut int
	Accuracy, StdErr   float64 // mean over the folds, and its standard error
	Confusion          *ml.Confusion
}

func judge(ctx context.Context, forest ml.RandomForest, l lesson) (q quality, err error) {
	cv := ml.NewKFold(folds, ml.Shuffle(ml.NewSeed(0)))
	pred, err := ml.CrossValPredict(ctx, forest, l.X, l.Y, cv)
	if err != nil {
		return q, err
	}
	if q.Confusion, err = ml.ConfusionMatrix(l.Y, pred, ml.ClassNames(ml.Classes{"stay", "leave"})); err != nil {
		return q, err
	}
	parts, err := cv.Split(len(l.Y), l.Y)
	if err != nil {
		return q, err
	}
	var accuracies []float64
	for _, part := range parts {
		right := 0
		for _, row := range part.Test {
			if pred[row] == l.Y[row] {
				right++
			}
		}
		accuracies = append(accuracies, float64(right)/float64(len(part.Test)))
	}
	mean, std := stat.MeanStdDev(accuracies, nil)
	return quality{len(l.Y), l.LeftOut, mean, std / math.Sqrt(folds), q.Confusion}, nil
}

// byState counts customers, and those of them who have left.
var byState = []any{
	pipeline.Match(pipeline.Field("State").Type("string")),
	pipeline.Group("$State",
		pipeline.Sum("known", 1),
		pipeline.Sum("left", pipeline.Cond(pipeline.Op("$eq", "$"+target, "True."), 1, 0))),
	pipeline.Sort(pipeline.Field("_id").Asc()),
}

func aggregate(ctx context.Context) (*monary.Table, error) {
	return history(ctx, monary.MustSchema("_id string", "known int64", "left int64"), byState...)
}

// release writes the model with what is known of it into models, under the id of the run; one that is not kept goes by its time.
func release(ctx context.Context, out io.Writer, m *ml.ForestModel, q quality) error {
	var saved bytes.Buffer
	if err := ml.Save(&saved, m); err != nil {
		return err
	}
	version := fmt.Sprintf("%x", sha256.Sum256(saved.Bytes()))[:12] // the same data give the same
	info, c := dag.RunFrom(ctx), q.Confusion.Counts
	t, err := monary.NewTable(
		monary.ColumnOf("_id", []string{cmp.Or(info.RunID, "model@"+asOf(info).Format(time.RFC3339))}, nil),
		monary.ColumnOf("version", []string{version}, nil),
		monary.ColumnOf("asof", []monary.Value{monary.DateValue(asOf(info).UnixMilli())}, nil),
		monary.ColumnOf("customers", []int64{int64(q.Customers)}, nil),
		monary.ColumnOf("accuracy", []float64{q.Accuracy}, nil),
		monary.ColumnOf("stderr", []float64{q.StdErr}, nil),
		monary.ColumnOf("confusion.stay.stay", []float64{c[0][0]}, nil),
		monary.ColumnOf("confusion.stay.leave", []float64{c[0][1]}, nil),
		monary.ColumnOf("confusion.leave.stay", []float64{c[1][0]}, nil),
		monary.ColumnOf("confusion.leave.leave", []float64{c[1][1]}, nil),
		monary.ColumnOf("saved", []bson.Binary{{Data: saved.Bytes()}}, nil))
	if err != nil {
		return err
	}
	if err := tidy(ctx); err != nil {
		return err
	}
	if err := change(ctx, func(db database) error { return db.upsert(ctx, "models", t) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "model %s: %d customers, %d left out, accuracy %.3f ± %.3f in %d folds\n%v",
		version, q.Customers, q.LeftOut, q.Accuracy, q.StdErr, folds, q.Confusion)
	return err
}

// What is kept: models, and of the runs of both graphs what was logged and handed over.
const (
	modelsKept = 30
	runsKept   = 100 // and those of the last week
)

// tidy makes room for a model, and has the engine prune old runs. It is no part of score, so that it happens once a day.
func tidy(ctx context.Context) error {
	err := change(ctx, func(db database) error {
		kept, err := read(ctx, db, "models", monary.MustSchema("_id string"), newest, pipeline.Limit(modelsKept-1))
		if err != nil || kept.NumRows() < modelsKept-1 {
			return err
		}
		return db.keep(ctx, "models", kept)
	})
	e, kept := engine.From(ctx)
	if err != nil || !kept {
		return err
	}
	for _, name := range []string{"model", "score"} {
		if _, err := e.Prune(ctx, name, runsKept, 7*24*time.Hour); err != nil {
			return err
		}
	}
	return nil
}

// asOf is the time that a run knows of: the end of its interval or, if it has none, its own time.
func asOf(info dag.RunInfo) time.Time {
	if info.Interval.End.IsZero() {
		return info.LogicalTime.UTC()
	}
	return info.Interval.End.UTC()
}
