package main

import (
	"bytes"
	"context"
	"errors"
	"log"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

func ExampleRun() {
	if err := Run(context.Background(), nil, os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Columns: State, Account Length, Area Code, Phone, Int'l Plan, VMail Plan, VMail Message, Day Mins, Day Calls, Day Charge, Eve Mins, Eve Calls, Eve Charge, Night Mins, Night Calls, Night Charge, Intl Mins, Intl Calls, Intl Charge, CustServ Calls, Churn?
	//
	// Sample data:
	// State  Account Length  Area Code  Phone     Int'l Plan  VMail Plan  Night Charge  Intl Mins  Intl Calls  Intl Charge  CustServ Calls  Churn?
	// KS                128        415  382-4657  no          yes                11.01         10           3          2.7               1  False.
	// OH                107        415  371-7191  no          yes                11.45       13.7           3          3.7               1  False.
	// NJ                137        415  358-1921  no          no                  7.32       12.2           5         3.29               0  False.
	//
	// Feature space holds 3333 observations and 17 features
	// Unique target labels: [0 1]
	// Support vector machines: 0.922
	// Random forest: 0.948
	//
	// Support vector machines: average precision 0.795
	// true \ predicted  False.  True.
	// False.              2814     36
	// True.                225    258
	//
	// Random forest: average precision 0.855
	// true \ predicted  False.  True.
	// False.              2813     37
	// True.                136    347
}

func TestCSVGivesTheSame(t *testing.T) {
	require.Equal(t, run(t), run(t, "-file", testdata.Path("churn.csv")))
}

// Some copies of the public file have a blank after each comma.
func TestBlanksAfterCommas(t *testing.T) {
	text, err := os.ReadFile(testdata.Path("churn.csv"))
	require.NoError(t, err)
	header, rows, _ := bytes.Cut(text, []byte("\n"))
	blanks := filepath.Join(t.TempDir(), "blanks.csv")
	require.NoError(t, os.WriteFile(blanks, slices.Concat(header, []byte("\n"), bytes.ReplaceAll(rows, []byte(","), []byte(", "))), 0o600))
	require.Equal(t, run(t), run(t, "-file", blanks))
}

func TestPictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	run(t, "-out", dir, "-leakfree")
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	require.NoError(t, err)
	require.Len(t, files, 5)
}

// A program that knows nothing of how the models came about predicts with them.
func TestSavedModels(t *testing.T) {
	dir := t.TempDir()
	run(t, "-out", dir)
	src, err := pipeline.Open(testdata.Path("churn.bson.gz"))
	require.NoError(t, err)
	f := featuresOf(t, src)
	for name, want := range map[string]float64{"svm": 0.93, "forest": 1} { // of the customers it has learnt from
		file, err := os.Open(filepath.Join(dir, name+".model"))
		require.NoError(t, err)
		model, err := ml.LoadAs[ml.ClassifierModel](file)
		require.NoError(t, errors.Join(err, file.Close()))
		pred, err := model.Predict(t.Context(), f.X)
		require.NoError(t, err)
		require.GreaterOrEqual(t, ml.Accuracy(f.Y, pred), want, name)
	}
}

func featuresOf(t *testing.T, src monary.Source) features {
	t.Helper()
	table, err := load(t.Context(), src)
	for _, step := range []func(context.Context, *monary.Table) (*monary.Table, error){drop, yesNo} {
		require.NoError(t, err)
		table, err = step(t.Context(), table)
	}
	require.NoError(t, err)
	f, err := split(t.Context(), table)
	require.NoError(t, err)
	return f
}

// Interrupted again and again, a run with a state ends with what it would have printed.
func TestState(t *testing.T) {
	state := filepath.Join(t.TempDir(), "churn.db")
	lives := 0
	var out bytes.Buffer
	for err := context.DeadlineExceeded; err != nil; lives++ {
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, out.String(), "nothing is printed twice")
		require.Less(t, lives, 200)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(100+20*lives)*time.Millisecond)
		err = Run(ctx, []string{"-state", state}, &out)
		cancel()
	}
	t.Log(lives, "lives")
	want := run(t)
	require.Equal(t, want, out.String())
	require.Equal(t, want, run(t, "-state", state), "it has ended")
	require.Equal(t, run(t, "-seed", "1"), run(t, "-seed", "1", "-state", state), "another run")
}

func TestSeed(t *testing.T) {
	require.NotEqual(t, run(t), run(t, "-seed", "1"), "the seed reaches the folds and the forest")
}

func TestFaults(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.csv")
	text, err := os.ReadFile(testdata.Path("churn.csv"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(bad, bytes.Replace(text, []byte(",no,yes,"), []byte(",maybe,yes,"), 1), 0o600))
	three := filepath.Join(t.TempDir(), "three.csv")
	require.NoError(t, os.WriteFile(three, bytes.Replace(text, []byte(",False.\n"), []byte(",\n"), 1), 0o600))
	number := filepath.Join(t.TempDir(), "number.csv")
	require.NoError(t, os.WriteFile(number, bytes.Replace(text, []byte(",415,"), []byte(",4l5,"), 1), 0o600))
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"Number", `column "Area Code", row 0: found "4l5", want a number`, []string{"-file", number}},
		{"NoFile", "no such file", []string{"-file", "nowhere.csv"}},
		{"OtherColumns", "no document has the fields", []string{"-file", testdata.Path("zips.bson.gz")}},
		{"Plan", `column "Int'l Plan", row 0: found "maybe", want yes or no`, []string{"-file", bad}},
		{"Label", `column "Churn?" holds ["" "False." "True."], want two values`, []string{"-file", three}},
		{"Argument", "a file is named with -file", []string{"churn.csv"}},
		{"Seed", "allowed are 0 to 4294967295", []string{"-seed", "4294967296"}},
		{"LoadNowhere", "-load needs -uri", []string{"-load"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			require.ErrorContains(t, Run(t.Context(), c.args, &out), c.want)
			require.NotContains(t, out.String(), "Feature space", "nothing is reported")
		})
	}
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Run(t.Context(), args, &out))
	return out.String()
}
