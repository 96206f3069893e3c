package ml

import (
	"context"
	"math"
	"strconv"
)

// OrdinalEncoder turns every column into one of numbers: the place of the value
// among the sorted categories.
type OrdinalEncoder struct {
	Unknown Unknown // in Transform
	Missing Missing
}

var _ FrameTransformer = OrdinalEncoder{}

// NewOrdinalEncoder returns scikit-learn's defaults: errors for unknown values,
// NaN for missing ones.
func NewOrdinalEncoder() OrdinalEncoder { return OrdinalEncoder{Missing: MissingZeros} }

// Fit learns the categories of every column of X. An infinite number is an error, here
// and in TransformFrame, and so is a frame without rows or columns.
func (e OrdinalEncoder) Fit(ctx context.Context, X *Frame) (*OrdinalEncoderModel, error) {
	var c paramCheck
	checkEncoder(&c, e.Unknown, e.Missing)
	if err := c.err(); err != nil {
		return nil, at("OrdinalEncoder", err)
	}
	fitted, err := fitCategories(ctx, X, e.Missing)
	if err != nil {
		return nil, at("OrdinalEncoder", err)
	}
	m := &OrdinalEncoderModel{params: e, fitted: fitted}
	m.rebuild()
	return m, nil
}

func (m *OrdinalEncoderModel) rebuild() { m.Categories = categoryNames(m.fitted) }

// FitFrameTransformer is Fit.
func (e OrdinalEncoder) FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error) {
	m, err := e.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// OrdinalEncoderModel is a fitted OrdinalEncoder. Its fields are to be read only.
type OrdinalEncoderModel struct {
	Categories [][]string // of each column, sorted; absent cells are "None" or "nan"

	params OrdinalEncoder
	fitted []*categories
}

// TransformFrame returns one column of places for every column of X.
func (m *OrdinalEncoderModel) TransformFrame(X *Frame) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.fitted), X.Names())
	err := eachCodes(X, m.fitted, m.params.Unknown, m.params.Missing, func(j int, codes []int) {
		col := out.Col(j)
		for i, code := range codes {
			col[i] = float64(code)
			if code == noCode {
				col[i] = math.NaN()
			}
		}
	})
	if err != nil {
		return nil, at("OrdinalEncoder", err)
	}
	return out, nil
}

// InverseTransform returns the values at the places, with no value for NaN. A
// number that is not a place is an error.
func (m *OrdinalEncoderModel) InverseTransform(X *Matrix) (*Frame, error) {
	if err := checkWidth(X, len(m.fitted)); err != nil {
		return nil, at("OrdinalEncoder", err)
	}
	out := &Frame{rows: X.rows}
	for j, k := range m.fitted {
		codes := make([]int, X.rows)
		for i, v := range X.Col(j) {
			codes[i] = int(v)
			switch {
			case math.IsNaN(v):
				codes[i] = noCode
			case !(v >= 0 && v < float64(len(k.values)) && v == math.Trunc(v)):
				return nil, at("OrdinalEncoder", X.cellError(i, j, formatNumber(v)+", places are NaN and whole numbers from 0 to "+strconv.Itoa(len(k.values)-1)))
			}
		}
		out.columns = append(out.columns, k.column(codes))
	}
	return out, nil
}
