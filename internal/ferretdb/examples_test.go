package ferretdb_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
