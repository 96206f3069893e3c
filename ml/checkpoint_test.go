package ml_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// memory is a Checkpoint. It needs no lock, as calls come one at a time.
type memory struct {
	trees         map[int][]byte
	loaded, saved int
	fails         error
}

func (m *memory) LoadTree(_ context.Context, i int) ([]byte, error) {
	m.loaded++
	return m.trees[i], nil
}

func (m *memory) SaveTree(_ context.Context, i int, data []byte) error {
	m.saved++
	m.trees[i] = data
	return m.fails
}

func newMemory() *memory { return &memory{trees: make(map[int][]byte)} }

// forests are fits of all kinds, told by their trees.
func forests(t *testing.T) map[string]func(ctx context.Context, p ml.ForestParams) ([]*ml.Tree, error) {
	t.Helper()
	X, y := dataSet(t, "iris")
	values := X.Col(0)
	weights := treesCase{Weights: "real"}.weights(len(y))
	ofClasses := func(m *ml.ForestModel, err error) ([]*ml.Tree, error) {
		if err != nil {
			return nil, err
		}
		return m.Trees, nil
	}
	ofValues := func(m *ml.ForestRegressorModel, err error) ([]*ml.Tree, error) {
		if err != nil {
			return nil, err
		}
		return m.Trees, nil
	}
	return map[string]func(ctx context.Context, p ml.ForestParams) ([]*ml.Tree, error){
		"RandomForest": func(ctx context.Context, p ml.ForestParams) ([]*ml.Tree, error) {
			f := ml.NewRandomForest()
			f.ForestParams, f.ClassWeight = p, ml.BalancedSubsample()
			return ofClasses(f.FitWeighted(ctx, X, y, weights))
		},
		"ExtraTrees": func(ctx context.Context, p ml.ForestParams) ([]*ml.Tree, error) {
			f := ml.NewExtraTrees()
			f.ForestParams = p
			return ofClasses(f.Fit(ctx, X, y))
		},
		"RandomForestRegressor": func(ctx context.Context, p ml.ForestParams) ([]*ml.Tree, error) {
			f := ml.NewRandomForestRegressor()
			f.ForestParams, f.CCPAlpha = p, 0.001
			return ofValues(f.FitWeighted(ctx, X, values, weights))
		},
		"ExtraTreesRegressor": func(ctx context.Context, p ml.ForestParams) ([]*ml.Tree, error) {
			f := ml.NewExtraTreesRegressor()
			f.ForestParams = p
			return ofValues(f.Fit(ctx, X, values))
		},
	}
}

func forestParams(trees, workers int) ml.ForestParams {
	p := ml.NewRandomForest().ForestParams
	p.NEstimators, p.Workers, p.Seed = trees, workers, ml.NewSeed(9)
	return p
}

// A fit that is cancelled in the middle and run again ends with the forest of one that
// is not, and grows no tree twice.
func TestFitResumesFromACheckpoint(t *testing.T) {
	const trees = 12
	for name, fit := range forests(t) {
		for _, workers := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s/%d", name, workers), func(t *testing.T) {
				want := fitted(fit(t.Context(), forestParams(trees, workers)))(t)
				kept := newMemory()
				ctx, cancel := context.WithCancel(t.Context())
				p := forestParams(trees, workers)
				p.Checkpoint = kept
				p.Progress = func(done, _ int64) {
					if done == 4 {
						cancel()
					}
				}
				_, err := fit(ctx, p)
				require.ErrorIs(t, err, context.Canceled)
				before := len(kept.trees)
				require.GreaterOrEqual(t, before, 4)
				require.Less(t, before, trees)

				p.Progress, kept.saved, kept.loaded = nil, 0, 0
				p.Workers = 5 - workers
				got := fitted(fit(t.Context(), p))(t)
				assert.Equal(t, want, got)
				assert.Equal(t, trees-before, kept.saved)
				assert.Equal(t, trees, kept.loaded)

				p.NEstimators = trees + 2
				kept.saved = 0
				more := fitted(fit(t.Context(), p))(t)
				assert.Equal(t, want, more[:trees])
				assert.Equal(t, 2, kept.saved, "the trees of a smaller forest are those of a larger one")
			})
		}
	}
}

// What is kept of another fit, or not whole, is not used.
func TestCheckpointOfAnotherFit(t *testing.T) {
	X, y := dataSet(t, "wine")
	f := ml.NewRandomForest()
	f.NEstimators = 3
	kept := newMemory()
	f.Checkpoint = kept
	fitted(f.Fit(t.Context(), X, y))(t)
	ours := maps.Clone(kept.trees)
	otherX := fitted(ml.NewMatrix(178, 13, append([]float64{1}, X.GeneralT().Data[1:]...)))(t)
	otherY := append([]int{1}, y[1:]...)
	weights := make([]float64, 178)
	for i := range weights {
		weights[i] = 2
	}
	for _, c := range []struct {
		name string
		want int // trees grown anew
		fit  func(f ml.RandomForest) (*ml.ForestModel, error)
	}{
		{"The same", 0, func(f ml.RandomForest) (*ml.ForestModel, error) { return f.Fit(t.Context(), X, y) }},
		{"Other workers", 0, func(f ml.RandomForest) (*ml.ForestModel, error) { f.Workers = 7; return f.Fit(t.Context(), X, y) }},
		{"Judged", 0, func(f ml.RandomForest) (*ml.ForestModel, error) { f.OOBScore = true; return f.Fit(t.Context(), X, y) }},
		{"Another cell", 3, func(f ml.RandomForest) (*ml.ForestModel, error) { return f.Fit(t.Context(), otherX, y) }},
		{"Another label", 3, func(f ml.RandomForest) (*ml.ForestModel, error) { return f.Fit(t.Context(), X, otherY) }},
		{"Weights", 3, func(f ml.RandomForest) (*ml.ForestModel, error) { return f.FitWeighted(t.Context(), X, y, weights) }},
		{"Class weights", 3, func(f ml.RandomForest) (*ml.ForestModel, error) {
			f.ClassWeight = ml.BalancedSubsample()
			return f.Fit(t.Context(), X, y)
		}},
		{"Another seed", 3, func(f ml.RandomForest) (*ml.ForestModel, error) {
			f.Seed = ml.NewSeed(1)
			return f.Fit(t.Context(), X, y)
		}},
		{"Another depth", 3, func(f ml.RandomForest) (*ml.ForestModel, error) { f.MaxDepth = 99; return f.Fit(t.Context(), X, y) }},
		{"Fewer rows", 3, func(f ml.RandomForest) (*ml.ForestModel, error) {
			f.MaxSamples = ml.Rows(100)
			return f.Fit(t.Context(), X, y)
		}},
		{"All rows", 3, func(f ml.RandomForest) (*ml.ForestModel, error) { f.Bootstrap = false; return f.Fit(t.Context(), X, y) }},
		{"Another learner", 3, func(f ml.RandomForest) (*ml.ForestModel, error) { return ml.ExtraTrees(f).Fit(t.Context(), X, y) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := f
			f.Checkpoint = nil
			want := fitted(c.fit(f))(t)
			kept := newMemory()
			kept.trees = maps.Clone(ours)
			f.Checkpoint = kept
			got := fitted(c.fit(f))(t)
			assert.Equal(t, want, got)
			assert.Equal(t, c.want, kept.saved)
		})
	}
	want := fitted(f.Fit(t.Context(), X, y))(t)
	for name, damage := range map[string]func(trees map[int][]byte){
		"A half":       func(trees map[int][]byte) { trees[1] = trees[1][:len(trees[1])/2] },
		"A start":      func(trees map[int][]byte) { trees[1] = trees[1][:5] },
		"Nothing":      func(trees map[int][]byte) { trees[1] = []byte{} },
		"A bit":        func(trees map[int][]byte) { trees[1] = append([]byte(nil), trees[1]...); trees[1][300] ^= 4 },
		"Another tree": func(trees map[int][]byte) { trees[1] = trees[2] },
	} {
		t.Run(name, func(t *testing.T) {
			kept := newMemory()
			kept.trees = maps.Clone(ours)
			damage(kept.trees)
			f := f
			f.Checkpoint = kept
			assert.Equal(t, want, fitted(f.Fit(t.Context(), X, y))(t))
			assert.Equal(t, 1, kept.saved)
			assert.Equal(t, ours, kept.trees, "and is kept then")
		})
	}
}

type brokenCheckpoint struct{ memory }

func (*brokenCheckpoint) LoadTree(context.Context, int) ([]byte, error) {
	return nil, errors.New("no such store")
}

func TestCheckpointErrorsEndTheFit(t *testing.T) {
	X, y := dataSet(t, "iris")
	f := ml.NewRandomForest()
	f.NEstimators, f.Workers = 3, 1
	kept := newMemory()
	kept.fails = errors.New("the store is full")
	f.Checkpoint = kept
	_, err := f.Fit(t.Context(), X, y)
	require.EqualError(t, err, "ml: RandomForest: the checkpoint of tree 0: the store is full")
	require.ErrorIs(t, err, kept.fails)
	f.Checkpoint = &brokenCheckpoint{}
	_, err = f.Fit(t.Context(), X, y)
	require.EqualError(t, err, "ml: RandomForest: the checkpoint of tree 0: no such store")
}

func TestCheckpointDir(t *testing.T) {
	X, y := dataSet(t, "iris")
	f := ml.NewRandomForest()
	f.NEstimators = 4
	want := fitted(f.Fit(t.Context(), X, y))(t)
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	f.Checkpoint = ml.CheckpointDir(dir)
	assert.Equal(t, want, fitted(f.Fit(t.Context(), X, y))(t))
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	require.NoError(t, os.Remove(files[2]))
	require.NoError(t, os.WriteFile(files[1]+".part", []byte("killed here"), 0o600))
	assert.Equal(t, want, fitted(f.Fit(t.Context(), X, y))(t))
	assert.FileExists(t, files[2])

	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	f.Checkpoint = ml.CheckpointDir(filepath.Join(dir, "file"))
	_, err = f.Fit(t.Context(), X, y)
	require.ErrorContains(t, err, "ml: RandomForest: the checkpoint of tree ")
}

// store is where a task keeps what a later run of it may need: this could be the task's own
// checkpoints, a database or a bucket.
type store map[string][]byte

// treeStore is a Checkpoint in a few lines.
type treeStore struct {
	store store
	task  string
}

func (s treeStore) LoadTree(_ context.Context, i int) ([]byte, error) {
	return s.store[fmt.Sprint(s.task, i)], nil
}

func (s treeStore) SaveTree(_ context.Context, i int, data []byte) error {
	s.store[fmt.Sprint(s.task, i)] = data
	return nil
}

// A task is killed after five of twenty trees. Its next run grows the other fifteen.
func ExampleCheckpoint() {
	X, y := rings(7, 400, 4)
	kept := make(store)
	task := func(ctx context.Context, report func(done, total int64)) (*ml.ForestModel, error) {
		forest := ml.NewRandomForest()
		forest.NEstimators, forest.Workers, forest.Progress = 20, 1, report
		forest.Checkpoint = treeStore{kept, "churn/forest/"}
		return forest.Fit(ctx, X, y)
	}
	ctx, kill := context.WithCancel(context.Background())
	_, err := task(ctx, func(done, _ int64) {
		if done == 5 {
			kill()
		}
	})
	fmt.Println(err, "-", len(kept), "trees are kept")
	model, err := task(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(model.Trees), "trees")
	// Output:
	// ml: RandomForest: context canceled - 5 trees are kept
	// 20 trees
}
