package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/pipeline/table"
)

// newScore returns the graph that predicts which of the customers that have come since will leave.
func newScore(out io.Writer) *dag.DAG {
	d := dag.New("score", settings("Predictions for new customers, and what they mean for each state.")...)
	filled := dag.Do(d, "fill", fill, patient, writes)
	model := dag.Task(d, "choose", choose, patient).SetUpstream(filled)
	fresh := dag.Task1(d, "pending", model, pending, patient)
	predicted := dag.Task2(d, "apply", model, fresh, apply, patient)
	upserted := dag.Do1(d, "upsert", predicted, func(ctx context.Context, t *monary.Table) error {
		return change(ctx, func(db database) error { return db.upsert(ctx, "predictions", t) })
	}, patient, writes)
	states := dag.Task1(d, "analytics", model, analyse, patient).SetUpstream(upserted)
	csv := dag.Do1(d, "csv", states, writeCSV, writes)
	dag.Do1(d, "chart", states, drawChart, writes)
	dag.Do3(d, "report", model, fresh, predicted, report(out)).SetUpstream(csv)
	return d
}

// chosen is the model that a run of score applies.
type chosen struct {
	Run     string // of model, that made it
	Version string // of what it learnt: the same for runs of the same data
}

// choose takes the model of the newest run that has succeeded: the one that the engine has found for this run or,
// without an engine, that of the latest time.
func choose(ctx context.Context) (chosen, error) {
	return use(ctx, func(db database) (chosen, error) {
		stages, missing := []any{newest, pipeline.Limit(1)}, "there is no model yet: no run of the DAG model has succeeded"
		if run, known := engine.UsedRun(ctx, "model"); known {
			stages = []any{pipeline.Match(pipeline.Field("_id").Eq(run))}
			missing = fmt.Sprintf("run %s has left no model here: was it made with another -uri or -out?", run)
		}
		t, err := read(ctx, db, "models", monary.MustSchema("_id string", "version string"), stages...)
		if err != nil {
			return chosen{}, err
		}
		if t.NumRows() == 0 {
			return chosen{}, dag.Permanent(errors.New(missing))
		}
		return chosen{Run: t.Series(0).Value(0).String(), Version: t.Series(1).Value(0).String()}, nil
	})
}

var newest = pipeline.Sort(pipeline.Field("asof").Desc(), pipeline.Field("_id").Desc())

// pending is the customers for whom there is no prediction by the model: those who have come since it was applied
// last, wherever that ended, or all of them if it is new.
func pending(ctx context.Context, c chosen) (*monary.Table, error) {
	return use(ctx, func(db database) (*monary.Table, error) {
		scored, err := read(ctx, db, "predictions", monary.MustSchema("_id any"), c.predictions())
		if err != nil {
			return nil, err
		}
		customers, err := read(ctx, db, "customers", schema(false, "_id any", "State string"))
		if err != nil {
			return nil, err
		}
		return table.Join{On: []string{"_id"}}.Anti(customers, scored)
	})
}

// predictions matches those that the model has made.
func (c chosen) predictions() bson.D {
	return pipeline.Match(pipeline.Field("model").Eq(c.Version))
}

// apply makes the predictions, a document a customer.
func apply(ctx context.Context, c chosen, fresh *monary.Table) (*monary.Table, error) {
	t, err := usable(ctx, fresh, false)
	if err != nil {
		return nil, err
	}
	n := t.NumRows()
	probability, leaves, version := make([]float64, n), make([]bool, n), make([]string, n)
	if n > 0 {
		model, err := loadModel(ctx, c)
		if err != nil {
			return nil, err
		}
		X, err := inputs(t)
		if err != nil {
			return nil, err
		}
		proba, err := model.PredictProba(ctx, X)
		if err != nil {
			return nil, err
		}
		copy(probability, proba.Col(1)) // of having left
	}
	for i, p := range probability {
		leaves[i], version[i] = p > 0.5, c.Version
	}
	if t, err = t.Select("_id", "State"); err != nil {
		return nil, err
	}
	if t, err = table.Rename(t, map[string]string{"State": "state"}); err != nil {
		return nil, err
	}
	return t.With(monary.ColumnOf("probability", probability, nil), monary.ColumnOf("leaves", leaves, nil), monary.ColumnOf("model", version, nil))
}

func loadModel(ctx context.Context, c chosen) (ml.ProbabilityModel, error) {
	return use(ctx, func(db database) (ml.ProbabilityModel, error) {
		t, err := read(ctx, db, "models", monary.MustSchema("saved binary"), pipeline.Match(pipeline.Field("_id").Eq(c.Run)))
		if err != nil {
			return nil, err
		}
		saved, err := monary.Values[bson.Binary](t, "saved")
		if err != nil {
			return nil, err
		}
		if len(saved) == 0 {
			return nil, dag.Permanent(fmt.Errorf("the model of run %s is gone", c.Run))
		}
		model, err := ml.LoadAs[ml.ProbabilityModel](bytes.NewReader(saved[0].Data))
		return model, dag.Permanent(err)
	})
}
