package ml

import (
	"fmt"
	"math"
)

// PowerTransformerModel is a fitted PowerTransformer. Its fields are to be read
// only.
type PowerTransformerModel struct {
	Lambda []float64 // per column: the power

	columns columnSet
	params  PowerTransformer
	powers  []power
	scaler  *StandardScalerModel // of the powers; nil if Standardize is off
}

var _ TransformerModel = (*PowerTransformerModel)(nil)

// Transform raises every cell to its column's power and standardizes the result
// if the parameters ask for it. What Fit refuses in a cell is an error here as
// well, and so is a power beyond what float64 holds.
func (m *PowerTransformerModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := m.transform(X)
	if err != nil {
		return nil, at("PowerTransformer", err)
	}
	return out, nil
}

func (m *PowerTransformerModel) transform(X *Matrix) (*Matrix, error) {
	if err := m.columns.check(X); err != nil {
		return nil, err
	}
	if err := m.params.checkCells(X); err != nil {
		return nil, err
	}
	out, err := m.raise(X)
	if err != nil || m.scaler == nil {
		return out, err
	}
	return m.scaler.Transform(out)
}

// raise is transform without the scaler.
func (m *PowerTransformerModel) raise(X *Matrix) (*Matrix, error) {
	return fillColumns(X, func(j int, from, to []float64) error {
		for i, v := range from {
			if math.IsNaN(v) {
				to[i] = v
			} else if to[i] = m.powers[j].raise(v); !isFinite(to[i]) {
				return X.cellError(i, j, fmt.Sprintf("%v to the power %v is beyond float64", v, m.Lambda[j]))
			}
		}
		return nil
	})
}

// InverseTransform returns the values that Transform makes the cells of. It is an
// error that names row and column if there is none: some powers have a bound that
// they come close to, so close that float64 may have rounded them to it, but never
// reach.
func (m *PowerTransformerModel) InverseTransform(X *Matrix) (*Matrix, error) {
	out, err := m.inverse(X)
	if err != nil {
		return nil, at("PowerTransformer", err)
	}
	return out, nil
}

func (m *PowerTransformerModel) inverse(X *Matrix) (*Matrix, error) {
	if err := m.columns.check(X); err != nil {
		return nil, err
	}
	if err := checkNotInfinite(X); err != nil {
		return nil, err
	}
	powers := X
	if m.scaler != nil {
		var err error
		if powers, err = m.scaler.InverseTransform(X); err != nil {
			return nil, err
		}
	}
	return fillColumns(powers, func(j int, from, to []float64) error {
		for i, v := range from {
			if math.IsNaN(v) {
				to[i] = v
			} else if to[i] = m.powers[j].lower(v); !isFinite(to[i]) {
				return X.cellError(i, j, fmt.Sprintf("%v is at or beyond the bound of what the power %v gives", X.Col(j)[i], m.Lambda[j]))
			}
		}
		return nil
	})
}
