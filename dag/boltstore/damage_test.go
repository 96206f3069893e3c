package boltstore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/engine"
)

// history is a file with a few runs, and what it says after each commit.
func history(t *testing.T) (file []byte, said []map[string][]string) {
	path := filepath.Join(t.TempDir(), "runs.db")
	s := open(t, path)
	e, err := engine.Open(t.Context(), engine.Config{Store: &remembering{s, func() { said = append(said, contents(t, s)) }}, InlineLimit: 100})
	require.NoError(t, err)
	d := dag.New("d")
	a := dag.Task(d, "a", func(context.Context) ([]byte, error) { return make([]byte, 20_000), nil })
	b := dag.Task1(d, "b", a, func(context.Context, []byte) (string, error) { return "some text", nil })
	dag.Do1(d, "c", b, func(ctx context.Context, _ string) error {
		dag.RunFrom(ctx).Log().Info("a line")
		return dag.SaveCheckpoint(ctx, 7)
	})
	require.NoError(t, e.Register(t.Context(), d))
	said = append(said, contents(t, s))
	for range 5 {
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		_, err = e.Wait(t.Context(), id)
		require.NoError(t, err)
	}
	require.NoError(t, e.Close(t.Context()))
	said = append(said, contents(t, s))
	require.NoError(t, s.Close())
	file, err = os.ReadFile(path)
	require.NoError(t, err)
	return file, said
}

// remembering calls after each commit.
type remembering struct {
	*boltstore.Store
	after func()
}

func (r *remembering) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	defer r.after()
	return r.Store.Append(ctx, epoch, records)
}

// contents is everything that a store says.
func contents(t *testing.T, s *boltstore.Store) map[string][]string {
	got, err := readAll(s)
	require.NoError(t, err)
	return got
}

func readAll(s *boltstore.Store) (map[string][]string, error) {
	got := map[string][]string{}
	names, err := s.Logs(context.Background(), "")
	for _, name := range names {
		for data, err := range s.Read(context.Background(), name) {
			if err != nil {
				return nil, err
			}
			got[name] = append(got[name], string(data))
		}
	}
	return got, err
}

// whatItSays opens a damaged file and reads all of it.
func whatItSays(path string) (map[string][]string, error) {
	s, err := boltstore.Open(path)
	if err != nil {
		return nil, err
	}
	got, err := readAll(s)
	return got, errors.Join(err, s.Close())
}

// Scenario 12: a file that is cut short or in which bits are flipped is refused, or says what it
// has said after some commit; never anything else.
func TestDamagedFiles(t *testing.T) {
	file, said := history(t)
	path := filepath.Join(t.TempDir(), "damaged.db")
	rng := rand.New(rand.NewPCG(1, 2))
	damages := map[string]func([]byte) []byte{
		"Flipped": func(b []byte) []byte {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
			return b
		},
		"Zeroed": func(b []byte) []byte {
			at := rng.IntN(len(b))
			clear(b[at:min(len(b), at+1+rng.IntN(5000))])
			return b
		},
		"Misled": func(b []byte) []byte { // where keys, values and pages are
			for page := range slices.Chunk(b[2*4096:], 4096) {
				if rng.IntN(8) == 0 {
					words := 4 * (1 + int(binary.NativeEndian.Uint16(page[10:]))%255) // of the header and the elements
					page[rng.IntN(words)*4+2+rng.IntN(2)] ^= 1 << rng.IntN(8)
				}
			}
			return b
		},
		"CutShort": func(b []byte) []byte { return b[:rng.IntN(len(b))] },
		"Shortened": func(b []byte) []byte { // a page says that it holds an element less
			page := b[rng.IntN(len(b)/4096)*4096:]
			if binary.LittleEndian.Uint16(page[10:]) > 0 {
				page[10]--
			}
			return b
		},
		"Overwritten": func(b []byte) []byte {
			at := rng.IntN(len(b) / 4096)
			copy(b[at*4096:(at+1)*4096], b[rng.IntN(len(b)/4096)*4096:])
			return b
		},
	}
	for _, name := range slices.Sorted(maps.Keys(damages)) {
		t.Run(name, func(t *testing.T) {
			refused := 0
			for range 150 {
				require.NoError(t, os.WriteFile(path, damages[name](slices.Clone(file)), 0o600))
				got, err := whatItSays(path)
				if err != nil {
					refused++
					assert.ErrorContains(t, err, "boltstore: ")
					continue
				}
				known := slices.ContainsFunc(said, func(s map[string][]string) bool { return fmt.Sprint(s) == fmt.Sprint(got) })
				require.True(t, known || len(got) == 0, "it says what it has never said: %v", got)
			}
			t.Logf("%d of 150 refused", refused)
			assert.Positive(t, refused)
		})
	}
}
