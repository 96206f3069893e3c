package ml_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

var updateModels = flag.Bool("update-models", false, "write the models that testdata/models lacks; it never replaces one")

// savedFile is what a model of testdata/models has to answer.
type savedFile struct {
	Data    json.RawMessage // a Matrix or a Frame
	Answers []string        // the numbers of all answers, in hexadecimal
}

const modelsDir = "testdata/models/v1"

// TestEarlierVersions: models that were saved once can be loaded for ever, and say what
// they said then. A model of a new kind is added by go test -run EarlierVersions
// -update-models; a file that is there must not change.
func TestEarlierVersions(t *testing.T) {
	if *updateModels {
		for _, c := range savedModels(t) {
			writeModel(t, c)
		}
	}
	files, err := filepath.Glob(filepath.Join(modelsDir, "*.pnsm"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	kinds := make(map[string]bool)
	for _, file := range files {
		name := strings.TrimSuffix(file, ".pnsm")
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, text := readFile(t, name+".pnsm"), readFile(t, name+".json")
			model := loaded(t, data)
			kinds[reflect.TypeOf(model).String()] = true
			require.Equal(t, data, saved(t, model), "version 1 is written as it was")
			require.Equal(t, data, saved(t, loaded(t, text)))
			checkAnswers(t, name, model)
		})
	}
	for _, typ := range ml.KindTypes() {
		require.True(t, kinds[typ.String()], "%s has no %v", modelsDir, typ)
	}
}

func checkAnswers(t *testing.T, name string, model any) {
	text, err := os.ReadFile(name + ".answers.json")
	if os.IsNotExist(err) {
		return // it is data
	}
	require.NoError(t, err)
	var file savedFile
	require.NoError(t, json.Unmarshal(text, &file))
	got := numbersOf(t.Context(), model, loaded(t, file.Data).(ml.Data))
	require.Len(t, got, len(file.Answers))
	for i, word := range file.Answers {
		want, err := strconv.ParseFloat(word, 64)
		require.NoError(t, err)
		// Sums of products are rounded in other places with and without assembly.
		if !(math.IsNaN(want) && math.IsNaN(got[i])) && math.Abs(got[i]-want) > 1e-12*math.Max(1, math.Abs(want)) {
			t.Errorf("answer %d is %v, was %v", i, got[i], want)
		}
	}
}

// writeModel adds the files of a model that is not there yet.
func writeModel(t *testing.T, c savedModel) {
	name := filepath.Join(modelsDir, strings.NewReplacer(" ", "-", ",", "").Replace(c.name))
	if _, err := os.Stat(name + ".pnsm"); err == nil {
		return
	}
	require.NoError(t, os.MkdirAll(modelsDir, 0o755))
	writeFile(t, name+".pnsm", saved(t, c.model))
	writeFile(t, name+".json", savedJSON(t, c.model))
	if c.data == nil {
		return
	}
	file := savedFile{Data: savedJSON(t, c.data)}
	for _, v := range numbersOf(t.Context(), c.model, c.data) {
		file.Answers = append(file.Answers, strconv.FormatFloat(v, 'x', -1, 64))
	}
	text, err := json.Marshal(file)
	require.NoError(t, err)
	writeFile(t, name+".answers.json", append(text, '\n'))
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return data
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, data, 0o644))
}
