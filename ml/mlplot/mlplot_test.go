package mlplot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/ml/mlplot"
)

// judged are labels and scores that speak for label 1, as far as skill says.
func judged(seed uint32, rows int, skill float64) (want []int, scores []float64) {
	r := ml.NewRandomState(ml.NewSeed(seed))
	for i := range rows {
		label := i % 2
		want = append(want, label)
		scores = append(scores, r.Normal()+skill*float64(label))
	}
	return want, scores
}

// figure is a picture of each kind.
type figure struct {
	name  string
	make  func(t *testing.T) (*mlplot.Figure, error)
	texts []string // some that must be in it
}

var figures = []figure{
	{"ROC", func(t *testing.T) (*mlplot.Figure, error) {
		good, bad := rocOf(t, 2), rocOf(t, 0.5)
		return mlplot.ROC(mlplot.Named("A & B", good), mlplot.Named("C", bad))
	}, []string{"False positive rate", "True positive rate", "A & B (AUC = 0.912)", "C (AUC = 0.592)", "chance", "0.0", "0.2", "1.0"}},
	{"PrecisionRecall", func(t *testing.T) (*mlplot.Figure, error) {
		want, scores := judged(1, 200, 2)
		curve, err := ml.PrecisionRecallCurve(want, scores)
		require.NoError(t, err)
		return mlplot.PrecisionRecall(mlplot.Named("forest", curve))
	}, []string{"Recall", "Precision", "forest (AP = 0.919)", "0.4"}},
	{"ConfusionMatrix", func(t *testing.T) (*mlplot.Figure, error) {
		return mlplot.ConfusionMatrix(confusion(t))
	}, []string{"True label", "Predicted label", "stays", "leaves", "31", "7", "4", "58"}},
	{"Shares", func(t *testing.T) (*mlplot.Figure, error) {
		return mlplot.ConfusionMatrix(confusion(t).Normalize(ml.ByAll))
	}, []string{"0.31", "0.07", "0.04", "0.58"}},
	{"FeatureImportances", func(*testing.T) (*mlplot.Figure, error) {
		return mlplot.FeatureImportances([]string{"day", "night", "calls"}, []float64{0.2, 0.7, 0.1}, 2)
	}, []string{"Importance", "night", "day", "0.0", "0.1"}},
	{"LearningCurve", func(*testing.T) (*mlplot.Figure, error) {
		return mlplot.LearningCurve(&ml.LearningCurveResult{
			TrainSizes:  []int{20, 60, 100},
			TrainScores: [][]float64{{1, 1}, {0.98, 1}, {0.97, 0.98}},
			TestScores:  [][]float64{{0.7, 0.8}, {0.84, 0.9}, {0.9, 0.93}},
		}, "accuracy")
	}, []string{"Rows to train on", "accuracy", "training rows", "rows held back", "20", "100", "0.80"}},
}

func rocOf(t *testing.T, skill float64) *ml.ROCCurve {
	want, scores := judged(1, 200, skill)
	curve, err := ml.ROC(want, scores)
	require.NoError(t, err)
	return curve
}

func confusion(t *testing.T) *ml.Confusion {
	var want, got []int
	for _, c := range []struct{ want, got, rows int }{{0, 0, 31}, {0, 1, 7}, {1, 0, 4}, {1, 1, 58}} {
		for range c.rows {
			want, got = append(want, c.want), append(got, c.got)
		}
	}
	m, err := ml.ConfusionMatrix(want, got, ml.ClassNames(ml.Classes{"stays", "leaves"}))
	require.NoError(t, err)
	return m
}

func TestFigures(t *testing.T) {
	for _, c := range figures {
		t.Run(c.name, func(t *testing.T) {
			f, err := c.make(t)
			require.NoError(t, err)
			texts := textsOf(t, f)
			for _, text := range c.texts {
				assert.Contains(t, texts, text)
			}
			picture := pictureOf(t, f)
			assert.InDelta(t, float64(f.Width/vg.Inch*150), picture.Bounds().Dx(), 1)
			assert.InDelta(t, float64(f.Height/vg.Inch*150), picture.Bounds().Dy(), 1)
			assert.Greater(t, coloured(picture), 200)
		})
	}
}

func TestTheSameFigureIsTheSameFile(t *testing.T) {
	for _, c := range figures {
		for _, format := range []mlplot.Format{mlplot.PNG, mlplot.SVG} {
			var files [2][]byte
			for i := range files {
				f, err := c.make(t)
				require.NoError(t, err)
				f.Width, f.Height = 2*vg.Inch, 2*vg.Inch
				files[i] = written(t, f, format)
			}
			assert.True(t, bytes.Equal(files[0], files[1]), "%s as %s", c.name, format)
		}
	}
}

func written(t *testing.T, f *mlplot.Figure, format mlplot.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, f.Write(&out, format))
	return out.Bytes()
}

func pictureOf(t *testing.T, f *mlplot.Figure) image.Image {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(written(t, f, mlplot.PNG)))
	require.NoError(t, err)
	return picture
}

// textsOf parses the figure as SVG and returns what is written in it.
func textsOf(t *testing.T, f *mlplot.Figure) []string {
	t.Helper()
	var texts []string
	in := false
	d := xml.NewDecoder(bytes.NewReader(written(t, f, mlplot.SVG)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local == "text"
		case xml.EndElement:
			in = false
		case xml.CharData:
			if in {
				texts = append(texts, string(token))
			}
		}
	}
}

// coloured counts dots, of every third line, that are neither white nor grey.
func coloured(picture image.Image) int {
	n := 0
	for y := 0; y < picture.Bounds().Dy(); y += 3 {
		for x := range picture.Bounds().Dx() {
			r, g, b, _ := picture.At(x, y).RGBA()
			if max(r, g, b)-min(r, g, b) > 0x4000 {
				n++
			}
		}
	}
	return n
}

func TestSave(t *testing.T) {
	f, err := mlplot.ConfusionMatrix(confusion(t))
	require.NoError(t, err)
	dir := t.TempDir()
	for name, start := range map[string]string{"a.png": "\x89PNG", "B.SVG": "<?xml"} {
		path := filepath.Join(dir, name)
		require.NoError(t, f.Save(path))
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(content), start))
	}
	err = f.Save(filepath.Join(dir, "a.pdf"))
	require.EqualError(t, err, "mlplot: "+filepath.Join(dir, "a.pdf")+`: format "pdf", allowed: "png" and "svg"`)
	_, err = os.Stat(filepath.Join(dir, "a.pdf"))
	require.ErrorIs(t, err, os.ErrNotExist)
	err = f.Save(filepath.Join(dir, "nowhere", "a.png"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestWriteRefuses(t *testing.T) {
	f, err := mlplot.ConfusionMatrix(confusion(t))
	require.NoError(t, err)
	assert.EqualError(t, f.Write(io.Discard, "gif"), `mlplot: format "gif", allowed: "png" and "svg"`)
	f.Width = 61 * vg.Inch
	assert.EqualError(t, f.Write(io.Discard, mlplot.PNG), "mlplot: the figure is 61 × 3.342 inches, allowed: more than 0 and up to 60")
	f, err = mlplot.ConfusionMatrix(confusion(t))
	require.NoError(t, err)
	f.Plot.X.Scale = plot.LogScale{}
	assert.ErrorContains(t, f.Write(io.Discard, mlplot.PNG), "mlplot: drawing: ", "gonum panics over it")
}

func TestNamesOfAnyKind(t *testing.T) {
	curve := rocOf(t, 1)
	long := strings.Repeat("long ", 40)
	f, err := mlplot.ROC(mlplot.Named("a\x00b\n<c> \xff\"é\"", curve), mlplot.Named(long, curve))
	require.NoError(t, err)
	assert.Contains(t, textsOf(t, f), "a b <c> \uFFFD\"é\" (AUC = 0.731)")
	assert.Greater(t, f.Width, 10*vg.Inch, "there is room for a long name")
	m := confusion(t)
	m.Names = []string{long, "b"}
	f, err = mlplot.ConfusionMatrix(m)
	require.NoError(t, err)
	assert.Contains(t, textsOf(t, f), long+" ", "set upright")
}

func TestCurvesOfManyPointsAreThinned(t *testing.T) {
	want, scores := judged(3, 200_000, 1)
	curve, err := ml.ROC(want, scores, ml.KeepIntermediate())
	require.NoError(t, err)
	f, err := mlplot.ROC(mlplot.Named("a", curve))
	require.NoError(t, err)
	assert.Less(t, len(written(t, f, mlplot.SVG)), 60_000)
}

func TestManyCurvesAndLabels(t *testing.T) {
	var curves []mlplot.Series[*ml.ROCCurve]
	for i := range 14 {
		curves = append(curves, mlplot.Named(fmt.Sprint("model ", i), rocOf(t, float64(i)/5)))
	}
	f, err := mlplot.ROC(curves...)
	require.NoError(t, err)
	assert.Contains(t, string(written(t, f, mlplot.SVG)), "stroke-dasharray:8,2")
	labels := make([]int, 100)
	for i := range labels {
		labels[i] = i
	}
	m, err := ml.ConfusionMatrix(labels, labels)
	require.NoError(t, err)
	f, err = mlplot.ConfusionMatrix(m)
	require.NoError(t, err)
	assert.Contains(t, textsOf(t, f), "99")
}

func TestFiguresOfOnePoint(t *testing.T) {
	f, err := mlplot.LearningCurve(&ml.LearningCurveResult{TrainSizes: []int{5}, TrainScores: [][]float64{{1}}, TestScores: [][]float64{{1}}}, "r2")
	require.NoError(t, err)
	pictureOf(t, f)
	for _, values := range [][]float64{{0}, {0, 0}, {-1}, {-2, 3}, {1e-12}, {1e9}} {
		f, err = mlplot.FeatureImportances(nil, values, 0)
		require.NoError(t, err)
		texts := textsOf(t, f)
		assert.Contains(t, texts, "x0")
		assert.NotContains(t, texts, "-0")
		assert.NotContains(t, texts, "-0.0")
		pictureOf(t, f)
	}
	empty := &ml.Confusion{Labels: []int{1}, Names: []string{"1"}, Counts: [][]float64{{0}}}
	f, err = mlplot.ConfusionMatrix(empty)
	require.NoError(t, err)
	pictureOf(t, f)
}

func TestFiguresRefuse(t *testing.T) {
	nan := math.NaN()
	curve := rocOf(t, 1)
	broken := &ml.ROCCurve{FPR: []float64{0, nan}, TPR: []float64{0, 1}, Thresholds: []float64{2, 1}}
	scores := [][]float64{{1}, {1}}
	of := func(_ *mlplot.Figure, err error) error { return err }
	large := &ml.Confusion{Names: make([]string, 101), Counts: make([][]float64, 101)}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"NoCurve", of(mlplot.ROC()), "ROC: no curves, at least one is needed"},
		{"NilCurve", of(mlplot.ROC(mlplot.Named("a", curve), mlplot.Named[*ml.ROCCurve]("b", nil))), `ROC: curve "b" is nil`},
		{"NaN", of(mlplot.ROC(mlplot.Named("a", broken))), `ROC: curve "a (AUC = NaN)": point 1 is (NaN, 1)`},
		{"NoPRCurve", of(mlplot.PrecisionRecall()), "PrecisionRecall: no curves, at least one is needed"},
		{"NilPRCurve", of(mlplot.PrecisionRecall(mlplot.Named[*ml.PRCurve]("b", nil))), `PrecisionRecall: curve "b" is nil`},
		{"NilMatrix", of(mlplot.ConfusionMatrix(nil)), "ConfusionMatrix: the matrix has no labels, or not as many names"},
		{"Labels", of(mlplot.ConfusionMatrix(large)), "ConfusionMatrix: 101 labels, at most 100 can be shown"},
		{"Cells", of(mlplot.ConfusionMatrix(&ml.Confusion{Names: []string{"a"}, Counts: [][]float64{{1, 2}}})), "ConfusionMatrix: line 0 has 2 cells, must be 1"},
		{"Cell", of(mlplot.ConfusionMatrix(&ml.Confusion{Names: []string{"a"}, Counts: [][]float64{{nan}}})), "ConfusionMatrix: cell (0, 0) is NaN, must be a finite number >= 0"},
		{"NoImportances", of(mlplot.FeatureImportances(nil, nil, 0)), "FeatureImportances: no importances, at least one is needed"},
		{"Names", of(mlplot.FeatureImportances([]string{"a"}, []float64{1, 2}, 0)), "FeatureImportances: 1 names for 2 importances"},
		{"Importance", of(mlplot.FeatureImportances(nil, []float64{1, nan}, 0)), "FeatureImportances: importance 1 is NaN, only finite numbers are allowed"},
		{"Top", of(mlplot.FeatureImportances(nil, []float64{1}, -1)), "FeatureImportances: top is -1, must be >= 0"},
		{"Bars", of(mlplot.FeatureImportances(nil, make([]float64, 201), 0)), "FeatureImportances: 201 importances, at most 200 can be shown; top chooses the largest"},
		{"NilResult", of(mlplot.LearningCurve(nil, "f1")), "LearningCurve: the curve has no points"},
		{"Sizes", of(mlplot.LearningCurve(&ml.LearningCurveResult{TrainSizes: []int{1}, TrainScores: scores}, "f1")), "LearningCurve: training rows: scores of 2 sizes, there are 1"},
		{"Scores", of(mlplot.LearningCurve(&ml.LearningCurveResult{TrainSizes: []int{1, 2}, TrainScores: scores, TestScores: [][]float64{{1}, {nan}}}, "f1")), "LearningCurve: rows held back: the scores of 2 rows are [NaN], finite numbers are needed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.EqualError(t, c.err, "mlplot: "+c.want)
		})
	}
	f, err := mlplot.FeatureImportances(nil, make([]float64, 5000), 200)
	require.NoError(t, err)
	assert.Contains(t, textsOf(t, f), "x199")
}
