package ferretdb_test

import (
	"bytes"
	"fmt"
	"os/exec"
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
