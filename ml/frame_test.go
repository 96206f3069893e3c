package ml_test

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// goldenFrame is the frame of frames.json, or what an encoder made of it.
type goldenFrame struct {
	goldenData
	Kind           string
	Columns, Names []string
	Cells          struct {
		State, Plan    []*string
		Calls, Minutes []*float64
	}
}

func textColumn(name string, cells []*string) ml.FrameColumn {
	values, absent := make([]string, len(cells)), make([]bool, len(cells))
	for i, c := range cells {
		if absent[i] = c == nil; c != nil {
			values[i] = *c
		}
	}
	return ml.Texts(name, values, absent...)
}

func numberColumn(name string, cells []*float64) ml.FrameColumn {
	values := make([]float64, len(cells))
	for i, c := range cells {
		if values[i] = nan; c != nil {
			values[i] = *c
		}
	}
	return ml.Numbers(name, values)
}

func TestEncodersAreScikitLearns(t *testing.T) {
	cases := golden[goldenFrame](t, "frames.json")
	c := cases[0].Cells
	whole, err := ml.NewFrame(textColumn("state", c.State), textColumn("plan", c.Plan),
		numberColumn("calls", c.Calls), numberColumn("minutes", c.Minutes))
	require.NoError(t, err)
	mixed := func(rest ml.Remainder) ml.ColumnTransformer {
		ct := ml.NewColumnTransformer(ml.On(ml.NewOneHotEncoder(), "plan"), ml.On(ml.NewStandardScaler(), "minutes"))
		ct.Remainder = rest
		return ct
	}
	for _, want := range cases[1:] {
		t.Run(strings.ReplaceAll(want.Kind, " ", "/"), func(t *testing.T) {
			X, err := whole.Select(want.Columns...)
			require.NoError(t, err)
			train := X
			if want.Kind == "onehot ignore" {
				train = X.Take([]int{0, 1})
			}
			m, err := map[string]ml.FrameTransformer{
				"onehot None":         ml.NewOneHotEncoder(),
				"onehot first":        ml.OneHotEncoder{Drop: ml.DropFirst},
				"onehot if_binary":    ml.OneHotEncoder{Drop: ml.DropIfBinary},
				"onehot ignore":       ml.OneHotEncoder{Unknown: ml.UnknownIgnore},
				"dummies":             ml.NewDummies(),
				"ordinal":             ml.NewOrdinalEncoder(),
				"columns drop":        mixed(ml.RemainderDrop),
				"columns passthrough": mixed(ml.RemainderPassthrough),
			}[want.Kind].FitFrameTransformer(t.Context(), train)
			require.NoError(t, err)
			got, err := m.TransformFrame(X)
			require.NoError(t, err)
			assert.Equal(t, want.Names, got.Names())
			sameBits(t, want.X, rowMajor(got))

			inverse, ok := m.(interface {
				InverseTransform(*ml.Matrix) (*ml.Frame, error)
			})
			if !ok || want.Kind == "onehot ignore" {
				return
			}
			back, err := inverse.InverseTransform(got)
			require.NoError(t, err)
			again, err := m.TransformFrame(back)
			require.NoError(t, err)
			sameBits(t, rowMajor(got), rowMajor(again))
			assert.Equal(t, X.Names(), back.Names())
		})
	}
}

// scikit-learn refuses such names, or puts those of its parts in front.
func TestColumnTransformerTellsEqualNamesApart(t *testing.T) {
	X := fitted(ml.NewMatrix(4, 3, []float64{1, 2, 3, 5, 2, 1, 5, 7, 0, 3, 4, 1}, "age", "size", "calls"))(t)
	for _, c := range []struct {
		name string
		ct   ml.ColumnTransformer
		want []string
	}{
		{"OfTwoKinds", ml.NewColumnTransformer(ml.On(ml.NewStandardScaler(), "age"), ml.On(ml.NewMinMaxScaler(), "age", "size")),
			[]string{"standardscaler__age", "minmaxscaler__age", "minmaxscaler__size"}},
		{"OfOneKind", ml.NewColumnTransformer(ml.On(ml.NewPCA(), "age", "size"), ml.On(ml.NewPCA(), "size", "calls")),
			[]string{"pca-1__pca0", "pca-1__pca1", "pca-2__pca0", "pca-2__pca1"}},
		{"OfTheRemainder", ml.ColumnTransformer{Parts: []ml.Part{ml.On(ml.Pipe(ml.NewStandardScaler()), "age"), ml.On(ml.NewSimpleImputer(), "age")},
			Remainder: ml.RemainderPassthrough}, []string{"pipeline__age", "simpleimputer__age", "remainder__size", "remainder__calls"}},
		{"NoTwins", ml.NewColumnTransformer(ml.On(ml.NewPCA(), "age", "size"), ml.On(ml.NewStandardScaler(), "age")), []string{"pca0", "pca1", "age"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fitted(c.ct.Fit(t.Context(), X.AsFrame()))(t)
			assert.Equal(t, c.want, fitted(m.Transform(X))(t).Names())
			var saved bytes.Buffer
			require.NoError(t, ml.Save(&saved, m))
			loaded := fitted(ml.LoadAs[*ml.ColumnTransformerModel](&saved))(t)
			assert.Equal(t, c.want, fitted(loaded.Transform(X))(t).Names(), "a loaded model has the same names")
		})
	}
}

func mixedFrame(t *testing.T) *ml.Frame {
	t.Helper()
	f, err := ml.NewFrame(ml.Texts("plan", []string{"yes", "no", "", "yes"}, false, false, true, false),
		ml.Numbers("minutes", []float64{1, nan, 3, 4}), ml.Texts("state", []string{"KS", "OH", "KS", "NJ"}))
	require.NoError(t, err)
	return f
}

func TestFrame(t *testing.T) {
	f := mixedFrame(t)
	assert.Equal(t, 4, f.NumRows())
	part, err := f.Take([]int{3, 3, 2}).Select("state", "plan")
	require.NoError(t, err)
	assert.Equal(t, []string{"state", "plan"}, part.Names())
	states, absent, err := part.Texts("state")
	require.NoError(t, err)
	assert.Equal(t, []string{"NJ", "NJ", "KS"}, states)
	assert.Nil(t, absent)
	_, absent, err = part.Texts("plan")
	require.NoError(t, err)
	assert.Equal(t, []bool{false, false, true}, absent)

	_, err = f.AsMatrix()
	assert.EqualError(t, err, `ml: column "plan" is text, which must be encoded as numbers, see OneHotEncoder and ColumnTransformer`)
	_, err = f.Numbers("plan")
	assert.EqualError(t, err, `ml: column "plan" is text, not numbers`)
	_, _, err = f.Texts("minutes")
	assert.EqualError(t, err, `ml: column "minutes" is numbers, not text`)
	_, err = f.Select("minute")
	assert.EqualError(t, err, `ml: there is no column "minute", the frame has ["plan" "minutes" "state"]`)

	m, err := ml.NewMatrix(2, 2, []float64{1, 2, 3, 4})
	require.NoError(t, err)
	assert.Equal(t, []string{"x0", "x1"}, m.AsFrame().Names())
	numbers, err := f.Select("minutes")
	require.NoError(t, err)
	X, err := numbers.AsMatrix()
	require.NoError(t, err)
	sameBits(t, []float64{1, nan, 3, 4}, X.Col(0))
	assert.Equal(t, []string{"minutes"}, X.Names())
}

func TestNewFrameRefuses(t *testing.T) {
	_, err := ml.NewFrame(ml.Numbers("a", []float64{1}), ml.Texts("b", nil))
	assert.EqualError(t, err, `ml: NewFrame: column "b" has 0 rows, column "a" has 1`)
	_, err = ml.NewFrame(ml.Numbers("a", nil), ml.Texts("a", nil))
	assert.EqualError(t, err, `ml: NewFrame: two columns are called "a"`)
	_, err = ml.NewFrame(ml.Texts("a", []string{"", ""}, true))
	assert.EqualError(t, err, `ml: NewFrame: column "a" has 1 marks for 2 rows`)
}

// nullable is a table with absent cells, whose values there are anything.
type nullable struct{}

func (nullable) NumRows() int          { return 3 }
func (nullable) ColumnNames() []string { return []string{"calls", "plan", "vip"} }
func (nullable) ColumnValues(name string) (any, func(int) bool, error) {
	present := func(row int) bool { return row != 1 }
	switch name {
	case "calls":
		return []int64{7, math.MaxInt64, 9}, present, nil
	case "plan":
		return []string{"a", "?", "b"}, present, nil
	default:
		return []bool{true, true, false}, nil, nil
	}
}

func TestNullsAreAnErrorUnlessKept(t *testing.T) {
	_, err := ml.FrameOf(nullable{})
	assert.EqualError(t, err, `ml: FrameOf: row 1, column "calls": the cell is absent, every row must have a value`)
	_, err = ml.FrameOf(nullable{}, "plan")
	assert.EqualError(t, err, `ml: FrameOf: row 1, column "plan": the cell is absent, every row must have a value`)

	f, err := ml.FrameOf(ml.KeepNulls(nullable{}))
	require.NoError(t, err)
	calls, err := f.Numbers("calls")
	require.NoError(t, err)
	sameBits(t, []float64{7, nan, 9}, calls)
	plans, absent, err := f.Texts("plan")
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "?", "b"}, plans)
	assert.Equal(t, []bool{false, true, false}, absent)
	vip, err := f.Numbers("vip")
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 1, 0}, vip)

	X, err := ml.MatrixOf(ml.KeepNulls(nullable{}), "calls", "vip")
	require.NoError(t, err)
	sameBits(t, []float64{7, nan, 9}, X.Col(0))
}

// The rest of a matrix with two columns of a name was one of them twice.
func TestColumnsOfOneNameAreNotTakenForEachOther(t *testing.T) {
	X, err := ml.NewMatrix(2, 3, []float64{1, 2, 3, 4, 5, 6}, "a", "a", "b")
	require.NoError(t, err)
	c := ml.NewColumnTransformer(ml.On(ml.NewMaxAbsScaler(), "b"))
	m, err := c.FitTransformer(t.Context(), X)
	require.NoError(t, err)
	out, err := m.Transform(X)
	require.NoError(t, err)
	assert.Equal(t, []string{"b"}, out.Names())
	c.Remainder = ml.RemainderPassthrough
	_, err = c.FitTransformer(t.Context(), X)
	require.EqualError(t, err, `ml: ColumnTransformer: the remainder: columns 0 and 1 are both called "a", a column that is asked for must be the only one of its name`)
}

func TestEncodersCheckTheirParameters(t *testing.T) {
	X, err := ml.NewFrame(ml.Numbers("n", []float64{1, math.Inf(-1)}))
	require.NoError(t, err)
	_, err = ml.OneHotEncoder{Drop: 9, Unknown: 7, Missing: 8}.Fit(t.Context(), X)
	require.EqualError(t, err, "ml: OneHotEncoder: Drop is 9, must be DropNone, DropFirst or DropIfBinary; "+
		"Unknown is 7, must be UnknownError or UnknownIgnore; Missing is 8, must be MissingCategory, MissingZeros or MissingError")
	_, err = ml.OrdinalEncoder{Unknown: 7}.Fit(t.Context(), X)
	require.EqualError(t, err, "ml: OrdinalEncoder: Unknown is 7, must be UnknownError or UnknownIgnore")
	_, err = ml.ColumnTransformer{Remainder: 7}.Fit(t.Context(), X)
	require.EqualError(t, err, "ml: ColumnTransformer: Remainder is 7, must be RemainderDrop or RemainderPassthrough")
	_, err = ml.NewOneHotEncoder().Fit(t.Context(), X)
	require.EqualError(t, err, `ml: OneHotEncoder: row 1, column "n": -Inf, only finite numbers and NaN are allowed`)
	m, err := ml.OrdinalEncoder{Unknown: ml.UnknownIgnore}.Fit(t.Context(), X.Take([]int{0}))
	require.NoError(t, err)
	_, err = m.TransformFrame(X)
	require.EqualError(t, err, `ml: OrdinalEncoder: row 1, column "n": -Inf, only finite numbers and NaN are allowed`)
}

func TestEncodersRefuse(t *testing.T) {
	f := mixedFrame(t)
	fit := func(e ml.FrameTransformer) func() error {
		return func() error { _, err := e.FitFrameTransformer(t.Context(), f); return err }
	}
	apply := func(e ml.FrameTransformer, train []int, columns ...string) func() error {
		return func() error {
			X, err := f.Select(columns...)
			require.NoError(t, err)
			m, err := e.FitFrameTransformer(t.Context(), X.Take(train))
			require.NoError(t, err)
			_, err = m.TransformFrame(X)
			return err
		}
	}
	for _, c := range []struct {
		name, want string
		do         func() error
	}{
		{"Unknown", `ml: OneHotEncoder: row 3, column "state": the value NJ was not seen in Fit, UnknownIgnore allows it`,
			apply(ml.NewOneHotEncoder(), []int{0, 1}, "state")},
		{"UnknownOrdinal", `ml: OrdinalEncoder: row 1, column "state": the value OH was not seen in Fit, UnknownIgnore allows it`,
			apply(ml.NewOrdinalEncoder(), []int{0, 3}, "state")},
		{"Missing", `ml: OneHotEncoder: row 2, column "plan": the cell is absent, every row must have a value`,
			fit(ml.OneHotEncoder{Missing: ml.MissingError})},
		{"MissingLater", `ml: OneHotEncoder: row 2, column "plan": the cell is absent, every row must have a value`,
			apply(ml.OneHotEncoder{Missing: ml.MissingError}, []int{0, 1}, "plan")},
		{"MissingNotSeen", `ml: OneHotEncoder: row 2, column "plan": the value None was not seen in Fit, UnknownIgnore allows it`,
			apply(ml.NewOneHotEncoder(), []int{0, 1}, "plan")},
		{"YesNo", `ml: YesNo: row 2, column "plan": the cell is absent, every row must have a value`, fit(ml.NewYesNo())},
		{"YesYes", `ml: YesNo: Yes is empty, must be at least one text; No is empty, must be at least one text unless OthersNo is set`, fit(ml.YesNo{})},
		{"NoSuchColumn", `ml: ColumnTransformer: part 1 of 1: there is no column "age", the frame has ["plan" "minutes" "state"]`,
			fit(ml.NewColumnTransformer(ml.On(ml.NewOneHotEncoder(), "age")))},
		{"TextToScaler", `ml: ColumnTransformer: part 2 of 2: column "state" is text, which must be encoded as numbers, see OneHotEncoder and ColumnTransformer`,
			fit(ml.NewColumnTransformer(ml.On(ml.NewOneHotEncoder(), "plan"), ml.On(ml.NewStandardScaler(), "state")))},
		{"NotATransformer", `ml: ColumnTransformer: part 1 of 1: ml.SVC is not a Transformer`,
			fit(ml.NewColumnTransformer(ml.On(ml.NewSVC(), "plan")))},
		{"NoParts", `ml: ColumnTransformer: no parts`, fit(ml.NewColumnTransformer())},
		{"Empty", "ml: OneHotEncoder: the frame is 4×0, at least one row and one column are needed", apply(ml.NewOneHotEncoder(), nil)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "Empty" {
				X, err := f.Select()
				require.NoError(t, err)
				_, err = ml.NewOneHotEncoder().Fit(t.Context(), X)
				assert.EqualError(t, err, c.want)
				return
			}
			assert.EqualError(t, c.do(), c.want)
		})
	}
	X, err := f.Select("plan", "state")
	require.NoError(t, err)
	m, err := ml.NewOneHotEncoder().Fit(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"no", "yes", "None"}, {"KS", "NJ", "OH"}}, m.Categories)
	swapped, err := f.Select("state", "plan")
	require.NoError(t, err)
	_, err = m.TransformFrame(swapped)
	assert.EqualError(t, err, `ml: OneHotEncoder: column 0 is "state" (text: true), the encoder was fitted on "plan" (text: true)`)
	_, err = m.InverseTransform(matrixOf(t, []float64{1, 1, 0, 0, 0, 1}))
	assert.EqualError(t, err, "ml: OneHotEncoder: row 0, column 1: 1.0, the dummies of a column are 0 and a single 1")
	_, err = m.InverseTransform(matrixOf(t, []float64{1}))
	assert.EqualError(t, err, "ml: OneHotEncoder: the matrix has 1 columns, the encoder makes 6")
	o, err := ml.NewOrdinalEncoder().Fit(t.Context(), X)
	require.NoError(t, err)
	_, err = o.InverseTransform(matrixOf(t, []float64{0, 3}))
	assert.EqualError(t, err, "ml: OrdinalEncoder: row 0, column 1: 3.0, places are NaN and whole numbers from 0 to 2")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ml.NewOneHotEncoder().Fit(ctx, X)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestYesNo(t *testing.T) {
	f, err := ml.NewFrame(ml.Texts("plan", []string{"yes", "no", "yes"}))
	require.NoError(t, err)
	m, err := ml.NewYesNo().FitFrameTransformer(t.Context(), f)
	require.NoError(t, err)
	X, err := m.TransformFrame(f)
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 0, 1}, X.Col(0))
	assert.Equal(t, []string{"plan"}, X.Names())
}

func TestClassesEncodeAndDecode(t *testing.T) {
	classes := ml.Classes{"no", "yes"}
	y, err := classes.Encode([]string{"yes", "no"})
	require.NoError(t, err)
	assert.Equal(t, []int{1, 0}, y)
	labels, err := classes.Decode(y)
	require.NoError(t, err)
	assert.Equal(t, []string{"yes", "no"}, labels)
	_, err = classes.Encode([]string{"no", "Yes"})
	assert.EqualError(t, err, `ml: Classes: the label of row 1 is "Yes", allowed are ["no" "yes"]`)
	_, err = classes.Decode([]int{2})
	assert.EqualError(t, err, "ml: Classes: the code of row 0 is 2, there are 2 classes")
}

func TestPipeTakesFrames(t *testing.T) {
	rng := ml.NewRandomState(ml.NewSeed(3))
	plans, minutes, y := make([]string, 90), make([]float64, 90), make([]int, 90)
	for i := range plans {
		plans[i] = []string{"a", "b", "c"}[rng.Randint(0, 3)]
		minutes[i] = 100 * rng.RandomSample()
		if plans[i] == "b" != (minutes[i] > 70) {
			y[i] = 1
		}
	}
	X, err := ml.NewFrame(ml.Texts("plan", plans), ml.Numbers("minutes", minutes))
	require.NoError(t, err)
	columns := ml.NewColumnTransformer(ml.On(ml.NewOneHotEncoder(), "plan"), ml.On(ml.Pipe(ml.NewStandardScaler()), "minutes"))
	cv := ml.NewStratifiedKFold(3, ml.Shuffle(ml.Seed{}))
	scores, err := ml.CrossValScore(t.Context(), ml.Pipe(columns, ml.NewSVC()), X, y, cv)
	require.NoError(t, err)
	for _, s := range scores {
		assert.Greater(t, s, 0.8, "the task is easy for who sees both columns")
	}
	_, err = ml.CrossValScore(t.Context(), ml.NewSVC(), X, y, cv)
	assert.EqualError(t, err, `ml: CrossValScore: fold 1 of 3: column "plan" is text, which must be encoded as numbers, see OneHotEncoder and ColumnTransformer`)
	_, err = ml.CrossValPredict(t.Context(), ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()), X, y, cv)
	assert.EqualError(t, err, `ml: CrossValPredict: fold 1 of 3: Pipe: step 1 of 2: column "plan" is text, which must be encoded as numbers, see OneHotEncoder and ColumnTransformer`)

	search := ml.NewSearchCV([]ml.Candidate{{Classifier: ml.Pipe(columns, ml.NewSVC())}})
	m, err := search.Fit(t.Context(), X, y)
	require.NoError(t, err)
	_, err = m.PredictFrame(t.Context(), X.Take([]int{1, 2}))
	require.NoError(t, err)

	_, err = ml.CrossValScore(t.Context(), ml.Pipe(ml.NewColumnTransformer(ml.On(ml.NewOneHotEncoder(), "plan")), ml.NewRandomForest()), X, y, ml.NewKFold(2))
	require.NoError(t, err)
}
