package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/monary"
)

// target is the column to predict: "True." or "False.".
const target = "Churn?"

// schema lists the columns of the data, wherever it comes from.
var schema = monary.MustSchema(
	"State string:2", `"Account Length" int32`, `"Area Code" int32`, "Phone string",
	`"Int'l Plan" string`, `"VMail Plan" string`, `"VMail Message" int32`,
	`"Day Mins" float64`, `"Day Calls" int32`, `"Day Charge" float64`,
	`"Eve Mins" float64`, `"Eve Calls" int32`, `"Eve Charge" float64`,
	`"Night Mins" float64`, `"Night Calls" int32`, `"Night Charge" float64`,
	`"Intl Mins" float64`, `"Intl Calls" int32`, `"Intl Charge" float64`,
	`"CustServ Calls" int32`, `"Churn?" string`,
)

// features are what the classifiers see: a row a customer.
type features struct {
	X       *ml.Matrix // 17 columns
	Y       []int      // 0 stays, 1 leaves
	Classes ml.Classes // what the data call them
}

// drop leaves out what says who the customer is rather than what he does.
func drop(_ context.Context, t *monary.Table) (*monary.Table, error) {
	return t.Drop("State", "Area Code", "Phone")
}

// yesNo makes booleans of the two plans.
func yesNo(_ context.Context, t *monary.Table) (*monary.Table, error) {
	for _, name := range []string{"Int'l Plan", "VMail Plan"} {
		column, err := monary.Column[string](t, name)
		if err != nil {
			return nil, err
		}
		yes := make([]bool, column.Len())
		for row := range yes {
			text, _ := column.At(row)
			switch strings.TrimSpace(text) {
			case "yes":
				yes[row] = true
			case "no":
			default:
				return nil, fmt.Errorf("column %q, row %d: found %q, want yes or no", name, row, text)
			}
		}
		if t, err = t.With(monary.ColumnOf(name, yes, nil)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// split divides the table into the matrix of features and the labels.
func split(_ context.Context, t *monary.Table) (features, error) {
	y, classes, err := ml.Labels(t, target)
	if err != nil {
		return features{}, err
	}
	if len(classes) != 2 {
		return features{}, fmt.Errorf("column %q holds %q, want two values, one for those who stay and one for those who leave", target, []string(classes))
	}
	inputs, err := t.Drop(target)
	if err != nil {
		return features{}, err
	}
	X, err := ml.MatrixOf(inputs)
	return features{X, y, classes}, err
}

// scale centres the features and divides them by their standard deviation. It
// looks at all rows before they are divided into folds, as the talk did, so each
// test row has a part in the mean that it is judged by: it leaks. With -leakfree
// the scaler is part of what is cross-validated instead.
func scale(ctx context.Context, f features) (features, error) {
	scaler, err := ml.NewStandardScaler().Fit(ctx, f.X)
	if err != nil {
		return features{}, err
	}
	f.X, err = scaler.Transform(f.X)
	return f, err
}

// folds is how many parts the customers are divided into for cross-validation.
const folds = 3

// judged is what cross-validation says of a classifier, of all customers or of those of a
// fold.
type judged struct {
	Rows   []int     // who they are
	Pred   []int     // the label of each, by a model that has not seen him
	Scores []float64 // how sure it is that he leaves
}

// judgement is a classifier, and the numbers by which its models say how sure they are.
type judgement struct {
	clf    ml.Classifier
	values valuesOf
}

// judge cross-validates a classifier, with a task for each fold: a run that is interrupted
// goes on from those that have ended.
func judge(d *dag.DAG, name string, data *dag.Ref[features], seed ml.Seed, of func(fold int) judgement) *dag.Ref[judged] {
	var parts [folds]*dag.Ref[judged]
	for k := range parts {
		parts[k] = dag.Task1(d, fmt.Sprintf("%s_fold_%d", name, k+1), data, func(ctx context.Context, f features) (judged, error) {
			return of(k+1).fold(ctx, f, seed, k)
		})
	}
	return dag.Task3(d, name, parts[0], parts[1], parts[2], func(_ context.Context, a, b, c judged) (judged, error) {
		n := len(a.Rows) + len(b.Rows) + len(c.Rows)
		all := judged{Pred: make([]int, n), Scores: make([]float64, n)}
		for _, part := range []judged{a, b, c} {
			for i, row := range part.Rows {
				all.Pred[row], all.Scores[row] = part.Pred[i], part.Scores[i]
			}
		}
		return all, nil
	})
}

// fold fits on the training rows of a fold and judges the others.
func (j judgement) fold(ctx context.Context, f features, seed ml.Seed, k int) (judged, error) {
	split, err := ml.NewKFold(folds, ml.Shuffle(seed)).Split(f.X.NumRows(), f.Y)
	if err != nil {
		return judged{}, err
	}
	train, test := split[k].Train, split[k].Test
	y := make([]int, len(train))
	for i, row := range train {
		y[i] = f.Y[row]
	}
	model, err := j.clf.FitClassifier(ctx, f.X.Take(train), y)
	if err != nil {
		return judged{}, err
	}
	X := f.X.Take(test)
	pred, err := model.Predict(ctx, X)
	if err != nil {
		return judged{}, err
	}
	scores, err := j.values(ctx, model, X)
	return judged{test, pred, scores}, err
}

type valuesOf func(ctx context.Context, model ml.ClassifierModel, X *ml.Matrix) ([]float64, error)

// decision is the distance from the border between the classes.
func decision(ctx context.Context, model ml.ClassifierModel, X *ml.Matrix) ([]float64, error) {
	values, err := model.(ml.DecisionModel).Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	return values.Col(0), nil
}

// probability is that of the second class.
func probability(ctx context.Context, model ml.ClassifierModel, X *ml.Matrix) ([]float64, error) {
	proba, err := model.(ml.ProbabilityModel).PredictProba(ctx, X)
	if err != nil {
		return nil, err
	}
	return proba.Col(1), nil
}
