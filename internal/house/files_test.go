package house_test

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goFile is the name of a source file in running text.
var goFile = regexp.MustCompile(`\b[a-z_0-9]+\.go\b`)

// TestNamedFilesExist: the files that the texts lead a reader through are there.
func TestNamedFilesExist(t *testing.T) {
	for _, text := range []string{"DESIGN.md", "README.md", "monary/doc.go", "pipeline/doc.go", "dag/doc.go", "ml/doc.go"} {
		for _, name := range goFile.FindAllString(read(t, text), -1) {
			found := false
			for _, dir := range []string{".", "*", "*/*"} {
				files, err := filepath.Glob(filepath.Join(root(t), dir, name))
				require.NoError(t, err)
				found = found || len(files) > 0
			}
			assert.True(t, found, "%s names %s, which does not exist", text, name)
		}
	}
}
