package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// spilling are pipelines that put rows on disk with 20 kB of memory, each by another stage.
var spilling = map[string]bson.A{
	"$sort":            stage("$sort", d("x", 1)),
	"$group":           stage("$group", d("_id", "$k", "n", d("$sum", 1))),
	"$bucketAuto":      stage("$bucketAuto", d("groupBy", "$k", "buckets", 900, "output", d("n", d("$push", "$k")))),
	"$sample":          stage("$sample", d("size", 2000)),
	"$densify":         stage("$densify", d("field", "k", "range", d("step", 1, "bounds", "full"))),
	"$setWindowFields": stage("$setWindowFields", d("sortBy", d("k", 1), "output", d("s", d("$sum", "$x", "window", d("documents", bson.A{-3, 3}))))),
	"$fill":            stage("$fill", d("partitionBy", d("k", "$name"), "sortBy", d("k", 1), "output", d("v", d("method", "locf")))),
	"$facet":           append(stage("$facet", d("x", stage("$limit", 1))), d("$unwind", "$x")),
	"$lookup":          stage("$lookup", d("from", "docs", "localField", "k", "foreignField", "k", "as", "f")),
}

func spillingReader(ctx context.Context, t *testing.T, pipe bson.A, src monary.Source) *monary.Reader {
	t.Helper()
	r, err := pipeline.Sources{"docs": src}.Aggregate(ctx, "docs", pipe, anySchema(t, "_id"),
		monary.MemoryLimit(20_000), monary.AllowDiskUse(), monary.BatchRows(100))
	require.NoError(t, err)
	return r
}

// What did not fit is gone from the disk at the end, however that comes.
func TestSpilledFilesAreRemoved(t *testing.T) {
	docs := readings(2000)
	whole := openDocs(t, docs...)
	broken := openBytes(t, "broken.bson", slices.Concat(marshal(t, docs), []byte("\x20\x00\x00\x00broken")))
	first := func(r *monary.Reader) {
		for _, err := range r.Batches() {
			require.NoError(t, err)
			return
		}
	}
	for name, pipe := range spilling {
		t.Run(name+", read to the end", func(t *testing.T) {
			tempFolder(t)
			_, err := spillingReader(t.Context(), t, pipe, whole).Table()
			require.NoError(t, err)
			r, err := pipeline.Sources{"docs": whole}.Aggregate(t.Context(), "docs", pipe, anySchema(t, "_id"), monary.MemoryLimit(20_000))
			require.NoError(t, err)
			_, err = r.Table()
			require.ErrorIs(t, err, pipeline.ErrMemory, "it did fit")
		})
		t.Run(name+", closed early", func(t *testing.T) {
			tempFolder(t)
			r := spillingReader(t.Context(), t, pipe, whole)
			first(r)
			require.NoError(t, r.Close())
		})
		t.Run(name+", cancelled", func(t *testing.T) {
			tempFolder(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := spillingReader(ctx, t, append(slices.Clone(pipe), d("$project", d("_id", 1))), whole)
			for _, err := range r.Batches() {
				cancel()
				if err != nil {
					require.ErrorIs(t, err, context.Canceled)
				}
			}
		})
		t.Run(name+", the documents end with an error", func(t *testing.T) {
			tempFolder(t)
			_, err := spillingReader(t.Context(), t, pipe, broken).Table()
			require.ErrorContains(t, err, "broken.bson")
			require.NotErrorIs(t, err, pipeline.ErrMemory)
		})
		t.Run(name+", who reads it panics", func(t *testing.T) {
			tempFolder(t)
			require.PanicsWithValue(t, "sink", func() {
				for range spillingReader(t.Context(), t, pipe, whole).Batches() {
					panic("sink")
				}
			})
		})
	}
}

// A stage of Go functions that panics or fails, before what is spilled or behind it, leaves nothing there either.
func TestSpilledFilesOfFlowsAreRemoved(t *testing.T) {
	table := anyTable(t, readings(2000), "k", "x", "name")
	parts := func(yield func(*monary.Table, error) bool) {
		for i := 0; i < table.NumRows(); i += 100 {
			if !yield(table.Slice(i, i+100), nil) {
				return
			}
		}
	}
	seen := 0
	fails := map[string]func(*monary.Table) (*monary.Table, error){
		"panics":         func(*monary.Table) (*monary.Table, error) { panic("stage") },
		"panics later":   func(t *monary.Table) (*monary.Table, error) { return t, map[bool]error{}[seen > 10 && panics()] },
		"gives an error": func(*monary.Table) (*monary.Table, error) { return nil, errors.New("stage") },
	}
	for name, fail := range fails {
		for _, behind := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				tempFolder(t)
				seen = 0
				counted := func(t *monary.Table) (*monary.Table, error) { seen++; return fail(t) }
				f := pipeline.NewFlow("read", iter.Seq2[*monary.Table, error](parts))
				if !behind {
					f.Then("fails", counted)
				}
				f.Aggregate(spilling["$sort"])
				if behind {
					f.Then("fails", counted)
				}
				run := func() (err error) {
					defer func() {
						if r := recover(); r != nil {
							err = errors.New("stage")
						}
					}()
					r, err := f.Reader(t.Context(), anySchema(t, "k"), monary.MemoryLimit(20_000), monary.AllowDiskUse())
					if err != nil {
						return err
					}
					_, err = r.Table()
					return err
				}
				require.ErrorContains(t, run(), "stage")
			})
		}
	}
}

func panics() bool { panic("stage") }

// Without a place to write to, an error says so.
func TestNoPlaceToSpill(t *testing.T) {
	src := openDocs(t, readings(2000)...)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	t.Setenv("TMPDIR", file)
	for name, pipe := range spilling {
		_, err := spillingReader(t.Context(), t, pipe, src).Table()
		require.ErrorContains(t, err, "spilling to disk: ", name)
		require.ErrorContains(t, err, "not a directory", name)
	}
}

// A file that was cut or changed under way is an error, not other rows.
func TestDamagedSpillIsAnError(t *testing.T) {
	tempFolder(t)
	src := openDocs(t, readings(2000)...)
	for name, damage := range map[string]func([]byte) []byte{
		"cut":     func(b []byte) []byte { return b[:len(b)/2] },
		"changed": func(b []byte) []byte { return bytes.ToUpper(b) },
	} {
		t.Run(name, func(t *testing.T) {
			pipe := append(slices.Clone(spilling["$setWindowFields"]), d("$limit", 2000))
			r := spillingReader(t.Context(), t, pipe, src)
			damaged := false
			var failed error
			for _, err := range r.Batches() {
				if failed = err; damaged {
					continue
				}
				damaged = true
				files, err := filepath.Glob(filepath.Join(os.TempDir(), "penstock-spill-*", "*"))
				require.NoError(t, err)
				require.NotEmpty(t, files)
				for _, file := range files {
					data, err := os.ReadFile(file)
					require.NoError(t, err)
					require.NoError(t, os.WriteFile(file, damage(data), 0o600))
				}
			}
			require.ErrorContains(t, failed, "reading what was spilled to disk")
		})
	}
}
