// Package boltstore keeps an engine's logs in one file, by way of bbolt: the
// store for a program on one machine.
//
// # Basics
//
// [Open] opens or makes the file; the [Store] goes to engine.Open.
//
// # Caveats
//
//   - One process at a time has the file: a second one gets [ErrLocked].
//   - A commit is two fdatasync calls, some milliseconds on a disk that means
//     it. The engine writes what has queued up meanwhile in one commit.
//   - The file does not shrink.
//   - Opening a file reads all of its pages: one that is damaged or cut short is refused.
package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/penstock/penstock/dag/engine"
)

// ErrLocked is returned by Open when another process has the file.
var ErrLocked = errors.New("the file is in use by another process")

// lockedError is ErrLocked with the path of the file, beside which its owner may be reached.
type lockedError struct{ path string }

func (e *lockedError) Error() string      { return ErrLocked.Error() }
func (e *lockedError) Unwrap() error      { return ErrLocked }
func (e *lockedError) LockedPath() string { return e.path }

// The buckets of a file. A log is a bucket in bucketLogs whose keys are numbers
// from 1, eight bytes each, the most significant first. A record and a blob are preceded by a
// checksum (seal.go). A log's sequence is the number of its last record, that of bucketLogs
// the number of logs: what is missing at an end is noticed.
var (
	bucketMeta  = []byte("penstock")
	bucketLogs  = []byte("logs")
	bucketBlobs = []byte("blobs")
	keyFormat   = []byte("format")
	keyEpoch    = []byte("epoch")
	keyOwner    = []byte("owner")
)

const format = "3"

// lockTimeout is how long Open waits for a process that may be just closing the file: not at all if
// one takes orders beside it (package cli), as that means to keep it.
func lockTimeout(path string) time.Duration {
	if _, err := os.Lstat(path + ".sock"); err == nil {
		return time.Millisecond
	}
	return time.Second
}

// Store is an engine.Store in a file.
type Store struct {
	db      *bolt.DB
	commits atomic.Int64
}

var _ engine.Store = (*Store)(nil)

// Open opens the file, or makes it, readable and writable for its owner only. The error
// wraps ErrLocked if another process has it.
func Open(path string) (*Store, error) {
	db, err := open(path)
	if err != nil {
		if errors.Is(err, bolterrors.ErrTimeout) {
			err = &lockedError{path}
		}
		return nil, fmt.Errorf("boltstore: %s: %w", path, err)
	}
	s := &Store{db: db}
	if err := s.update(context.Background(), prepare); err != nil {
		_ = db.Close() // the first error is the one that tells
		return nil, fmt.Errorf("boltstore: %s: %w", path, errors.Unwrap(err))
	}
	s.commits.Store(0)
	return s, nil
}

// prepare makes the buckets of a new file and checks those of an old one.
func prepare(tx *bolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		if k, _ := tx.Cursor().First(); k != nil {
			return errors.New("a bbolt file, but not one of an engine")
		}
		for _, name := range [][]byte{bucketMeta, bucketLogs, bucketBlobs} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		if err := putEpoch(tx, 0); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keyFormat, []byte(format))
	}
	if got := meta.Get(keyFormat); string(got) != format {
		return fmt.Errorf("format %q, want %q", got, format)
	}
	return verify(tx)
}

func putEpoch(tx *bolt.Tx, epoch int64) error {
	return tx.Bucket(bucketMeta).Put(keyEpoch, seal(number(uint64(epoch)), keyEpoch))
}

// Path returns the file's path as it was given to Open.
func (s *Store) Path() string { return s.db.Path() }

// Commits returns how many transactions have been written since Open.
func (s *Store) Commits() int64 { return s.commits.Load() }

// Acquire starts the next epoch and notes its owner.
func (s *Store) Acquire(ctx context.Context, owner string) (epoch int64, err error) {
	err = s.update(ctx, func(tx *bolt.Tx) error {
		if epoch, err = currentEpoch(tx); err != nil {
			return err
		}
		epoch++
		if err := putEpoch(tx, epoch); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keyOwner, []byte(owner))
	})
	return epoch, err
}

// Append adds the records in one transaction.
func (s *Store) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		if err := fence(tx, epoch); err != nil {
			return err
		}
		var log *tail // most records of a commit are of one log
		for _, r := range records {
			if len(r.Data) == 0 {
				return fmt.Errorf("record of log %q is empty", r.Log)
			}
			if log == nil || log.name != r.Log {
				var err error
				if log, err = openTail(tx, r.Log); err != nil {
					return err
				}
			}
			if err := log.add(r.Data); err != nil {
				return err
			}
		}
		return nil
	})
}

// tail is the end of a log in a transaction.
type tail struct {
	name   string
	bucket *bolt.Bucket
	last   uint64 // number of the last record
}

func openTail(tx *bolt.Tx, name string) (*tail, error) {
	logs := tx.Bucket(bucketLogs)
	b := logs.Bucket([]byte(name))
	if b == nil {
		var err error
		if b, err = logs.CreateBucket([]byte(name)); err == nil {
			err = logs.SetSequence(logs.Sequence() + 1)
		}
		if err != nil {
			return nil, fmt.Errorf("log %q: %w", name, err)
		}
	}
	b.FillPercent = 1 // keys only ever rise: pages need no room
	t := &tail{name: name, bucket: b}
	if key, _ := b.Cursor().Last(); len(key) == 8 {
		t.last = binary.BigEndian.Uint64(key)
	}
	return t, nil
}

func (t *tail) add(data []byte) error {
	t.last++
	key := number(t.last)
	if err := t.bucket.Put(key, seal(data, []byte(t.name), key)); err != nil {
		return fmt.Errorf("log %q: %w", t.name, err)
	}
	return t.bucket.SetSequence(t.last)
}

// Read returns the records that the log has when reading starts. It does not hold
// a transaction open while the caller works: a batch is read at a time.
func (s *Store) Read(ctx context.Context, log string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		next := uint64(1)
		for {
			batch, err := s.batch(ctx, log, next)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, data := range batch {
				if !yield(data, nil) {
					return
				}
			}
			if len(batch) == 0 {
				return
			}
			next += uint64(len(batch))
		}
	}
}

// maxBatch bounds what Read copies at a time, in bytes.
const maxBatch = 1 << 20

func (s *Store) batch(ctx context.Context, log string, from uint64) (batch [][]byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("boltstore: %w", err)
	}
	err = s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketLogs).Bucket([]byte(log))
		if b == nil {
			return nil
		}
		c, size := b.Cursor(), 0
		for k, v := c.Seek(number(from)); k != nil && size < maxBatch; k, v = c.Next() {
			if !bytes.Equal(k, number(from+uint64(len(batch)))) {
				return fmt.Errorf("log %q: record %x where %d should be", log, k, from+uint64(len(batch)))
			}
			data, ok := unseal(v, []byte(log), k)
			if !ok {
				return fmt.Errorf("log %q: record %d is damaged", log, from+uint64(len(batch)))
			}
			batch = append(batch, bytes.Clone(data))
			size += len(v)
		}
		return nil
	})
	return batch, err
}

// Logs returns the names of the logs with the prefix.
func (s *Store) Logs(ctx context.Context, prefix string) (names []string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketLogs).Cursor()
		for k, _ := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Next() {
			names = append(names, string(k))
		}
		return ctx.Err()
	})
	return names, err
}

// PutBlob keeps data in a transaction of its own.
func (s *Store) PutBlob(ctx context.Context, epoch int64, key string, data []byte) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		if err := fence(tx, epoch); err != nil {
			return err
		}
		if err := tx.Bucket(bucketBlobs).Put([]byte(key), seal(data, []byte(key))); err != nil {
			return fmt.Errorf("blob %q of %d bytes: %w", key, len(data), err)
		}
		return nil
	})
}

// Blob returns a copy of what is kept under the key.
func (s *Store) Blob(ctx context.Context, key string) (data []byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketBlobs).Get([]byte(key))
		if v == nil {
			return engine.ErrNoBlob
		}
		kept, ok := unseal(v, []byte(key))
		if !ok {
			return fmt.Errorf("blob %q is damaged", key)
		}
		data = append([]byte{}, kept...)
		return ctx.Err()
	})
	return data, err
}

// Drop removes logs and blobs in one transaction.
func (s *Store) Drop(ctx context.Context, epoch int64, logs, blobs []string) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		if err := fence(tx, epoch); err != nil {
			return err
		}
		for _, name := range logs {
			kept := tx.Bucket(bucketLogs)
			if kept.Bucket([]byte(name)) == nil {
				continue
			}
			err := kept.DeleteBucket([]byte(name))
			if err == nil {
				err = kept.SetSequence(kept.Sequence() - 1)
			}
			if err != nil {
				return fmt.Errorf("log %q: %w", name, err)
			}
		}
		for _, key := range blobs {
			if err := tx.Bucket(bucketBlobs).Delete([]byte(key)); err != nil {
				return fmt.Errorf("blob %q: %w", key, err)
			}
		}
		return nil
	})
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// update runs a read-write transaction. A damaged page, on which bbolt panics, is an error.
func (s *Store) update(ctx context.Context, fn func(*bolt.Tx) error) (err error) {
	defer recovered(&err)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("boltstore: %w", err)
	}
	if err := s.db.Update(fn); err != nil {
		return fmt.Errorf("boltstore: %w", err)
	}
	s.commits.Add(1)
	return nil
}

func (s *Store) view(fn func(*bolt.Tx) error) (err error) {
	defer recovered(&err)
	if err := s.db.View(fn); err != nil {
		return fmt.Errorf("boltstore: %w", err)
	}
	return nil
}

func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("boltstore: damaged: %v", v)
	}
}

func currentEpoch(tx *bolt.Tx) (int64, error) {
	v, ok := unseal(tx.Bucket(bucketMeta).Get(keyEpoch), keyEpoch)
	if !ok || len(v) != 8 {
		return 0, errors.New("the number of the epoch is damaged")
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}

func fence(tx *bolt.Tx, epoch int64) error {
	current, err := currentEpoch(tx)
	if err == nil && current != epoch {
		err = engine.ErrFenced
	}
	return err
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
