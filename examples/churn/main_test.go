package main

import (
	"bytes"
	"context"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/testdata"
)

func ExampleRun() {
	if err := Run(context.Background(), nil, os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Feature space holds 3333 observations and 17 features
	// Unique target labels: [0 1]
	// Support vector machines: 0.922
	// Random forest: 0.948
}

func TestCSVGivesTheSame(t *testing.T) {
	require.Equal(t, run(t), run(t, "-file", testdata.Path("churn.csv")))
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
	for _, c := range []struct {
		name, want string
		args       []string
	}{
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
			require.Empty(t, out.String())
		})
	}
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Run(t.Context(), args, &out))
	return out.String()
}
