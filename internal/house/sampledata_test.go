package house_test

import (
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSampleData: the generator still makes the committed files, and SHA256SUMS tells what they are. The sums are of the
// uncompressed bytes, because another version of Go may compress them otherwise.
func TestSampleData(t *testing.T) {
	made := t.TempDir()
	goCommand(t, "run", "./testdata/generate", "-out", made)
	committed := filepath.Join(root(t), "testdata")

	var sums strings.Builder
	for _, name := range []string{"zips.bson.gz", "logs.bson.gz", "churn.csv", "churn.bson.gz"} {
		sum := contentSum(t, filepath.Join(committed, name))
		assert.Equal(t, sum, contentSum(t, filepath.Join(made, name)), "testdata/%s is not what testdata/generate makes", name)
		fmt.Fprintf(&sums, "%x  %s\n", sum, strings.TrimSuffix(name, ".gz"))
	}
	assert.Equal(t, sums.String(), read(t, "testdata/SHA256SUMS"), "testdata/SHA256SUMS")
}

// contentSum returns the SHA-256 of a file's bytes, those inside if it is compressed.
func contentSum(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		r, err = gzip.NewReader(f)
		require.NoError(t, err, path)
	}
	h := sha256.New()
	_, err = io.Copy(h, r)
	require.NoError(t, err, path)
	return [sha256.Size]byte(h.Sum(nil))
}
