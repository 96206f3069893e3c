package confirm_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/internal/confirm"
)

const twoScripts = `[
{"name": "A", "source": "manual: \"$a\"", "docs": [], "pipeline": [], "want": []},
{"name": "B", "source": "manual: $b", "confirmed": ["mongod 7.0"], "docs": [], "pipeline": [], "want": []}
]
`

func family(t *testing.T, text string) confirm.Family {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "two.json"), []byte(text), 0o600))
	families, err := confirm.Load(dir)
	require.NoError(t, err)
	require.Len(t, families, 1)
	return families[0]
}

// A mark is added or taken away; the rest of the file stays as it is.
func TestMark(t *testing.T) {
	f := family(t, twoScripts)
	require.NoError(t, confirm.Mark(f, "FerretDB 1.24", func(confirm.Script) bool { return true }))
	text, err := os.ReadFile(f.Path)
	require.NoError(t, err)
	assert.Equal(t, `[
{"name": "A", "source": "manual: \"$a\"", "confirmed": ["FerretDB 1.24"], "docs": [], "pipeline": [], "want": []},
{"name": "B", "source": "manual: $b", "confirmed": ["FerretDB 1.24", "mongod 7.0"], "docs": [], "pipeline": [], "want": []}
]
`, string(text))
	f = family(t, string(text))
	require.NoError(t, confirm.Mark(f, "FerretDB 1.24", func(confirm.Script) bool { return false }))
	text, err = os.ReadFile(f.Path)
	require.NoError(t, err)
	assert.Equal(t, twoScripts, string(text))
}

func TestTable(t *testing.T) {
	assert.Equal(t, `| rules of | scripts | mongod 7.0 |
| --- | --- | --- |
| two | 2 | 1 |
| all | 2 | 1 |
`, confirm.Table([]confirm.Family{family(t, twoScripts)}))
}

// The scripts of testdata are read, a line each, so that they can be marked.
func TestScriptsCanBeMarked(t *testing.T) {
	families, err := confirm.Load(filepath.Join("..", "..", "testdata", "agg"))
	require.NoError(t, err)
	for _, f := range families {
		before, err := os.ReadFile(f.Path)
		require.NoError(t, err)
		lines := 0
		f.Path = filepath.Join(t.TempDir(), "copy.json")
		require.NoError(t, os.WriteFile(f.Path, before, 0o600))
		require.NoError(t, confirm.Mark(f, "nobody", func(confirm.Script) bool { lines++; return false }))
		assert.Equal(t, len(f.Scripts), lines, "%s: a script a line", f.Name)
		after, err := os.ReadFile(f.Path)
		require.NoError(t, err)
		assert.Equal(t, string(before), string(after), f.Name)
	}
}

// The README's table of rules says what the scripts say.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "<!-- rules -->\n")
	if !found {
		t.Skip("README.md has no <!-- rules --> in front of a table")
	}
	families, err := confirm.Load(filepath.Join("..", "..", "testdata", "agg"))
	require.NoError(t, err)
	table := confirm.Table(families)
	assert.Equal(t, table, rest[:min(len(table), len(rest))], "what the table should be")
}
