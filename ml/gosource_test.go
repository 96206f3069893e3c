package ml_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/ml/internal/goforest"
)

func TestGeneratedForestIsUpToDate(t *testing.T) {
	m := fitted(goforest.Train(t.Context()))(t)
	var source bytes.Buffer
	require.NoError(t, m.WriteGo(&source, "goforest", "Forest"))
	committed, err := os.ReadFile(filepath.Join("internal", "goforest", "forest.go"))
	require.NoError(t, err)
	require.Equal(t, string(committed), source.String(), "run go generate ./ml/internal/goforest")

	r := ml.NewRandomState(ml.NewSeed(2))
	got, want := make([]float64, 3), make([]float64, 3)
	for range 500 {
		row := []float64{3*r.RandomSample() - 1.5, 3*r.RandomSample() - 1.5}
		label, err := goforest.ForestPredict(row)
		require.NoError(t, err)
		require.Equal(t, fitted(m.Predict1(row))(t), label)
		require.NoError(t, goforest.ForestProba(row, got))
		require.NoError(t, m.PredictProba1(row, want))
		sameBits(t, want, got)
	}
	row := []float64{0, 0}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		_, _ = goforest.ForestPredict(row)
		_ = goforest.ForestProba(row, got)
	}))
}

func TestGeneratedForestRefuses(t *testing.T) {
	_, err := goforest.ForestPredict([]float64{1})
	assert.EqualError(t, err, "the row has 1 values, the model was fitted on 2 columns")
	_, err = goforest.ForestPredict([]float64{1, nan})
	assert.EqualError(t, err, "column 1: NaN, only numbers that are finite as float32 are allowed")
	_, err = goforest.ForestPredict([]float64{1e39, 1})
	assert.EqualError(t, err, "column 0: 1e+39, only numbers that are finite as float32 are allowed")
	assert.EqualError(t, goforest.ForestProba([]float64{1, 1}, nil), "0 places for the probabilities of 3 classes")
}

// goModel is a model that becomes Go source.
type goModel struct {
	name  string
	model interface {
		WriteGo(w io.Writer, pkg, name string) error
	}
	answer  func(row []float64) string // as main.go has it
	classes int                        // 0 for a regressor
}

// goMain asks generated functions about rows. CALLS is one per model.
const goMain = `package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var rows [][]float64
	if err := json.NewDecoder(os.Stdin).Decode(&rows); err != nil {
		panic(err)
	}
	for _, row := range rows {
CALLS	}
}
`

func (m goModel) call() string {
	if m.classes == 0 {
		return fmt.Sprintf("\t\t{\n\t\t\tv, err := %sPredict(row)\n\t\t\tfmt.Printf(\"%%x %%v\\n\", v, err)\n\t\t}\n", m.name)
	}
	return fmt.Sprintf("\t\t{\n\t\t\tvar p [%d]float64\n\t\t\terr := %sProba(row, p[:])\n\t\t\tv, _ := %sPredict(row)\n\t\t\tfmt.Printf(\"%%d %%x %%v\\n\", v, p, err)\n\t\t}\n", m.classes, m.name, m.name)
}

func ofLabels(name string, classes int, m interface {
	WriteGo(w io.Writer, pkg, name string) error
	Predict1(row []float64) (int, error)
	PredictProba1(row, dst []float64) error
}) goModel {
	return goModel{name, m, func(row []float64) string {
		p := make([]float64, classes)
		err := m.PredictProba1(row, p)
		v, _ := m.Predict1(row)
		return fmt.Sprintf("%d %x %v", v, p, err)
	}, classes}
}

func ofValues(name string, m interface {
	WriteGo(w io.Writer, pkg, name string) error
	Predict1(row []float64) (float64, error)
}) goModel {
	return goModel{name, m, func(row []float64) string {
		v, err := m.Predict1(row)
		return fmt.Sprintf("%x %v", v, err)
	}, 0}
}

// hardRows are data on which it matters where a threshold is rounded to.
func hardRows(t *testing.T, classes int) (*ml.Matrix, []int) {
	t.Helper()
	r := ml.NewRandomState(ml.NewSeed(77))
	var cells []float64
	for kind := range 8 {
		cells = append(cells, hardColumn(r, kind, 400)...)
	}
	y := make([]int, 400)
	for i := range y {
		y[i] = 5 * int(r.Randint(0, int64(classes)))
	}
	names := strings.Split("plain;with space;newline\n;\"quoted\";*/;`;ü;%d", ";")
	return fitted(ml.NewMatrix(400, 8, cells, names...))(t), y
}

func goModels(t *testing.T) (models []goModel, X *ml.Matrix) {
	ctx := t.Context()
	X, y := hardRows(t, 7)
	f := ml.NewRandomForest()
	f.NEstimators = 9
	models = append(models, ofLabels("Seven", 7, fitted(f.Fit(ctx, X, y))(t)))
	e := ml.NewExtraTrees()
	e.NEstimators, e.MaxLeafNodes = 4, 20
	models = append(models, ofLabels("lower", 7, fitted(e.Fit(ctx, X, y))(t)))
	models = append(models, ofLabels("One", 1, fitted(ml.NewDecisionTree().Fit(ctx, X, make([]int, 400)))(t)))
	values := make([]float64, 400)
	for i := range values {
		values[i] = float64(y[i]) - 1/float64(i+1)
	}
	v := ml.NewRandomForestRegressor()
	v.NEstimators = 5
	models = append(models, ofValues("Größe", fitted(v.Fit(ctx, X, values))(t)))
	models = append(models, ofValues("_tree", fitted(ml.NewDecisionTreeRegressor().Fit(ctx, X, values))(t)))
	return models, X
}

// Source of models is formatted, compiles, and answers as the models do.
func TestGoSourceAnswersAsTheModel(t *testing.T) {
	dir := t.TempDir()
	models, X := goModels(t)
	var calls, want strings.Builder
	for i, m := range models {
		var source bytes.Buffer
		require.NoError(t, m.model.WriteGo(&source, "main", m.name))
		formatted, err := format.Source(source.Bytes())
		require.NoError(t, err)
		require.Equal(t, string(formatted), source.String())
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("model%d.go", i)), formatted, 0o600))
		calls.WriteString(m.call())
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module models\n\ngo 1.25\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(strings.ReplaceAll(goMain, "CALLS", calls.String())), 0o600))
	if testing.Short() {
		t.Skip("it runs the compiler")
	}
	var rows [][]float64
	for i := range 400 {
		row := X.Row(nil, i)
		above := X.Row(nil, i)
		for j := range above { // the next float32, which a threshold may tell apart
			above[j] = float64(math.Nextafter32(float32(above[j]), math.MaxFloat32))
		}
		rows = append(rows, row, above)
	}
	rows = append(rows, []float64{1, 2}, []float64{0, 0, 0, 0, 0, 0, 0, 1e300})
	for _, row := range rows {
		for _, m := range models {
			want.WriteString(m.answer(row) + "\n")
		}
	}
	input, err := json.Marshal(rows)
	require.NoError(t, err)
	for _, args := range [][]string{{"vet", "."}, {"run", "."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Stdin, cmd.Env = dir, bytes.NewReader(input), append(os.Environ(), "GOWORK=off", "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		if args[0] == "run" {
			require.Equal(t, strip(want.String()), strip(string(out)))
		}
	}
}

// strip takes away how errors of the package begin: generated code says no more than what is
// wrong.
func strip(text string) string {
	for _, place := range []string{"ml: ", "RandomForestRegressor: ", "DecisionTreeRegressor: ", "RandomForest: ", "ExtraTrees: ", "DecisionTree: ", "row 0, "} {
		text = strings.ReplaceAll(text, place, "")
	}
	return text
}

func TestGoSourceRefuses(t *testing.T) {
	m := fitted(ml.NewDecisionTree().Fit(t.Context(), matrixOf(t, []float64{1}, []float64{2}), []int{0, 1}))(t)
	for _, c := range []struct{ pkg, name string }{{"my-package", "A"}, {"main", ""}, {"main", "a b"}, {"func", "A"}, {"main", "_"}, {"", "A"}} {
		err := m.WriteGo(io.Discard, c.pkg, c.name)
		assert.EqualError(t, err, fmt.Sprintf("ml: WriteGo: package %q and name %q must be identifiers of Go", c.pkg, c.name))
	}
	assert.ErrorContains(t, m.WriteGo(brokenWriter{}, "main", "A"), "the disk is full")
}
