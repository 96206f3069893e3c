package boltstore_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/dagtest"
	"github.com/penstock/penstock/dag/engine"
)

func open(t *testing.T, path string) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path)
	require.NoError(t, err)
	return s
}

func TestStore(t *testing.T) {
	dagtest.Store(t, func(t *testing.T) engine.Store { return open(t, filepath.Join(t.TempDir(), "runs.db")) })
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.db")
	s := open(t, path)
	first, err := s.Acquire(t.Context(), "me")
	require.NoError(t, err)
	require.NoError(t, s.Append(t.Context(), first, []engine.Record{{Log: "a", Data: []byte("1")}}))
	assert.EqualValues(t, 2, s.Commits())
	require.NoError(t, s.Close())

	s = open(t, path)
	second, err := s.Acquire(t.Context(), "me")
	require.NoError(t, err)
	assert.Greater(t, second, first)
	for data, err := range s.Read(t.Context(), "a") {
		require.NoError(t, err)
		assert.Equal(t, "1", string(data))
	}
	require.NoError(t, s.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// Scenario 16: a second process gets a clear error.
func TestSecondProcess(t *testing.T) {
	if path := os.Getenv("BOLTSTORE_TEST_FILE"); path != "" {
		_, err := boltstore.Open(path)
		require.ErrorIs(t, err, boltstore.ErrLocked)
		assert.EqualError(t, err, "boltstore: "+path+": the file is in use by another process")
		return
	}
	path := filepath.Join(t.TempDir(), "runs.db")
	s := open(t, path)
	defer s.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSecondProcess$")
	cmd.Env = append(os.Environ(), "BOLTSTORE_TEST_FILE="+path)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	db, err := bolt.Open(other, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("accounts"))
		return err
	}))
	require.NoError(t, db.Close())
	_, err = boltstore.Open(other)
	require.EqualError(t, err, "boltstore: "+other+": a bbolt file, but not one of an engine")

	text := filepath.Join(dir, "text.db")
	require.NoError(t, os.WriteFile(text, make([]byte, 1<<16), 0o600))
	_, err = boltstore.Open(text)
	require.ErrorContains(t, err, text)
	_, err = boltstore.Open(filepath.Join(dir, "no", "such", "folder.db"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
