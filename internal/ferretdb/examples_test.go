package ferretdb_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/ferretdb"
)

// TestExamplesOnServer: the example programs print the same from a server, which they load first, as from the file. A
// second load is refused, as the collection is not empty.
func TestExamplesOnServer(t *testing.T) {
	uri := ferretdb.Start(t)
	for _, program := range []string{"zips", "churn"} {
		t.Run(program, func(t *testing.T) {
			local, err := runExample(t, program)
			require.NoError(t, err)
			loaded, err := runExample(t, program, "-uri", uri, "-load")
			require.NoError(t, err)
			assert.Equal(t, local, loaded)
			again, err := runExample(t, program, "-uri", uri)
			require.NoError(t, err)
			assert.Equal(t, local, again)
			_, err = runExample(t, program, "-uri", uri, "-load")
			require.ErrorContains(t, err, "drop it or leave -load out")
		})
	}
}

// TestWeblogsOnServer: the counts that the program writes beside the logs on a server are those of the file, by day in
// any order and for all days. FerretDB has neither $year nor $out.
func TestWeblogsOnServer(t *testing.T) {
	uri := ferretdb.Start(t)
	local, server := t.TempDir(), t.TempDir()
	_, err := runExample(t, "weblogs", "-out", local)
	require.NoError(t, err)
	t.Setenv("WEBLOGS_DB", filepath.Join(t.TempDir(), "runs.db"))
	same := func() {
		for _, name := range []string{"daily.csv", "hourly.csv", "pages.png"} {
			want, err := os.ReadFile(filepath.Join(local, name))
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(server, name))
			require.NoError(t, err)
			assert.True(t, bytes.Equal(want, got), name)
		}
	}
	_, err = runExample(t, "weblogs", "-uri", uri, "-load", "-out", server)
	require.NoError(t, err)
	same()
	_, err = runExample(t, "weblogs", "backfill", "weblogs", "-s", "2014-02-05", "-e", "2014-02-06", "-uri", uri, "-out", server)
	require.NoError(t, err)
	same()
}

// TestFactoryOnServer: killed at random moments and started again, model and scores on a server are those of a folder.
// Customers who are inserted there are scored once, whatever their _ids are. FerretDB has no $cond, $lookup or $merge.
func TestFactoryOnServer(t *testing.T) {
	program := filepath.Join(t.TempDir(), "factory")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./examples/factory")
	build.Dir = "../.."
	text, err := build.CombinedOutput()
	require.NoError(t, err, string(text))
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	local, server, uri := t.TempDir(), t.TempDir(), ferretdb.Start(t)
	all, err := os.ReadFile("../../testdata/churn.csv")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "churn.csv") // the server takes a while for each update
	require.NoError(t, os.WriteFile(file, bytes.Join(bytes.SplitAfter(all, []byte("\n"))[:601], nil), 0o600))
	start := time.Now()
	run("-file", file, "-out", local)
	args := []string{"-file", file, "-uri", uri, "-load", "-out", server}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), rand.N(2*time.Since(start)))
		t.Log("killed:", exec.CommandContext(ctx, program, args...).Run())
		cancel()
	}
	run(args...)
	for _, name := range []string{"states.csv", "states.png"} {
		want, err := os.ReadFile(filepath.Join(local, name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(server, name))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got), name)
	}

	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(context.WithoutCancel(t.Context()))) }()
	customers := client.Database("factory").Collection("customers")
	var like bson.M
	require.NoError(t, customers.FindOne(t.Context(), bson.D{}).Decode(&like))
	for _, id := range []any{bson.NewObjectID(), 7, "incomplete"} {
		like["_id"] = id
		if id == "incomplete" {
			delete(like, "Day Mins")
		}
		_, err := customers.InsertOne(t.Context(), like)
		require.NoError(t, err)
	}
	assert.Contains(t, run("run", "score", "-uri", uri, "-out", server), "score: 3 new customers, 1 left out")
	assert.Contains(t, run("run", "score", "-uri", uri, "-out", server), "score: 1 new customers, 1 left out")
	n, err := client.Database("factory").Collection("predictions").CountDocuments(t.Context(), bson.D{{Key: "probability", Value: bson.D{{Key: "$lte", Value: 1}}}})
	require.NoError(t, err)
	assert.EqualValues(t, 200+2, n)
}

// runExample runs a program of the root module, as its users do; the error holds what it wrote to standard error.
func runExample(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", "./examples/" + program}, args...)...)
	cmd.Dir = "../.."
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, stderr.String())
	}
	return out.String(), nil
}
