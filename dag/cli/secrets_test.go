package cli_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/engine"
)

// No command prints a secret.
func TestSecretsAreNotPrinted(t *testing.T) {
	d := dag.New("d", dag.WithParams(dag.Params{"password": "declared-pass", "uri": "mongodb://ana:declared-pass@db", "other": "configured-pass"}))
	dag.Do(d, "a", func(ctx context.Context) error {
		p := dag.RunFrom(ctx).Params
		dag.RunFrom(ctx).Log().Info("logs in", "with", p)
		return errors.New("not " + p["password"].(string))
	})
	var out bytes.Buffer
	app := cli.App{DAGs: []*dag.DAG{d}, Stdout: &out, Stderr: &out, Engine: engine.Config{Secrets: []string{"configured-pass"}}}
	for _, args := range [][]string{{"show"}, {"run", "-h"}, {"run", "-v"}, {"run", "-password", "declared-pass2"}, {"test", "a"}, {"trigger"}} {
		out.Reset()
		cli.Main(t.Context(), app, args)
		assert.NotEmpty(t, out.String())
		assert.NotContains(t, out.String(), "declared-pass", args)
		assert.NotContains(t, out.String(), "configured-pass", args)
		assert.Contains(t, out.String(), "***", args)
	}
}
