package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

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
	X *ml.Matrix // 17 columns, centred and scaled
	y []int      // 0 stays, 1 leaves
}

func load(ctx context.Context, src monary.Source) (*monary.Table, error) {
	r, err := src.Find(ctx, nil, schema)
	if err != nil {
		return nil, err
	}
	t, err := r.Table()
	if err != nil {
		return nil, err
	}
	if absent := r.Report().Absent(); len(absent) > 0 {
		return nil, fmt.Errorf("no document has the fields %q", absent)
	}
	return t, nil
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

// scale centres the features and divides them by their standard deviation. It
// looks at all rows before the split into folds, as the talk did, so each
// fold's mean leaks into its training; ml.Pipe(ml.NewStandardScaler(), clf)
// inside the cross-validation does not.
func scale(ctx context.Context, t *monary.Table) (features, error) {
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
	if err != nil {
		return features{}, err
	}
	scaler, err := ml.NewStandardScaler().Fit(ctx, X)
	if err != nil {
		return features{}, err
	}
	X, err = scaler.Transform(X)
	return features{X: X, y: y}, err
}

// accuracyOf is the task that cross-validates a classifier on three folds.
func accuracyOf(clf ml.Classifier, seed ml.Seed) func(context.Context, features) (float64, error) {
	return func(ctx context.Context, f features) (float64, error) {
		pred, err := ml.CrossValPredict(ctx, clf, f.X, f.y, ml.NewKFold(3, ml.Shuffle(seed)))
		if err != nil {
			return 0, err
		}
		return ml.Accuracy(f.y, pred), nil
	}
}

func report(out io.Writer, f features, svm, forest float64) error {
	rows, cols := f.X.Dims()
	labels := slices.Compact(slices.Sorted(slices.Values(f.y)))
	_, err := fmt.Fprintf(out, "Feature space holds %d observations and %d features\nUnique target labels: %v\n"+
		"Support vector machines: %.3f\nRandom forest: %.3f\n", rows, cols, labels, svm, forest)
	return err
}
