package engine

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Memory is a Store that forgets everything with the process: for tests, and for
// schedules whose history nobody needs. It can be acquired again, which is what a
// test of a restart does.
type Memory struct {
	mu    sync.Mutex
	epoch int64
	logs  map[string][][]byte
	blobs map[string][]byte
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{logs: map[string][][]byte{}, blobs: map[string][]byte{}}
}

// Acquire starts the next epoch.
func (m *Memory) Acquire(context.Context, string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	return m.epoch, nil
}

// Append adds copies of the records to their logs.
func (m *Memory) Append(ctx context.Context, epoch int64, records []Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.writable(ctx, epoch); err != nil {
		return err
	}
	for _, r := range records {
		if r.Log == "" || len(r.Data) == 0 {
			return fmt.Errorf("record of log %q with %d bytes: neither may be empty", r.Log, len(r.Data))
		}
	}
	for _, r := range records {
		m.logs[r.Log] = append(m.logs[r.Log], bytes.Clone(r.Data))
	}
	return nil
}

func (m *Memory) writable(ctx context.Context, epoch int64) error {
	if epoch != m.epoch {
		return ErrFenced
	}
	return ctx.Err()
}

// Read returns copies of the records that the log has when reading starts.
func (m *Memory) Read(ctx context.Context, log string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		m.mu.Lock()
		records := m.logs[log]
		m.mu.Unlock()
		for _, data := range records {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(bytes.Clone(data), nil) {
				return
			}
		}
	}
}

// Logs returns the names of the logs with the prefix.
func (m *Memory) Logs(ctx context.Context, prefix string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(m.logs)), func(s string) bool { return !strings.HasPrefix(s, prefix) })
	return names, ctx.Err()
}

// PutBlob keeps a copy of data.
func (m *Memory) PutBlob(ctx context.Context, epoch int64, key string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.writable(ctx, epoch); err != nil {
		return err
	}
	m.blobs[key] = append([]byte{}, data...)
	return nil
}

// Blob returns a copy of what is kept under the key.
func (m *Memory) Blob(ctx context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.blobs[key]
	if !ok {
		return nil, ErrNoBlob
	}
	return bytes.Clone(data), ctx.Err()
}

// Drop removes logs and blobs.
func (m *Memory) Drop(ctx context.Context, epoch int64, logs, blobs []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.writable(ctx, epoch); err != nil {
		return err
	}
	for _, name := range logs {
		delete(m.logs, name)
	}
	for _, key := range blobs {
		delete(m.blobs, key)
	}
	return nil
}

// Close does nothing: what is kept stays for the next owner.
func (m *Memory) Close() error { return nil }
