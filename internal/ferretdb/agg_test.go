package ferretdb_test

import (
	"errors"
	"flag"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/internal/confirm"
)

var mark = flag.Bool("mark", false, "write into testdata/agg which scripts FerretDB confirms, and log the table")

// server is the name in the marks: that of go.mod, as a FerretDB inside another program does not know its version.
const server = "FerretDB 1.24"

// TestScripts asks FerretDB about the rules of package pipeline. Those that it has confirmed must hold; what it does not
// know, or does otherwise than MongoDB's manual says, is logged.
func TestScripts(t *testing.T) {
	client, _ := connect(t)
	db := client.Database("agg")
	said, err := confirm.Name(t.Context(), db)
	require.NoError(t, err)
	require.Contains(t, said, "FerretDB", "a server that calls itself mongod would get marks that are not its own")
	dir := filepath.Join("..", "..", "testdata", "agg")
	families, err := confirm.Load(dir)
	require.NoError(t, err)
	held := 0
	for _, f := range families {
		confirmed := map[string]bool{}
		for _, s := range f.Scripts {
			err := confirm.Ask(t.Context(), db, s)
			switch confirmed[s.Name] = err == nil; {
			case err == nil:
				held++
			case slices.Contains(s.Confirmed, server) && !*mark:
				assert.NoError(t, err, "%s/%s", f.Name, s.Name)
			case !errors.Is(err, confirm.ErrUnknown):
				t.Logf("%s/%s: %v", f.Name, s.Name, err)
			}
		}
		if *mark {
			require.NoError(t, confirm.Mark(f, server, func(s confirm.Script) bool { return confirmed[s.Name] }))
		}
	}
	assert.Greater(t, held, 15, "rules that FerretDB confirms")
	if *mark {
		families, err = confirm.Load(dir)
		require.NoError(t, err)
		t.Logf("\n%s", confirm.Table(families))
	}
}
