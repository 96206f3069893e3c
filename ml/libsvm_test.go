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
	X, want := libsvmData(t, "libsvm.data"), []int(nil)
	text, err := os.ReadFile(filepath.Join("testdata", "libsvm.predict"))
	require.NoError(t, err)
	for _, word := range strings.Fields(string(text)) {
		v, err := strconv.Atoi(word)
		require.NoError(t, err)
		want = append(want, v)
	}
	got, err := m.Predict(t.Context(), X)
	require.NoError(t, err)
	assert.Equal(t, want, got)
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
		dir := t.TempDir()
		var model, data bytes.Buffer
		require.NoError(t, m.WriteLibSVM(&model))
		for i := range y {
			fmt.Fprint(&data, y[i])
			for j, v := range X.Row(nil, i) {
				fmt.Fprintf(&data, " %d:%v", j+1, v)
			}
			fmt.Fprintln(&data)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "model"), model.Bytes(), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), data.Bytes(), 0o600))
		cmd := exec.Command("svm-predict", "data", "model", "out")
		cmd.Dir = dir
		require.NoError(t, cmd.Run())
		out, err := os.ReadFile(filepath.Join(dir, "out"))
		require.NoError(t, err)
		want, err := m.Predict(t.Context(), X)
		require.NoError(t, err)
		assert.Equal(t, strings.Trim(fmt.Sprint(want), "[]"), strings.Join(strings.Fields(string(out)), " "))
	}
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
