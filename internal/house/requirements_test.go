package house_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDirectDependencies holds the list of modules that an embedder takes on. DESIGN.md gives the reason for each.
func TestDirectDependencies(t *testing.T) {
	var mod struct {
		Go      string
		Require []struct {
			Path, Version string
			Indirect      bool
		}
	}
	require.NoError(t, json.Unmarshal([]byte(goCommand(t, "mod", "edit", "-json")), &mod))
	assert.Equal(t, "1.25.0", mod.Go, "the go line of go.mod is the oldest Go that we support")

	direct := map[string]string{}
	for _, r := range mod.Require {
		if !r.Indirect {
			direct[r.Path] = r.Version
		}
	}
	want := []string{
		"github.com/emersion/go-smtp",       // a mail server in the tests of dag/notify
		"github.com/wneessen/go-mail",       // mail, in dag/notify only
		"github.com/schollz/progressbar/v3", // a progress bar in the examples
		"github.com/stretchr/testify",       // tests
		"go.mongodb.org/mongo-driver/v2",    // the connection to the server
		"go.etcd.io/bbolt",                  // the file of a durable engine, in dag/boltstore only
		"golang.org/x/sys",                  // which instructions the processor has
		"golang.org/x/term",                 // is standard output a terminal
		"gonum.org/v1/gonum",                // linear algebra
		"gonum.org/v1/plot",                 // pictures, in ml/mlplot only
	}
	var paths []string
	design := read(t, "DESIGN.md")
	for path := range direct {
		paths = append(paths, path)
		assert.True(t, strings.Contains(design, path), "DESIGN.md gives no reason for requiring %s", path)
	}
	assert.ElementsMatch(t, want, paths)

	var minor, patch int
	_, err := fmt.Sscanf(direct["go.mongodb.org/mongo-driver/v2"], "v2.%d.%d", &minor, &patch)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, minor, 10, "an older driver than v2.10.0")
}

// TestNoWorkspace: in a workspace the tests would run on versions that no user gets.
func TestNoWorkspace(t *testing.T) {
	work := strings.TrimSpace(goCommand(t, "env", "GOWORK"))
	assert.Contains(t, []string{"", "off"}, work, "a go.work is in force; remove it or set GOWORK=off")
	assert.Contains(t, strings.Split(read(t, ".gitignore"), "\n"), "go.work", "a go.work of one's own must not be committed")
}
