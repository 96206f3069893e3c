package pipeline_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/internal/confirm"
)

var mark = flag.Bool("mark", false, "write into testdata/agg which scripts the server at MONGODB_URI confirms")

// TestConfirm asks the server at MONGODB_URI about every script of testdata/agg. It
// uses a database of its own, penstock_confirm, which it drops.
func TestConfirm(t *testing.T) {
	uri := os.Getenv("MONGODB_URI")
	if uri == "" {
		t.Skip("MONGODB_URI is not set; make confirm runs this against a server")
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	db := client.Database("penstock_confirm")
	t.Cleanup(func() {
		assert.NoError(t, errors.Join(db.Drop(context.Background()), client.Disconnect(context.Background())))
	})
	server, err := confirm.Name(t.Context(), db)
	require.NoError(t, err)
	families, err := confirm.Load(filepath.Join("..", "testdata", "agg"))
	require.NoError(t, err)
	for _, f := range families {
		confirmed := map[string]bool{}
		for _, s := range f.Scripts {
			t.Run(f.Name+"/"+s.Name, func(t *testing.T) {
				err := confirm.Ask(t.Context(), db, s)
				confirmed[s.Name] = err == nil
				if errors.Is(err, confirm.ErrUnknown) {
					t.Skip(err)
				}
				assert.NoError(t, err, "%s says otherwise", server)
			})
		}
		if *mark {
			require.NoError(t, confirm.Mark(f, server, func(s confirm.Script) bool { return confirmed[s.Name] }))
		}
	}
}
