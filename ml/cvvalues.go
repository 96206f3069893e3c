package ml

import (
	"context"
	"slices"
)

// CrossValProba is CrossValPredict for the probabilities of the classes: one row per
// row of X and one column per label of y, ascending. A label that a fold does not
// train on has probability 0 there. It is scikit-learn's cross_val_predict with
// method="predict_proba"; curves of a classifier are drawn from it.
//
// It is also an error if the models have no probabilities.
func CrossValProba(ctx context.Context, clf Classifier, X Data, y []int, cv Splitter, opts ...CVOption) (*Matrix, error) {
	labels := distinct(y)
	out := newMatrix(X.NumRows(), len(labels), nil)
	err := crossApply(ctx, cvClassifier{clf}, X, labelTargets(y), cv, opts, func(ctx context.Context, model cvModel, test Data, f Fold) error {
		proba, err := probaOf(ctx, model.(cvClassifierModel).model, test)
		if err != nil {
			return err
		}
		trained := distinct(takeFrom(y, f.Train))
		if err := checkShape(proba, len(f.Test), len(trained)); err != nil {
			return err
		}
		for c, label := range trained {
			column, _ := slices.BinarySearch(labels, label)
			scatter(out.Col(column), f.Test, proba.Col(c))
		}
		return nil
	})
	if err != nil {
		return nil, at("CrossValProba", err)
	}
	return out, nil
}

// CrossValDecision is CrossValPredict for the decision values, as a model's Decision
// gives them: one column with two labels, else one per label of y, ascending. It is
// scikit-learn's cross_val_predict with method="decision_function".
//
// It is also an error if the models have no decision values, or if a fold does not
// train on all labels.
func CrossValDecision(ctx context.Context, clf Classifier, X Data, y []int, cv Splitter, opts ...CVOption) (*Matrix, error) {
	labels := distinct(y)
	columns := len(labels)
	if columns == 2 {
		columns = 1
	}
	out := newMatrix(X.NumRows(), columns, nil)
	err := crossApply(ctx, cvClassifier{clf}, X, labelTargets(y), cv, opts, func(ctx context.Context, model cvModel, test Data, f Fold) error {
		if trained := distinct(takeFrom(y, f.Train)); len(trained) < len(labels) {
			return errorf("the labels to train on are %v, all of %v are needed", trained, labels)
		}
		values, err := decisionOf(ctx, model.(cvClassifierModel).model, test)
		if err != nil {
			return err
		}
		if err := checkShape(values, len(f.Test), columns); err != nil {
			return err
		}
		for c := range columns {
			scatter(out.Col(c), f.Test, values.Col(c))
		}
		return nil
	})
	if err != nil {
		return nil, at("CrossValDecision", err)
	}
	return out, nil
}

// distinct returns the labels that occur, ascending.
func distinct(y []int) (values []int) {
	const most = 1 << 10 // beyond which inserting would take long
	for i, v := range y {
		if i > 0 && v == y[i-1] {
			continue
		}
		if at, isKnown := slices.BinarySearch(values, v); !isKnown {
			if len(values) == most {
				sorted := slices.Clone(y)
				slices.Sort(sorted)
				return slices.Compact(sorted)
			}
			values = slices.Insert(values, at, v)
		}
	}
	return values
}

func scatter(dst []float64, rows []int, values []float64) {
	for i, row := range rows {
		dst[row] = values[i]
	}
}

// checkShape makes sure that a model of somebody else's gives what was asked for.
func checkShape(m *Matrix, rows, cols int) error {
	if m.rows != rows || m.cols != cols {
		return errorf("the model gives a %d×%d matrix, must be %d×%d", m.rows, m.cols, rows, cols)
	}
	return nil
}
