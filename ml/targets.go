package ml

import "context"

// Targets are what a learner learns to predict, one for each row: the labels of a
// Classifier or the values of a Regressor.
type Targets struct {
	Labels []int     // nil if there are values
	Values []float64 // nil if there are labels
}

// SupervisedTransformer learns a change of the columns that depends on the targets,
// such as PLSRegression. In a Pipeline it learns from those that the classifier or
// regressor at the end is given: the training rows' and no others.
type SupervisedTransformer interface {
	// FitSupervisedTransformer learns from the rows of X and their targets, both
	// read only. It is an error if it cannot learn from targets of that kind.
	FitSupervisedTransformer(ctx context.Context, X *Matrix, y Targets) (TransformerModel, error)
}

// AsValues returns the values, or the labels as numbers.
func (y Targets) AsValues() []float64 {
	if y.Labels == nil {
		return y.Values
	}
	values := make([]float64, len(y.Labels))
	for i, label := range y.Labels {
		values[i] = float64(label)
	}
	return values
}

// labelTargets and valueTargets remember the kind even of no rows.
func labelTargets(y []int) Targets {
	if y == nil {
		y = []int{}
	}
	return Targets{Labels: y}
}

func valueTargets(y []float64) Targets {
	if y == nil {
		y = []float64{}
	}
	return Targets{Values: y}
}

func (y Targets) isNone() bool { return y.Labels == nil && y.Values == nil }

func (y Targets) len() int { return max(len(y.Labels), len(y.Values)) }

// noun is for errors.
func (y Targets) noun() string {
	if y.Labels != nil {
		return "labels"
	}
	return "values"
}

func (y Targets) take(rows []int) Targets {
	if y.Labels != nil {
		return Targets{Labels: takeFrom(y.Labels, rows)}
	}
	return Targets{Values: takeFrom(y.Values, rows)}
}

// put writes the targets of some rows, which are of the same kind.
func (y Targets) put(rows []int, of Targets) {
	for i, row := range rows {
		if y.Labels != nil {
			y.Labels[row] = of.Labels[i]
		} else {
			y.Values[row] = of.Values[i]
		}
	}
}

// checkValues makes sure that every row of X has a finite value.
func checkValues(X *Matrix, y []float64) error {
	if len(y) != X.rows {
		return errorf("%d values for %d rows", len(y), X.rows)
	}
	for i, v := range y {
		if !isFinite(v) {
			return errorf("the value of row %d is %v, only finite numbers are allowed", i, v)
		}
	}
	return nil
}
