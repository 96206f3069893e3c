package ml

import (
	"context"
	"fmt"
)

// CrossValPredict predicts every row with a model that has not seen it: for each
// fold of cv it fits clf on the training rows and predicts the test rows. The
// result has one label per row of X.
//
// Errors name the fold. It is also an error if the folds do not test every row
// exactly once, if one trains on a row it tests, or if a row does not exist.
func CrossValPredict(ctx context.Context, clf Classifier, X *Matrix, y []int, cv Splitter) ([]int, error) {
	if len(y) != X.rows {
		return nil, errorf("CrossValPredict: %d labels for %d rows", len(y), X.rows)
	}
	folds, err := cv.Split(X.rows, y)
	if err != nil {
		return nil, at("CrossValPredict", err)
	}
	if err := checkFolds(folds, X.rows); err != nil {
		return nil, at("CrossValPredict", err)
	}
	pred := make([]int, X.rows)
	for k, fold := range folds {
		if err := predictFold(ctx, clf, X, y, fold, pred); err != nil {
			return nil, at("CrossValPredict: "+foldName(k, len(folds)), err)
		}
	}
	return pred, nil
}

// checkFolds makes sure that the result will be whole and honest.
func checkFolds(folds []Fold, rows int) error {
	testedBy := make([]int, rows) // fold number from 1; 0 if none yet
	for k, fold := range folds {
		if err := checkFold(fold, k+1, testedBy); err != nil {
			return at(foldName(k, len(folds)), err)
		}
	}
	for row, k := range testedBy {
		if k == 0 {
			return errorf("no fold tests row %d, every row must be tested once", row)
		}
	}
	return nil
}

// checkFold enters a fold's number for the rows it tests.
func checkFold(fold Fold, number int, testedBy []int) error {
	rows := len(testedBy)
	for _, row := range fold.Test {
		if row < 0 || row >= rows {
			return errorf("row %d is to be tested, there are %d rows", row, rows)
		}
		if testedBy[row] != 0 {
			return errorf("row %d is tested by fold %d already, every row must be tested once", row, testedBy[row])
		}
		testedBy[row] = number
	}
	for _, row := range fold.Train {
		if row < 0 || row >= rows {
			return errorf("row %d is to be trained on, there are %d rows", row, rows)
		}
		if testedBy[row] == number {
			return errorf("row %d is both trained on and tested", row)
		}
	}
	return nil
}

func predictFold(ctx context.Context, clf Classifier, X *Matrix, y []int, fold Fold, pred []int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	train := make([]int, len(fold.Train))
	for i, row := range fold.Train {
		train[i] = y[row]
	}
	model, err := clf.FitClassifier(ctx, X.Take(fold.Train), train)
	if err != nil {
		return err
	}
	test, err := model.Predict(ctx, X.Take(fold.Test))
	if err != nil {
		return err
	}
	if len(test) != len(fold.Test) {
		return errorf("%T predicted %d labels for %d rows", model, len(test), len(fold.Test))
	}
	for i, row := range fold.Test {
		pred[row] = test[i]
	}
	return nil
}

func foldName(k, folds int) string { return fmt.Sprintf("fold %d of %d", k+1, folds) }
