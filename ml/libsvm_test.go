package ml_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestLibSVMRoundTrip(t *testing.T) {
	X, y := dataSet(t, "wine")
	X = scaled(t, X)
	binary := make([]int, len(y))
	for i, code := range y {
		binary[i] = 3 + code%2
	}
	for _, labels := range [][]int{y, binary} {
		for k := ml.KernelRBF; k <= ml.KernelSigmoid; k++ {
			t.Run(fmt.Sprintf("%v/labels=%d", k, labels[0]), func(t *testing.T) {
				svc := ml.NewSVC()
				svc.Kernel, svc.Coef0 = k, 0.25
				want, err := svc.Fit(t.Context(), X, labels)
				require.NoError(t, err)
				var text bytes.Buffer
				require.NoError(t, want.WriteLibSVM(&text))
				got, err := ml.ReadLibSVM(&text, 0)
				require.NoError(t, err)
				assert.Equal(t, want.Codes, got.Codes)
				assert.Equal(t, want.DualCoef, got.DualCoef)
				a, err := want.PairDecision(t.Context(), X)
				require.NoError(t, err)
				b, err := got.PairDecision(t.Context(), X)
				require.NoError(t, err)
				assert.Equal(t, rowMajor(a), rowMajor(b))
			})
		}
	}
}

// What svm-train 3.24 writes of three classes that appear in the order 7, 2, 5, and
// what its svm-predict -b 0 says of the training rows.
func TestReadLibSVM(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "libsvm.model"))
	require.NoError(t, err)
	defer f.Close()
	m, err := ml.ReadLibSVM(f, 0)
	require.NoError(t, err)
	assert.Equal(t, []int{2, 5, 7}, m.Codes)
	X := libsvmData(t, "libsvm.data")
	var want []int
	for _, v := range libsvmPredictions(t, "libsvm.predict") {
		want = append(want, int(v))
	}
	got, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// What svm-train 3.24 writes with -s 4 -g 0.3 -c 5, taking the labels of the same rows for
// numbers, and with -s 2 -t 1 -g 0.3 -r 1 -n 0.2, and what svm-predict says of them.
func TestReadLibSVMOfOneMachine(t *testing.T) {
	X := libsvmData(t, "libsvm.data")
	open := func(name string) *os.File {
		f, err := os.Open(filepath.Join("testdata", name))
		require.NoError(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	svr, err := ml.ReadLibSVMRegressor(open("libsvm.svr.model"), 0)
	require.NoError(t, err)
	values, err := svr.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.InEpsilonSlice(t, libsvmPredictions(t, "libsvm.svr.predict"), values, 1e-12)

	one, err := ml.ReadLibSVMOneClass(open("libsvm.oneclass.model"), 0)
	require.NoError(t, err)
	inside, err := one.Predict(t.Context(), X)
	require.NoError(t, err)
	for i, want := range libsvmPredictions(t, "libsvm.oneclass.predict") {
		assert.Equal(t, want > 0, inside[i], "row %d", i)
	}

	_, err = ml.ReadLibSVMRegressor(open("libsvm.model"), 0)
	assert.EqualError(t, err, `ml: ReadLibSVMRegressor: line 1: svm_type is "c_svc", epsilon_svr and nu_svr can be read`)
	_, err = ml.ReadLibSVMOneClass(strings.NewReader("nr_class 2\nrho 1 2\nSV\n"), 1)
	assert.EqualError(t, err, "ml: ReadLibSVMOneClass: line 3: nr_class is 2 with 2 rho, must be 2 and 1")
	_, err = ml.ReadLibSVMOneClass(strings.NewReader("nr_class 2\nrho 1\ntotal_sv 1\nSV\n1 2:x\n"), 1)
	assert.EqualError(t, err, `ml: ReadLibSVMOneClass: line 5: "2:x" is no index:value`)
}

// libsvmPredictions reads what svm-predict has written.
func libsvmPredictions(t *testing.T, name string) (values []float64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	for _, word := range strings.Fields(string(text)) {
		v, err := strconv.ParseFloat(word, 64)
		require.NoError(t, err)
		values = append(values, v)
	}
	return values
}

// libsvmData reads the columns of a file in libsvm's format in which none is left out.
func libsvmData(t *testing.T, name string) *ml.Matrix {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	var rows [][]float64
	for line := range strings.Lines(string(text)) {
		var row []float64
		for _, word := range strings.Fields(line)[1:] {
			_, value, _ := strings.Cut(word, ":")
			v, err := strconv.ParseFloat(value, 64)
			require.NoError(t, err)
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return matrixOf(t, rows...)
}

// svm-predict understands our models.
func TestSVMPredictReadsOurModels(t *testing.T) {
	if _, err := exec.LookPath("svm-predict"); err != nil {
		t.Skip("needs svm-predict: apt-get install libsvm-tools")
	}
	for _, name := range []string{"iris", "breast_cancer"} {
		X, y := dataSet(t, name)
		X = scaled(t, X)
		m, err := ml.NewSVC().Fit(t.Context(), X, y)
		require.NoError(t, err)
		var model bytes.Buffer
		require.NoError(t, m.WriteLibSVM(&model))
		said := svmPredict(t, model.Bytes(), X)
		want, err := m.Predict(t.Context(), X)
		require.NoError(t, err)
		for i, label := range want {
			assert.EqualValues(t, label, said[i])
		}
	}
}

// svm-predict understands models of one machine, too, and so do we.
func TestLibSVMOfOneMachine(t *testing.T) {
	X, y := dataSet(t, "iris")
	values := make([]float64, len(y))
	for i := range y {
		values[i] = X.At(i, 3) + float64(y[i])
	}
	for k := ml.KernelRBF; k <= ml.KernelPoly; k++ {
		svr, one := ml.NewSVR(), ml.NewOneClassSVM()
		svr.Kernel, one.Kernel, one.Nu = k, k, 0.2
		regressor := fitted(svr.Fit(t.Context(), X, values))(t)
		class := fitted(one.Fit(t.Context(), X))(t)
		predicted, err := regressor.Predict(t.Context(), X)
		require.NoError(t, err)
		decision, err := class.Decision(t.Context(), X)
		require.NoError(t, err)

		var text bytes.Buffer
		require.NoError(t, regressor.WriteLibSVM(&text))
		said := svmPredict(t, text.Bytes(), X)
		again, err := ml.ReadLibSVMRegressor(&text, 4)
		require.NoError(t, err)
		same, err := again.Predict(t.Context(), X)
		require.NoError(t, err)
		assert.Equal(t, predicted, same)

		text.Reset()
		require.NoError(t, class.WriteLibSVM(&text))
		inside := svmPredict(t, text.Bytes(), X)
		back, err := ml.ReadLibSVMOneClass(&text, 4)
		require.NoError(t, err)
		same, err = back.Decision(t.Context(), X)
		require.NoError(t, err)
		assert.Equal(t, decision, same)

		for i := range said { // none without svm-predict
			assert.InDelta(t, predicted[i], said[i], 1e-10)
			if v := decision[i]; v > 1e-9 || v < -1e-9 {
				assert.Equal(t, v > 0, inside[i] > 0)
			}
		}
	}
}

// svmPredict returns what svm-predict says of the rows, or nil if there is none.
func svmPredict(t *testing.T, model []byte, X *ml.Matrix) (values []float64) {
	t.Helper()
	if _, err := exec.LookPath("svm-predict"); err != nil {
		return nil
	}
	dir := t.TempDir()
	var data bytes.Buffer
	for i := range X.NumRows() {
		data.WriteString("0")
		for j, v := range X.Row(nil, i) {
			fmt.Fprintf(&data, " %d:%v", j+1, v)
		}
		data.WriteString("\n")
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model"), model, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), data.Bytes(), 0o600))
	cmd := exec.Command("svm-predict", "data", "model", "out")
	cmd.Dir = dir
	require.NoError(t, cmd.Run())
	out, err := os.ReadFile(filepath.Join(dir, "out"))
	require.NoError(t, err)
	for _, word := range strings.Fields(string(out)) {
		v, err := strconv.ParseFloat(word, 64)
		require.NoError(t, err)
		values = append(values, v)
	}
	return values
}

func TestReadLibSVMRefuses(t *testing.T) {
	const head = "svm_type c_svc\nkernel_type rbf\ngamma 0.5\nnr_class 2\ntotal_sv 2\nrho 0.5\nlabel 1 -1\nnr_sv 1 1\n"
	for _, c := range []struct{ name, text, want string }{
		{"Empty", "", "ml: ReadLibSVM: line 1: the text ends before the line SV"},
		{"Regression", "svm_type epsilon_svr\n", `ml: ReadLibSVM: line 1: svm_type is "epsilon_svr", c_svc and nu_svc can be read`},
		{"Unknown", "svm_type c_svc\nshoe_size 46\n", `ml: ReadLibSVM: line 2: "shoe_size" is no part of the format`},
		{"NotANumber", "gamma wide\n", `ml: ReadLibSVM: line 1: gamma: strconv.ParseFloat: parsing "wide": invalid syntax`},
		{"NotFinite", "rho NaN\n", `ml: ReadLibSVM: line 1: rho: "NaN", only finite numbers are allowed`},
		{"Counts", strings.Replace(head, "nr_sv 1 1", "nr_sv 1 2", 1) + "SV\n", "ml: ReadLibSVM: line 9: nr_sv sums to 3, total_sv is 2"},
		{"Labels", strings.Replace(head, "label 1 -1", "label 1 1", 1) + "SV\n", "ml: ReadLibSVM: line 9: label 1 is there twice"},
		{"Ends", head + "SV\n1 1:2\n", "ml: ReadLibSVM: line 11: the text ends before all 2 support vectors"},
		{"Falling", head + "SV\n1 2:2 1:3\n", "ml: ReadLibSVM: line 10: index 1 behind 2, they must rise"},
		{"Word", head + "SV\n1 2=2\n", `ml: ReadLibSVM: line 10: "2=2" is no index:value`},
		{"Far", head + "SV\n1 1:1\n-1 99999999:1\n", "ml: ReadLibSVM: line 11: index 99999999, must be from 1 to 16777216"},
		{"More", head + "SV\n1 1:1\n-1 2:1\nmore\n", "ml: ReadLibSVM: line 12: more text behind 2 support vectors"},
		{"NoValues", head + "SV\n1\n-1\n", "ml: ReadLibSVM: line 12: no support vector has a value, say how many columns there are"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := ml.ReadLibSVM(strings.NewReader(c.text), 0)
			assert.EqualError(t, err, c.want)
			assert.Nil(t, m)
		})
	}
	_, err := ml.ReadLibSVM(strings.NewReader(head+"SV\n1 1:1\n-1 4:1\n"), 3)
	assert.EqualError(t, err, "ml: ReadLibSVM: line 11: index 4, there are 3 columns")
	own := ml.NewSVC()
	own.KernelFunc = func(x, z []float64) float64 { return x[0] * z[0] }
	m, err := own.Fit(t.Context(), matrixOf(t, []float64{1}, []float64{2}), []int{0, 1})
	require.NoError(t, err)
	assert.EqualError(t, m.WriteLibSVM(&bytes.Buffer{}), "ml: WriteLibSVM: the format knows no kernel that is a Go function")
}

// Probabilities go through the format, whatever the order of the classes in it is.
func TestLibSVMProbabilities(t *testing.T) {
	X, y := dataSet(t, "iris")
	s := ml.NewSVC()
	s.Probability = true
	m := fitted(s.Fit(t.Context(), X, y))(t)
	want := rowMajor(fitted(m.PredictProba(t.Context(), X))(t))
	var out strings.Builder
	require.NoError(t, m.WriteLibSVM(&out))
	read := fitted(ml.ReadLibSVM(strings.NewReader(out.String()), 0))(t)
	assert.InDeltaSlice(t, want, rowMajor(fitted(read.PredictProba(t.Context(), X))(t)), 1e-12)

	// The same with the labels 2, 1 and 0: classes change places, and so do probabilities.
	turned := fitted(ml.ReadLibSVM(strings.NewReader(strings.Replace(out.String(), "label 0 1 2", "label 2 1 0", 1)), 0))(t)
	got := fitted(turned.PredictProba(t.Context(), X))(t)
	for i := range y {
		require.InDelta(t, want[3*i], got.At(i, 2), 5e-3, "the iteration of coupled ends at 0.005/3")
		require.InDelta(t, want[3*i+1], got.At(i, 1), 5e-3)
	}
	_, err := ml.ReadLibSVM(strings.NewReader(strings.Replace(out.String(), "probB", "probA", 1)), 0)
	require.ErrorContains(t, err, "there are 3 probA and 0 probB for 3 rho")
}
