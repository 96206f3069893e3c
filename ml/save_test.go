package ml_test

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func saved(t testing.TB, model any) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, ml.Save(&b, model))
	return b.Bytes()
}

func savedJSON(t testing.TB, model any) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, ml.SaveJSON(&b, model))
	return b.Bytes()
}

func loaded(t testing.TB, data []byte) any {
	t.Helper()
	model, err := ml.Load(bytes.NewReader(data))
	require.NoError(t, err)
	return model
}

func TestSavedModelsAnswerAlike(t *testing.T) {
	for _, c := range savedModels(t) {
		t.Run(c.name, func(t *testing.T) {
			data, text := saved(t, c.model), savedJSON(t, c.model)
			for form, model := range map[string]any{"binary": loaded(t, data), "JSON": loaded(t, text)} {
				require.IsType(t, c.model, model, form)
				require.Equal(t, data, saved(t, model), "%s: a model has one form", form)
				require.Equal(t, string(text), string(savedJSON(t, model)), form)
				if c.data != nil {
					require.Equal(t, answersOf(t.Context(), c.model, c.data), answersOf(t.Context(), model, c.data), form)
				}
			}
		})
	}
}

// What a model shows of itself is the same, too.
func TestSavedModelsShowTheSameFields(t *testing.T) {
	for _, c := range savedModels(t) {
		if strings.Contains(c.name, "search") {
			continue // a parameter is NaN
		}
		t.Run(c.name, func(t *testing.T) {
			want, got := reflect.Indirect(reflect.ValueOf(c.model)), reflect.Indirect(reflect.ValueOf(loaded(t, saved(t, c.model))))
			if want.Kind() != reflect.Struct {
				return
			}
			for i := range want.NumField() {
				if field := want.Type().Field(i); field.IsExported() {
					requireSameField(t, field.Name, want.Field(i), got.Field(i))
				}
			}
		})
	}
}

// requireSameField takes nil for an empty slice, and NaN for NaN.
func requireSameField(t *testing.T, name string, want, got reflect.Value) {
	t.Helper()
	a, b := want.Interface(), got.Interface()
	switch {
	case want.Kind() == reflect.Slice && want.Len() == 0:
		require.Zero(t, got.Len(), name)
		return
	case want.Type() == reflect.TypeFor[[]float64]():
		a, b = hexOf(a.([]float64)), hexOf(b.([]float64))
	case want.Type() == reflect.TypeFor[[][]string](), want.Type() == reflect.TypeFor[[][]float64]():
		a, b = fmt.Sprint(a), fmt.Sprint(b)
	}
	require.EqualValues(t, a, b, name)
}

func TestSearchModelIsLoadedWhole(t *testing.T) {
	for _, c := range savedModels(t) {
		want, ok := c.model.(*ml.SearchModel)
		if !ok {
			continue
		}
		got := loaded(t, saved(t, c.model)).(*ml.SearchModel)
		require.Len(t, got.Results, len(want.Results))
		for i, r := range want.Results {
			assert.Equal(t, r.Params.String(), got.Results[i].Params.String())
			for name, v := range r.Params {
				assert.IsType(t, v, got.Results[i].Params[name], name)
			}
			assert.Equal(t, r.CV.TestScores, got.Results[i].CV.TestScores)
			assert.Equal(t, r.CV.TrainScores, got.Results[i].CV.TrainScores)
			assert.Equal(t, r.CV.FitTime, got.Results[i].CV.FitTime)
			assert.Len(t, got.Results[i].CV.Models, len(r.CV.Models))
		}
	}
}

// TestEveryModelCanBeSaved: a new model needs a line in kinds.go, the methods archive and
// check, and those of marshalers.go.
func TestEveryModelCanBeSaved(t *testing.T) {
	known := make(map[string]bool)
	for _, typ := range ml.KindTypes() {
		known[typ.String()] = true
		if typ.Kind() != reflect.Pointer {
			continue // JSON as it is
		}
		for _, want := range []reflect.Type{
			reflect.TypeFor[encoding.BinaryMarshaler](), reflect.TypeFor[encoding.BinaryUnmarshaler](),
			reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.Unmarshaler](),
		} {
			assert.True(t, typ.Implements(want), "%v has no methods of %v", typ, want)
		}
	}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() || !strings.HasSuffix(spec.Name.Name, "Model") {
				return true
			}
			if _, ok := spec.Type.(*ast.StructType); ok {
				found++
				assert.True(t, known["*ml."+spec.Name.Name], "%s of %s cannot be saved", spec.Name.Name, file.Name())
			}
			return true
		})
	}
	assert.NotZero(t, found)
}

func TestMarshalersAreSave(t *testing.T) {
	for _, c := range savedModels(t) {
		t.Run(c.name, func(t *testing.T) {
			marshaler, ok := c.model.(encoding.BinaryMarshaler)
			if !ok {
				t.Skip("a parameter")
			}
			data, err := marshaler.MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, saved(t, c.model), data)
			into := reflect.New(reflect.Indirect(reflect.ValueOf(c.model)).Type()).Interface()
			require.NoError(t, into.(encoding.BinaryUnmarshaler).UnmarshalBinary(data))
			again, err := into.(encoding.BinaryMarshaler).MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, data, again)

			if _, ok := c.model.(json.Marshaler); !ok {
				return
			}
			text, err := json.Marshal(map[string]any{"model": c.model})
			require.NoError(t, err)
			var fields map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(text, &fields))
			require.NoError(t, json.Unmarshal(fields["model"], into))
			require.Equal(t, data, saved(t, into))
		})
	}
}

// Neither damage nor another type changes a model that is there.
func TestUnmarshalLeavesAModelAlone(t *testing.T) {
	all := savedModels(t)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			data := saved(t, c.model)
			used := reflect.New(reflect.Indirect(reflect.ValueOf(loaded(t, data))).Type())
			used.Elem().Set(reflect.Indirect(reflect.ValueOf(loaded(t, data))))
			into, ok := used.Interface().(encoding.BinaryUnmarshaler)
			if !ok {
				t.Skip("a parameter")
			}
			bad := bytes.Clone(data)
			bad[len(bad)/2] ^= 4
			require.ErrorIs(t, into.UnmarshalBinary(bad), ml.ErrModelData)
			for _, other := range all {
				if reflect.TypeOf(other.model) != reflect.TypeOf(c.model) {
					require.ErrorContains(t, into.UnmarshalBinary(saved(t, other.model)), "ml: Load: the data holds ")
				}
			}
			again, err := used.Interface().(encoding.BinaryMarshaler).MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, data, again)
		})
	}
}

func TestLoadAs(t *testing.T) {
	X, y := threeClasses(t)
	svc := fitted(ml.NewSVC().Fit(t.Context(), X, y))(t)
	data := saved(t, svc)
	same, err := ml.LoadAs[*ml.SVCModel](bytes.NewReader(data))
	require.NoError(t, err)
	assert.Equal(t, svc.Intercept, same.Intercept)
	_, err = ml.LoadAs[ml.ClassifierModel](bytes.NewReader(data))
	require.NoError(t, err)
	_, err = ml.LoadAs[*ml.StandardScalerModel](bytes.NewReader(data))
	require.EqualError(t, err, "ml: Load: the data holds *ml.SVCModel, *ml.StandardScalerModel was asked for")
	_, err = ml.LoadAs[ml.TransformerModel](bytes.NewReader(data))
	require.EqualError(t, err, "ml: Load: the data holds *ml.SVCModel, ml.TransformerModel was asked for")
	classes, err := ml.LoadAs[ml.Classes](bytes.NewReader(saved(t, ml.Classes{"no", "yes"})))
	require.NoError(t, err)
	assert.Equal(t, ml.Classes{"no", "yes"}, classes)
	_, err = ml.LoadAs[*ml.SVCModel](bytes.NewReader(nil))
	require.ErrorIs(t, err, ml.ErrModelData)
}

func TestReadersAndWritersThatFail(t *testing.T) {
	broken := errors.New("broken pipe")
	_, err := ml.Load(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
	require.NotErrorIs(t, err, ml.ErrModelData, "the data may be good")
	_, err = ml.Load(iotest.OneByteReader(bytes.NewReader(saved(t, ml.Classes{"a"}))))
	require.NoError(t, err)
	for _, save := range []func(model any) error{
		func(model any) error { return ml.Save(failingWriter{broken}, model) },
		func(model any) error { return ml.SaveJSON(failingWriter{broken}, model) },
	} {
		require.ErrorIs(t, save(ml.Classes{"a"}), broken)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestSaveOnlyReads(t *testing.T) {
	var wg sync.WaitGroup
	for _, c := range savedModels(t) {
		for range 2 {
			wg.Go(func() {
				assert.NoError(t, ml.Save(&bytes.Buffer{}, c.model))
				assert.NoError(t, ml.SaveJSON(&bytes.Buffer{}, c.model))
				if c.data != nil {
					answersOf(t.Context(), c.model, c.data)
				}
			})
		}
	}
	wg.Wait()
}

func TestWhatCannotBeSaved(t *testing.T) {
	X, y := threeClasses(t)
	custom := ml.NewSVC()
	custom.KernelFunc = func(x, z []float64) float64 { return x[0] * z[0] }
	clipped := fitted(ml.Pipe(ml.NewStandardScaler(), ml.Pipe(ml.NewStandardScaler(), clip{1}), ml.NewSVC()).Fit(t.Context(), X, y))(t)
	part := fitted(ml.NewColumnTransformer(ml.On(clip{1}, "x0"), ml.On(ml.NewStandardScaler(), "x1")).Fit(t.Context(), X.AsFrame()))(t)
	search := ml.NewSearchCV([]ml.Candidate{{Params: ml.Params{"inner": ml.NewSVC()}, Classifier: ml.NewSVC()}})
	for _, c := range []struct {
		name, why string
		model     any
		err       string
	}{
		{"Nothing", "", nil, "ml: Save: <nil> cannot be saved"},
		{"A nil pointer", "", (*ml.SVCModel)(nil), "ml: Save: the *ml.SVCModel is nil"},
		{"A number", "", 7, "ml: Save: int cannot be saved: it is neither a model of package ml nor of a type given to Register"},
		{"A value", "users hold pointers to it", ml.SVCModel{}, "ml: Save: ml.SVCModel cannot be saved, *ml.SVCModel can"},
		{"A pointer to classes", "they are saved as they are", &ml.Classes{"a"}, "ml: Save: *ml.Classes cannot be saved, ml.Classes can"},
		{"A learner", "it is not fitted", ml.NewSVC(), "ml: Save: ml.SVC cannot be saved: it is neither"},
		{"A zero model", "it is not fitted", new(ml.SVCModel), "ml: Save: SVC: "},
		{"A zero pipeline", "", new(ml.PipelineModel), "ml: Save: Pipeline: there is no classifier"},
		{"A zero search", "", new(ml.SearchModel), "ml: Save: SearchCV: there is no model"},
		{"A function", "", fitted(custom.Fit(t.Context(), X, y))(t), "ml: Save: SVC: the kernel is a function"},
		{"A step of one's own", "the error names it", clipped, "ml: Save: Pipeline.steps[1].TransformerPipeline.steps[1]: ml_test.clip cannot be saved: it is neither a model of package ml nor of a type given to Register"},
		{"A part of one's own", "", part, "ml: Save: ColumnTransformer.parts[0].model.OnNumbers.model: ml_test.clip cannot be saved"},
		{"A parameter that is a learner", "", fitted(search.Fit(t.Context(), X, y))(t), "ml: Save: SearchCV.results[0].params[0].value: ml.SVC cannot be saved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.ErrorContains(t, ml.Save(&bytes.Buffer{}, c.model), c.err, c.why)
			require.ErrorContains(t, ml.SaveJSON(&bytes.Buffer{}, c.model), strings.Replace(c.err, "Save", "SaveJSON", 1), c.why)
		})
	}
}

// clip is a transformer of one's own, and its model, that is not registered.
type clip struct{ most float64 }

func (c clip) FitTransformer(context.Context, *ml.Matrix) (ml.TransformerModel, error) { return c, nil }

func (c clip) Transform(X *ml.Matrix) (*ml.Matrix, error) {
	return mapped(X, func(v float64) float64 { return min(v, c.most) })
}

func mapped(X *ml.Matrix, f func(float64) float64) (*ml.Matrix, error) {
	rows, cols := X.Dims()
	cells := make([]float64, 0, rows*cols)
	for j := range cols {
		for _, v := range X.Col(j) {
			cells = append(cells, f(v))
		}
	}
	return ml.NewMatrix(rows, cols, cells, X.Names()...)
}

// A scaler that was loaded goes on learning where the one that was saved stood.
func TestLoadedScalerGoesOnLearning(t *testing.T) {
	ctx := t.Context()
	X, _ := dataSet(t, "wine")
	first, second := X.Take([]int{0, 1, 2, 3, 4}), X.Take([]int{5, 6, 7})
	s := ml.NewStandardScaler()
	m := fitted(s.Fit(ctx, first))(t)
	want := fitted(s.PartialFit(ctx, m, second))(t)
	got := fitted(s.PartialFit(ctx, loaded(t, saved(t, m)).(*ml.StandardScalerModel), second))(t)
	assert.Equal(t, saved(t, want), saved(t, got))
}
