package ml

import (
	"context"
	"fmt"
	"math"
)

// ImputeStrategy says what SimpleImputer fills a column with.
type ImputeStrategy uint8

// What a column can be filled with.
const (
	ImputeMean         ImputeStrategy = iota // the mean of its numbers
	ImputeMedian                             // the median of its numbers
	ImputeMostFrequent                       // the most frequent number or text, the smallest if there are several
	ImputeConstant                           // FillValue or FillText
)

// String returns scikit-learn's name.
func (s ImputeStrategy) String() string {
	if names := []string{"mean", "median", "most_frequent", "constant"}; int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("ImputeStrategy(%d)", uint8(s))
}

// SimpleImputer fills cells without a value, column by column: NaN among numbers,
// and the marks of a frame's text.
//
// A column without any value in Fit has no mean, median or most frequent value. As
// in scikit-learn it is left out of the result, unless KeepEmpty is set.
type SimpleImputer struct {
	Strategy     ImputeStrategy
	FillValue    float64 // of columns of numbers, with ImputeConstant
	FillText     string  // of columns of text, with ImputeConstant
	AddIndicator bool    // append a column of 0 and 1 for each column with missing cells in Fit, called missingindicator_ and its name
	KeepEmpty    bool    // keep columns without a value in Fit, filled with 0 or FillText
}

var (
	_ Transformer = SimpleImputer{}
	_ FrameMapper = SimpleImputer{}
)

// NewSimpleImputer returns an imputer of the mean. Its constants are 0 and
// "missing_value".
func NewSimpleImputer() SimpleImputer { return SimpleImputer{FillText: "missing_value"} }

// Fit learns what to fill the columns of X with, a matrix or a frame. It is an error
// if a column of text is to be filled with a mean or a median, and so are an infinite
// value, a mean that overflows and data without rows or columns.
func (s SimpleImputer) Fit(ctx context.Context, X Data) (*SimpleImputerModel, error) {
	m, err := s.fit(ctx, X)
	return m, at("SimpleImputer", err)
}

// FitTransformer is Fit.
func (s SimpleImputer) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := s.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// FitFrameMapper is Fit.
func (s SimpleImputer) FitFrameMapper(ctx context.Context, X *Frame) (FrameMapperModel, error) {
	m, err := s.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s SimpleImputer) check() error {
	var c paramCheck
	c.want(s.Strategy <= ImputeConstant, "Strategy", s.Strategy, "mean, median, most_frequent or constant")
	c.want(isFinite(s.FillValue), "FillValue", s.FillValue, "a finite number")
	return c.err()
}

func (s SimpleImputer) fit(ctx context.Context, X Data) (*SimpleImputerModel, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	frame, columns := frameAndColumns(X)
	if frame.rows == 0 || len(frame.columns) == 0 {
		return nil, errorf("the data is %d×%d, at least one row and one column are needed", frame.rows, len(frame.columns))
	}
	fills := make([]columnFill, len(frame.columns))
	err := forColumns(ctx, len(fills), frame.rows, func(j int) (err error) {
		fills[j], err = s.fitColumn(frame, j)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := &SimpleImputerModel{params: s, fills: fills, columns: columns}
	m.rebuild()
	return m, nil
}

// frameAndColumns returns X as a frame, and what a model keeps of its columns.
func frameAndColumns(X Data) (*Frame, columnSet) {
	if m, ok := X.(*Matrix); ok {
		return m.AsFrame(), columnsOf(m)
	}
	frame := X.(*Frame)
	return frame, columnSet{len(frame.columns), frame.Names()}
}

// columnFill is what goes into the missing cells of a column.
type columnFill struct {
	isText     bool
	number     float64 // NaN if the column is text or not kept
	text       string
	hasMissing bool // in Fit
	isKept     bool
}

// setDefault is for a column without a value that is kept all the same.
func (f *columnFill) setDefault(s SimpleImputer) {
	if f.isText {
		f.text = s.FillText
	} else {
		f.number = 0
	}
}

func (s SimpleImputer) fitColumn(X *Frame, j int) (columnFill, error) {
	column := X.columns[j]
	f := columnFill{isText: column.isText, number: math.NaN(), isKept: true}
	present := X.rows - column.countMissing()
	f.hasMissing = present < X.rows
	var err error
	switch {
	case column.isText && s.Strategy <= ImputeMedian:
		err = errorf("column %q is text, which has no %v; allowed are most_frequent and constant", column.name, s.Strategy)
	case present == 0 && s.Strategy != ImputeConstant:
		f.isKept = s.KeepEmpty
		if s.KeepEmpty {
			f.setDefault(s)
		}
	case column.isText && s.Strategy == ImputeConstant:
		f.text = s.FillText
	case column.isText:
		f.text = mostFrequentText(column)
	default:
		f.number, err = s.number(X, j)
	}
	return f, err
}

// number returns what fills a column of numbers.
func (s SimpleImputer) number(X *Frame, j int) (float64, error) {
	column := X.columns[j]
	if err := column.checkNotInfinite(j); err != nil {
		return 0, err
	}
	switch s.Strategy {
	case ImputeConstant:
		return s.FillValue, nil
	case ImputeMedian:
		return medianOf(presentValues(column.numbers)), nil
	case ImputeMostFrequent:
		return mostFrequentNumber(presentValues(column.numbers)), nil
	}
	values := powerSum{col: column.numbers, hasNaN: true, isPairwise: len(X.columns) == 1}
	sum := values.total(0, 1)
	if !isFinite(sum) {
		return 0, errorf("column %q: the sum of the values is more than a float64 can hold", column.name)
	}
	return sum / values.total(0, 0), nil
}

func (c FrameColumn) countMissing() int {
	n := 0
	for _, absent := range c.absent {
		if absent {
			n++
		}
	}
	for _, v := range c.numbers {
		if math.IsNaN(v) {
			n++
		}
	}
	return n
}

func (c FrameColumn) checkNotInfinite(j int) error {
	for i, v := range c.numbers {
		if math.IsInf(v, 0) {
			return &CellError{i, j, c.name, fmt.Sprintf("%v, only finite numbers and NaN are allowed", v)}
		}
	}
	return nil
}

// mostFrequentNumber returns the smallest of the most frequent values.
func mostFrequentNumber(values []float64) float64 {
	best, most := math.NaN(), 0
	for v, n := range counts(values) {
		if n > most || n == most && v < best {
			best, most = v, n
		}
	}
	return best
}

// mostFrequentText returns the first, by its bytes, of the most frequent texts.
func mostFrequentText(column FrameColumn) string {
	count := make(map[string]int)
	for i, text := range column.texts {
		if !column.isMissing(i) {
			count[text]++
		}
	}
	best, most := "", 0
	for text, n := range count {
		if n > most || n == most && text < best {
			best, most = text, n
		}
	}
	return best
}
