package cli_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/engine"
)

// What a task says cannot steer the terminal of who looks at it.
func TestNothingSteersTheTerminal(t *testing.T) {
	d := dag.New("d", dag.Doc("\x1b]0;pwned\x07"), dag.WithParams(dag.Params{"p": "\x1b[31m"}))
	dag.Do(d, "a", func(ctx context.Context) error {
		dag.RunFrom(ctx).Log().Info("log \x1b[2J\x9b31m", "key\x1b]0;title\x07", "\x1b[31m")
		return errors.New("error \x1b[31m\rred\nsecond line")
	})
	var out bytes.Buffer
	path := filepath.Join(t.TempDir(), "runs.db")
	app := cli.App{DAGs: []*dag.DAG{d}, Stdout: &out, Stderr: &out, Open: func() (engine.Store, error) { return boltstore.Open(path) }}
	cli.Main(t.Context(), app, []string{"trigger"})
	id, _, _ := strings.Cut(out.String(), "\n")
	for _, args := range [][]string{{"status", id}, {"logs", id, "a"}, {"status", "d"}, {"run", "-v"}, {"test", "a"}, {"show"}, {"run", "d", "-h"}} {
		cli.Main(t.Context(), app, args)
	}
	assert.Contains(t, out.String(), "second line")
	for _, sign := range []string{"\x1b", "\x07", "\r", "\x9b"} {
		assert.NotContains(t, out.String(), sign)
	}
}
