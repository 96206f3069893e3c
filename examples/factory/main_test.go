package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"image/png"
	"log"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

func ExampleRun() {
	dir, err := os.MkdirTemp("", "factory")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for range 2 {
		Run(context.Background(), []string{"-out", dir, "-from", "2015-01-01"}, os.Stdout, os.Stderr)
	}
	// Output:
	// model d8f790a94c55: 2222 customers, 0 left out, accuracy 0.947 ± 0.003 in 5 folds
	// true \ predicted  stay  leave
	// stay              1897     21
	// leave               96    208
	// score: 1111 new customers, 0 left out, 131 predicted to leave, by model d8f790a94c55 of run model@2015-01-01T00:00:00Z
	// model d8f790a94c55: 2222 customers, 0 left out, accuracy 0.947 ± 0.003 in 5 folds
	// true \ predicted  stay  leave
	// stay              1897     21
	// leave               96    208
	// score: 0 new customers, 0 left out, 0 predicted to leave, by model d8f790a94c55 of run model@2015-01-01T00:00:00Z
}

// small is a forest that is grown in no time.
func small(seed uint32) ml.RandomForest {
	forest := ml.NewRandomForest()
	forest.NEstimators, forest.Seed = 5, ml.NewSeed(seed)
	return forest
}

// run is the program with a small forest.
func run(t *testing.T, seed uint32, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Main(t.Context(), newApp(small(seed), &o, &e), args)
	return code, o.String(), e.String()
}

// done is a run that ends well; it returns what it has printed.
func done(t *testing.T, seed uint32, args ...string) string {
	t.Helper()
	code, out, errs := run(t, seed, args...)
	require.Zero(t, code, errs)
	return out
}

type document = map[string]any

// documents are those of a collection in a folder, or of a file.
func documents(t *testing.T, path string) (docs []document) {
	t.Helper()
	dump, err := monary.OpenDump(path)
	require.NoError(t, err)
	for raw, err := range dump.Documents(t.Context()) {
		require.NoError(t, err)
		doc := document{}
		require.NoError(t, bson.Unmarshal(raw, &doc))
		docs = append(docs, doc)
	}
	return docs
}

// arrive adds customers like the first one, each with changes.
func arrive(t *testing.T, folder string, customers ...document) {
	t.Helper()
	path := filepath.Join(folder, "customers.bson")
	first := documents(t, path)[0]
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	for _, changes := range customers {
		doc := maps.Clone(first)
		maps.Copy(doc, changes)
		maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
		raw, err := bson.Marshal(doc)
		require.NoError(t, err)
		_, err = f.Write(raw)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
}

func content(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(t, err)
	return string(text)
}

// The table is that of loops over the file and the predictions.
func TestTable(t *testing.T) {
	out := t.TempDir()
	done(t, 0, "run", "model", "-out", out)
	done(t, 0, "run", "score", "-out", out)
	known, left, customers, leaving, sum := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]float64{}
	ids := map[any]bool{}
	for i, doc := range documents(t, testdata.Path("churn.bson.gz")) {
		state := doc["State"].(string)
		if i%3 == 2 {
			ids[doc["Phone"]] = true
			continue
		}
		known[state]++
		if doc["Churn?"] == "True." {
			left[state]++
		}
	}
	for _, doc := range documents(t, filepath.Join(out, "predictions.bson")) {
		require.True(t, ids[doc["_id"]])
		delete(ids, doc["_id"])
		state, p := doc["state"].(string), doc["probability"].(float64)
		customers[state]++
		sum[state] += p
		require.Equal(t, p > 0.5, doc["leaves"])
		if doc["leaves"] == true {
			leaving[state]++
		}
	}
	require.Empty(t, ids, "each has a prediction")
	want := [][]string{{"state", "customers", "predicted", "probability", "known", "left", "rate"}}
	records, err := csv.NewReader(strings.NewReader(content(t, out, "states.csv"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, records, 52)
	round := func(x float64) string { return fmt.Sprint(math.Round(x*1e4) / 1e4) }
	for _, r := range records[1:] {
		s, n, k := r[0], customers[r[0]], known[r[0]]
		want = append(want, []string{s, fmt.Sprint(n), fmt.Sprint(leaving[s]), round(sum[s] / float64(n)), fmt.Sprint(k), fmt.Sprint(left[s]), round(float64(left[s]) / float64(k))})
	}
	assert.Equal(t, want, records)
	picture, err := png.Decode(strings.NewReader(content(t, out, "states.png")))
	require.NoError(t, err)
	assert.Greater(t, picture.Bounds().Dy(), 51*20, "51 bars, whose names can be read")
}

func TestNewCustomersAreScoredOnce(t *testing.T) {
	out := t.TempDir()
	done(t, 0, "run", "model", "-out", out)
	require.Contains(t, done(t, 0, "run", "score", "-out", out), "score: 1111 new")
	before := documents(t, filepath.Join(out, "predictions.bson"))
	arrive(t, out, document{"_id": bson.NewObjectID()}, document{"_id": int64(7)}, document{"_id": "a"}, document{"_id": bson.D{{Key: "branch", Value: 1}}}) // by whomever
	require.Contains(t, done(t, 0, "run", "score", "-out", out), "score: 4 new")
	after := content(t, out, "predictions.bson") + content(t, out, "states.csv")
	require.Contains(t, done(t, 0, "run", "score", "-out", out), "score: 0 new")
	assert.Equal(t, after, content(t, out, "predictions.bson")+content(t, out, "states.csv"))
	now := documents(t, filepath.Join(out, "predictions.bson"))
	require.Len(t, now, len(before)+4)
	assert.Equal(t, before, now[:len(before)], "the others stay")
	assert.Equal(t, before[0]["probability"], now[len(now)-1]["probability"], "they are like the first")
}

// Customers of whom something cannot be are left out, until it is put right.
func TestIncompleteCustomersDoNotStopOthers(t *testing.T) {
	out := t.TempDir()
	done(t, 0, "run", "model", "-out", out)
	arrive(t, out, document{"_id": 0, "Day Mins": nil}, document{"_id": 1, "Day Mins": "many"}, document{"_id": 2, "Day Mins": math.NaN()}, document{"_id": 3, "Day Calls": -1},
		document{"_id": 4, "Int'l Plan": "maybe"}, document{"_id": 5, "State": nil}, document{"_id": 6, "State": 7}, document{"_id": nil})
	require.Contains(t, done(t, 0, "run", "score", "-out", out), "score: 1119 new customers, 8 left out")
	require.Len(t, documents(t, filepath.Join(out, "predictions.bson")), 1111)
	arrive(t, out, document{"_id": 0})
	require.Contains(t, done(t, 0, "run", "score", "-out", out), "score: 9 new customers, 8 left out")
	require.Len(t, documents(t, filepath.Join(out, "predictions.bson")), 1112)
}

// A collection has no order that can be relied on.
func TestOrderOfHistory(t *testing.T) {
	out := t.TempDir()
	first := done(t, 0, "run", "model", "-out", out)
	docs := documents(t, filepath.Join(out, "history.bson"))
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	var text []byte
	for _, doc := range docs {
		raw, err := bson.Marshal(doc)
		require.NoError(t, err)
		text = append(text, raw...)
	}
	require.NoError(t, os.WriteFile(filepath.Join(out, "history.bson"), text, 0o600))
	assert.Equal(t, first, done(t, 0, "run", "model", "-out", out))
}

// A customer of whom a model cannot learn is left out of it.
func TestOddHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "churn.csv")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(content(t, filepath.Dir(testdata.Path("churn.csv")), "churn.csv"), ",False.\n", ",perhaps\n", 1)), 0o600))
	assert.Contains(t, done(t, 0, "run", "model", "-out", t.TempDir(), "-file", path), ": 2221 customers, 1 left out, accuracy")
}

// States that nothing is known of have a probability, but no rate; without customers there is a table of no rows.
func TestStatesThatAreNew(t *testing.T) {
	out := t.TempDir()
	done(t, 0, "run", "model", "-out", out)
	path := filepath.Join(out, "customers.bson")
	all, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.Contains(t, done(t, 0, "run", "score", "-out", out), "score: 0 new")
	assert.Equal(t, "state,customers,predicted,probability,known,left,rate\n", content(t, out, "states.csv"))
	assert.NoFileExists(t, filepath.Join(out, "states.png"))

	require.NoError(t, os.WriteFile(path, all, 0o600))
	var customers []document
	for i := range 70 {
		customers = append(customers, document{"_id": i, "State": fmt.Sprint("new ", i)})
	}
	arrive(t, out, customers...)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text[len(all):], 0o600)) // only these
	require.Contains(t, done(t, 0, "run", "score", "-out", out), "score: 70 new")
	assert.Regexp(t, `(?m)^new 0,1,\d,[0-9.]+,,,$`, content(t, out, "states.csv"))
	assert.FileExists(t, filepath.Join(out, "states.png"))
}

// A new model is applied to all customers.
func TestNewModel(t *testing.T) {
	out := t.TempDir()
	done(t, 0, "run", "model", "-out", out, "-from", "2015-01-01")
	first := done(t, 0, "run", "score", "-out", out)
	old := content(t, out, "states.csv")
	done(t, 1, "run", "model", "-out", out, "-from", "2015-01-03")
	done(t, 2, "run", "model", "-out", out, "-from", "2015-01-02") // not the newest
	second := done(t, 1, "run", "score", "-out", out)
	assert.Contains(t, second, "score: 1111 new")
	assert.Contains(t, second, "of run model@2015-01-03T00:00:00Z")
	assert.NotEqual(t, old, content(t, out, "states.csv"))
	predictions := documents(t, filepath.Join(out, "predictions.bson"))
	require.Len(t, predictions, 1111)
	for _, p := range predictions {
		require.Contains(t, second, "by model "+p["model"].(string)+" ")
		require.NotContains(t, first, p["model"].(string))
	}
}

// Models do not pile up: the newest stay, and the one that was made last.
func TestOldModelsGo(t *testing.T) {
	out := t.TempDir()
	done(t, 0, "run", "model", "-out", out, "-from", "2014-12-31")
	path := filepath.Join(out, "models.bson")
	first := documents(t, path)[0]
	var text []byte
	for day := range 35 {
		doc := maps.Clone(first)
		doc["_id"], doc["asof"] = fmt.Sprintf("model %02d", day), time.Date(2015, 1, 1+day, 0, 0, 0, 0, time.UTC)
		raw, err := bson.Marshal(doc)
		require.NoError(t, err)
		text = append(text, raw...)
	}
	require.NoError(t, os.WriteFile(path, text, 0o600))
	done(t, 0, "run", "model", "-out", out, "-from", "2014-12-31")
	left := documents(t, path)
	require.Len(t, left, 30)
	assert.Equal(t, "model 06", left[0]["_id"])
	assert.Equal(t, first, left[29])
}

func TestNoModelYet(t *testing.T) {
	out := t.TempDir()
	code, _, errs := run(t, 0, "run", "score", "-out", out)
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "there is no model yet: no run of the DAG model has succeeded")
	assert.NoFileExists(t, filepath.Join(out, "states.csv"))

	t.Setenv("FACTORY_DB", filepath.Join(t.TempDir(), "runs.db"))
	code, _, errs = run(t, 0, "trigger", "score", "-out", out)
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, `no run of DAG "model" has succeeded`)
}

// By way of the engine it is the run that the engine knows to have succeeded, whatever came to an end since.
func TestNewestRunThatSucceeded(t *testing.T) {
	out := t.TempDir()
	t.Setenv("FACTORY_DB", filepath.Join(t.TempDir(), "runs.db"))
	said := done(t, 0, "trigger", "model", "-out", out)
	run1, _, _ := strings.Cut(said, "\n")
	require.NoError(t, os.Rename(filepath.Join(out, "history.bson"), filepath.Join(out, "away.bson")))
	require.NoError(t, os.WriteFile(filepath.Join(out, "history.bson"), nil, 0o600))
	code, _, errs := run(t, 0, "trigger", "model", "-out", out)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "the collection history has no customers; -load fills it from -file")
	assert.Contains(t, done(t, 0, "trigger", "score", "-out", out), "of run "+run1+"\n")

	require.NoError(t, os.Rename(filepath.Join(out, "away.bson"), filepath.Join(out, "history.bson")))
	run2, _, _ := strings.Cut(done(t, 1, "trigger", "model", "-out", out), "\n")
	require.NotEqual(t, run1, run2)
	said = done(t, 1, "trigger", "score", "-out", out)
	assert.Contains(t, said, "score: 1111 new")
	assert.Contains(t, said, "of run "+run2+"\n")

	code, _, errs = run(t, 1, "trigger", "score", "-out", t.TempDir())
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "run "+run2+" has left no model here: was it made with another -uri or -out?")
}

func TestFaults(t *testing.T) {
	text := content(t, filepath.Dir(testdata.Path("churn.csv")), "churn.csv")
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	header, rest, _ := strings.Cut(text, "\n")
	first, _, _ := strings.Cut(rest, "\n")
	for _, c := range []struct{ name, file, want string }{
		{"NoFile", "nowhere.csv", "no such file"},
		{"OtherFields", testdata.Path("zips.bson.gz"), `fields that no document has`},
		{"Twice", write("twice.csv", header+"\n"+first+"\n"+first+"\n"), "1 customers have no phone number, or that of another one"},
		{"Number", write("number.csv", strings.Replace(text, ",265.1,", ",many,", 1)), `"Day Mins"`},
		{"OneOutcome", write("one.csv", strings.ReplaceAll(text, "True.", "False.")), `is ["False."], want both True. and False. among them`},
		{"Server", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"run", "model", "-out", t.TempDir(), "-file", c.file}
			if c.name == "Server" {
				args, c.want = append(args[:4:4], "-uri", "nonsense"), "error parsing uri"
			}
			code, out, errs := run(t, 0, args...)
			assert.Equal(t, 1, code)
			assert.Contains(t, errs, c.want)
			assert.Empty(t, out)
		})
	}
}

// A server may be named before the command.
func TestLeadingServer(t *testing.T) {
	for _, args := range [][]string{{"-server", "ftp://x", "status"}, {"--server=ftp://x", "status"}} {
		var out, errs bytes.Buffer
		assert.Equal(t, 3, Run(t.Context(), args, &out, &errs))
		assert.Contains(t, errs.String(), "the address of the server is not one")
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"run", "model", "-h"}} {
		var out, errs bytes.Buffer
		require.Zero(t, Run(t.Context(), args, &out, &errs), errs.String())
		assert.NotContains(t, out.String(), "accuracy")
	}
	code, _, errs := run(t, 0, "run", "model", "-nonsense")
	assert.Equal(t, 2, code)
	assert.Contains(t, errs, "nonsense")
}
