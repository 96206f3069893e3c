package ml

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
)

// Checkpoint keeps the finished trees of a forest's Fit, so that after a crash the same
// Fit goes on where it was. As the seed of every tree is drawn before any is grown, it
// ends with the same forest as without the crash, bit for bit.
//
// What is kept says which fit it is of: trees of other data, labels, weights or
// parameters are grown anew, and so are those that were saved only in part. More or fewer
// NEstimators, and other Workers, are the same fit. Calls come one at a time, in any
// order of the trees. An error ends the Fit.
type Checkpoint interface {
	// LoadTree returns what SaveTree was given for tree i of the forest, or nil if there
	// is none.
	LoadTree(ctx context.Context, i int) ([]byte, error)
	SaveTree(ctx context.Context, i int, data []byte) error
}

// CheckpointDir keeps trees as files of a directory, which is made if need be. The files
// may be deleted when the Fit is done.
func CheckpointDir(dir string) Checkpoint { return checkpointDir(dir) }

type checkpointDir string

func (d checkpointDir) file(i int) string {
	return filepath.Join(string(d), fmt.Sprintf("tree-%06d", i))
}

func (d checkpointDir) LoadTree(_ context.Context, i int) ([]byte, error) {
	data, err := os.ReadFile(d.file(i))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// SaveTree has the file appear under its name when it is whole.
func (d checkpointDir) SaveTree(_ context.Context, i int, data []byte) error {
	if err := os.MkdirAll(string(d), 0o777); err != nil {
		return err
	}
	unfinished := d.file(i) + ".part"
	if err := os.WriteFile(unfinished, data, 0o666); err != nil {
		return err
	}
	return os.Rename(unfinished, d.file(i))
}

// savedTrees is the Checkpoint of one Fit. A tree is stored as the sum of what the fit
// depends on, and what Save writes of a forest that has this tree only.
type savedTrees struct {
	Checkpoint
	of  *forestTraining
	sum []byte
	mu  sync.Mutex
}

func newSavedTrees(t *forestTraining) *savedTrees {
	if t.Checkpoint == nil {
		return nil
	}
	return &savedTrees{Checkpoint: t.Checkpoint, of: t, sum: t.fingerprint()}
}

// load returns nil if there is no such tree.
func (s *savedTrees) load(ctx context.Context, i int) (*Tree, error) {
	if s == nil {
		return nil, nil
	}
	s.mu.Lock()
	data, err := s.LoadTree(ctx, i)
	s.mu.Unlock()
	if err != nil {
		return nil, at(fmt.Sprintf("the checkpoint of tree %d", i), err)
	}
	saved, isOurs := bytes.CutPrefix(data, s.sum)
	if !isOurs {
		return nil, nil
	}
	model, err := Load(bytes.NewReader(saved))
	if err != nil {
		return nil, nil //nolint:nilerr // it was saved in part, and is grown anew
	}
	switch m := model.(type) {
	case *ForestModel:
		return s.tree(m.Trees, m.Seeds, i), nil
	case *ForestRegressorModel:
		return s.tree(m.Trees, m.Seeds, i), nil
	}
	return nil, nil
}

// tree makes sure that it is tree i.
func (s *savedTrees) tree(trees []*Tree, seeds []Seed, i int) *Tree {
	if len(trees) != 1 || seeds[0] != s.of.seeds[i] {
		return nil
	}
	return trees[0]
}

func (s *savedTrees) save(ctx context.Context, i int, tree *Tree) error {
	if s == nil {
		return nil
	}
	trees, seeds := []*Tree{tree}, s.of.seeds[i:i+1]
	var model any = &ForestModel{Codes: s.of.codes, Trees: trees, Seeds: seeds, name: s.of.name, columns: columnsOf(s.of.X)}
	if s.of.regresses {
		model = &ForestRegressorModel{Trees: trees, Seeds: seeds, name: s.of.name, columns: columnsOf(s.of.X)}
	}
	data, err := encodeBinary(model)
	if err == nil {
		s.mu.Lock()
		err = s.SaveTree(ctx, i, append(bytes.Clone(s.sum), data...))
		s.mu.Unlock()
	}
	if err != nil {
		return at(fmt.Sprintf("the checkpoint of tree %d", i), err)
	}
	return nil
}

// fingerprint is the SHA-256 sum of what a tree depends on, besides its seed.
func (t *forestTraining) fingerprint() []byte {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "trees 1 %q %+v %v %d %v %v", t.name, t.TreeParams, t.Bootstrap, t.draws, t.drawsBalanced(), t.codes)
	for j := range t.cols {
		addNumbers(h, t.X.Col(j))
	}
	addNumbers(h, t.values)
	addNumbers(h, t.weights)
	buffer := make([]byte, 0, 4*len(t.class))
	for _, c := range t.class {
		buffer = binary.LittleEndian.AppendUint32(buffer, uint32(c))
	}
	h.Write(buffer)
	return h.Sum(nil)
}

// addNumbers adds the numbers with how many they are.
func addNumbers(h hash.Hash, values []float64) {
	buffer := binary.LittleEndian.AppendUint64(nil, uint64(len(values)))
	for _, v := range values {
		if len(buffer) >= 1<<12 {
			h.Write(buffer)
			buffer = buffer[:0]
		}
		buffer = binary.LittleEndian.AppendUint64(buffer, math.Float64bits(v))
	}
	h.Write(buffer)
}
