package pipeline_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/internal/confirm"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// script is a rule of testdata/agg.
type script = confirm.Script

// TestScripts runs the rules: on documents in batches of every size, read from a
// file and from memory.
func TestScripts(t *testing.T) {
	families, err := confirm.Load(filepath.Join("..", "testdata", "agg"))
	require.NoError(t, err)
	for _, family := range families {
		for _, s := range family.Scripts {
			t.Run(family.Name+"/"+s.Name, func(t *testing.T) {
				require.NotEmpty(t, s.Source)
				for _, rows := range []int{1, 3, 1024} {
					runScript(t, s, rows, true)
					runScript(t, s, rows, false)
				}
			})
		}
	}
}

// documentsOf reads an array of extended JSON documents.
func documentsOf(t testing.TB, text json.RawMessage) []bson.D {
	t.Helper()
	docs, err := confirm.Documents(text)
	require.NoError(t, err)
	return docs
}

func memoryOf(t testing.TB, text json.RawMessage) *pipeline.Memory {
	t.Helper()
	m, err := pipeline.NewMemory(rawsOf(t, documentsOf(t, text))...)
	require.NoError(t, err)
	return m
}

func rawsOf(t testing.TB, docs []bson.D) []bson.Raw {
	t.Helper()
	out := make([]bson.Raw, len(docs))
	for i, doc := range docs {
		raw, err := bson.Marshal(doc)
		require.NoError(t, err)
		out[i] = raw
	}
	return out
}

func runScript(t *testing.T, s script, rows int, inFile bool) {
	t.Helper()
	sources := pipeline.Sources{"docs": memoryOf(t, s.Docs)}
	if inFile {
		sources["docs"] = openDocs(t, documentsOf(t, s.Docs)...)
	}
	for name, docs := range s.Others {
		sources[name] = memoryOf(t, docs)
	}
	want := documentsOf(t, s.Want)
	names := keysOf(want)
	got, err := func() (*monary.Table, error) {
		r, err := sources.Aggregate(context.Background(), "docs", []byte(s.Pipeline), anySchema(t, names...), monary.BatchRows(rows))
		if err != nil {
			return nil, err
		}
		return r.Table()
	}()
	if s.Error != "" {
		require.ErrorContains(t, err, s.Error)
		return
	}
	require.NoError(t, err)
	shown := [][]string{}
	for _, doc := range want {
		row := []string{}
		for _, name := range names {
			row = append(row, show(valueOf(t, lookup(doc, name))))
		}
		shown = append(shown, row)
	}
	assert.Equal(t, shown, cells(got), "columns %v, batches of %d", names, rows)
	for name, docs := range s.Written {
		m, ok := sources[name].(*pipeline.Memory)
		require.True(t, ok, "%s was written", name)
		written := m.Documents()
		require.Equal(t, len(documentsOf(t, docs)), len(written))
		for i, raw := range rawsOf(t, documentsOf(t, docs)) {
			assert.Equal(t, raw.String(), written[i].String())
		}
	}
}

// keysOf lists the keys of documents in the order in which they come up.
func keysOf(docs []bson.D) []string {
	var names []string
	seen := map[string]bool{}
	for _, doc := range docs {
		for _, e := range doc {
			if !seen[e.Key] {
				names, seen[e.Key] = append(names, monary.EscapeKey(e.Key)), true
			}
		}
	}
	if names == nil {
		return []string{"_id"}
	}
	return names
}
