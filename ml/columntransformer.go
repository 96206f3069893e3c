package ml

import (
	"context"
	"fmt"
	"slices"
)

// FrameTransformer learns how to make numbers of the columns of a frame.
type FrameTransformer interface {
	FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error)
}

// FrameTransformerModel is a fitted FrameTransformer, immutable and safe for
// concurrent use.
type FrameTransformerModel interface {
	// TransformFrame returns a new matrix with as many rows as X.
	TransformFrame(X *Frame) (*Matrix, error)
}

// FrameMapper learns how to make another frame of a frame. In a Pipeline it may stand
// before transformers that take columns of text.
type FrameMapper interface {
	FitFrameMapper(ctx context.Context, X *Frame) (FrameMapperModel, error)
}

// FrameMapperModel is a fitted FrameMapper, immutable and safe for concurrent use.
type FrameMapperModel interface {
	// MapFrame returns a new frame with as many rows as X.
	MapFrame(X *Frame) (*Frame, error)
}

// ColumnTransformer gives columns of a frame to transformers of their own and puts
// the results side by side, in the order of its parts. NewColumnTransformer makes
// it.
//
// Columns are called as the parts call them. If two would have the same name, all
// get the one that scikit-learn gives their part in front: standardscaler__age,
// pca-2__pca0, remainder__size.
type ColumnTransformer struct {
	Parts     []Part
	Remainder Remainder
}

var (
	_ FrameTransformer      = ColumnTransformer{}
	_ Transformer           = ColumnTransformer{}
	_ SupervisedTransformer = ColumnTransformer{}
	_ supervisedStep        = ColumnTransformer{}
)

// Part is a transformer and the columns it gets.
type Part struct {
	Transformer any // a Transformer or SupervisedTransformer, for columns of numbers, or a FrameTransformer
	Columns     []string
}

// On is a Part.
func On(transformer any, columns ...string) Part { return Part{transformer, columns} }

// Remainder says what becomes of columns that no part names.
type Remainder uint8

// What can become of the columns that no part names.
const (
	RemainderDrop        Remainder = iota // they are left out
	RemainderPassthrough                  // they follow behind all parts as they are, and must be numbers
)

// NewColumnTransformer returns a transformer of these parts that drops all other
// columns.
func NewColumnTransformer(parts ...Part) ColumnTransformer { return ColumnTransformer{Parts: parts} }

// Fit fits every part on its columns. An error names the part.
func (c ColumnTransformer) Fit(ctx context.Context, X *Frame) (*ColumnTransformerModel, error) {
	return c.fit(ctx, X, Targets{})
}

// fit gives the targets, if there are some, to the parts that learn from them.
func (c ColumnTransformer) fit(ctx context.Context, X *Frame, y Targets) (*ColumnTransformerModel, error) {
	var check paramCheck
	check.want(c.Remainder <= RemainderPassthrough, "Remainder", c.Remainder, "RemainderDrop or RemainderPassthrough")
	if err := check.err(); err != nil {
		return nil, at("ColumnTransformer", err)
	}
	m := &ColumnTransformerModel{}
	used := make(map[string]bool)
	for i, part := range c.Parts {
		place := partPlace(i, len(c.Parts))
		columns, err := X.Select(part.Columns...)
		if err != nil {
			return nil, at(place, err)
		}
		model, err := fitPart(ctx, part.Transformer, columns, y)
		if err != nil {
			return nil, at(place, err)
		}
		m.parts = append(m.parts, fittedPart{model, slices.Clone(part.Columns), place})
		for _, name := range part.Columns {
			used[name] = true
		}
	}
	if c.Remainder == RemainderPassthrough {
		rest := slices.DeleteFunc(X.Names(), func(name string) bool { return used[name] })
		place := partPlace(len(c.Parts), len(c.Parts))
		if _, err := X.Select(rest...); err != nil {
			return nil, at(place, err)
		}
		m.parts = append(m.parts, fittedPart{asIs{}, rest, place})
	}
	if len(m.parts) == 0 {
		return nil, errorf("ColumnTransformer: no parts")
	}
	return m, nil
}

// partPlace names part i of n; the remainder comes after them.
func partPlace(i, n int) string {
	if i == n {
		return "ColumnTransformer: the remainder"
	}
	return fmt.Sprintf("ColumnTransformer: part %d of %d", i+1, n)
}

func fitPart(ctx context.Context, transformer any, X *Frame, y Targets) (FrameTransformerModel, error) {
	if err := checkStep(transformer, y); err != nil {
		return nil, err
	}
	model, err := fitStep(ctx, transformer, X, y)
	if err != nil {
		return nil, err
	}
	switch model := model.(type) {
	case FrameTransformerModel:
		return model, nil
	case FrameMapperModel:
		return toNumbers{model}, nil
	}
	return onNumbers{model.(TransformerModel)}, nil
}

// FitFrameTransformer is Fit.
func (c ColumnTransformer) FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error) {
	return c.fitAll(ctx, X, Targets{})
}

// FitTransformer is Fit on the columns of a matrix; those without a name are
// called x0, x1, ….
func (c ColumnTransformer) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	return c.fitAll(ctx, X, Targets{})
}

// FitSupervisedTransformer is FitTransformer for parts of which some learn from the
// targets.
func (c ColumnTransformer) FitSupervisedTransformer(ctx context.Context, X *Matrix, y Targets) (TransformerModel, error) {
	return c.fitAll(ctx, X, y)
}

func (c ColumnTransformer) fitAll(ctx context.Context, X Data, y Targets) (fittedStep, error) {
	frame, ok := X.(*Frame)
	if !ok {
		m, err := X.AsMatrix()
		if err != nil {
			return nil, err
		}
		frame = m.AsFrame()
	}
	m, err := c.fit(ctx, frame, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// ColumnTransformerModel is a fitted ColumnTransformer.
type ColumnTransformerModel struct{ parts []fittedPart }

type fittedPart struct {
	model   FrameTransformerModel
	columns []string
	place   string // for errors
}

// TransformFrame sends the columns of X through the fitted parts. Columns are found
// by their names; others than those of Fit may be there too.
func (m *ColumnTransformerModel) TransformFrame(X *Frame) (*Matrix, error) {
	out := newMatrix(X.rows, 0, nil)
	var names [][]string // by part
	for _, part := range m.parts {
		columns, err := X.Select(part.columns...)
		if err != nil {
			return nil, at(part.place, err)
		}
		made, err := part.model.TransformFrame(columns)
		if err == nil && made.rows != X.rows {
			err = errorf("%T made %d rows of %d", part.model, made.rows, X.rows)
		}
		if err != nil {
			return nil, at(part.place, err)
		}
		out.data = append(out.data, made.data...)
		names = append(names, made.AsFrame().Names())
		out.cols += made.cols
	}
	out.names = m.outputNames(names)
	return out, nil
}

// Transform is TransformFrame for the columns of a matrix.
func (m *ColumnTransformerModel) Transform(X *Matrix) (*Matrix, error) {
	return m.TransformFrame(X.AsFrame())
}

// onNumbers lets a transformer of matrices work on a frame of numbers.
type onNumbers struct{ model TransformerModel }

func (o onNumbers) TransformFrame(X *Frame) (*Matrix, error) {
	numbers, err := X.AsMatrix()
	if err != nil {
		return nil, err
	}
	return o.model.Transform(numbers)
}

// toNumbers lets what makes a frame work where a matrix is asked for.
type toNumbers struct{ model FrameMapperModel }

func (t toNumbers) TransformFrame(X *Frame) (*Matrix, error) {
	mapped, err := t.model.MapFrame(X)
	if err != nil {
		return nil, err
	}
	return mapped.AsMatrix()
}

// asIs passes numbers through.
type asIs struct{}

func (asIs) TransformFrame(X *Frame) (*Matrix, error) { return X.AsMatrix() }
