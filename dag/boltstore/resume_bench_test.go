package boltstore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/engine"
)

// cutOff leaves a file with a run of n tasks side by side that waits for its last one only, and
// returns what builds the DAG again; its last task ends at once then.
func cutOff(tb testing.TB, n int) (path string, build func() *dag.DAG) {
	path = filepath.Join(tb.TempDir(), "runs.db")
	var ran atomic.Int64
	all := make(chan struct{})
	build = func() *dag.DAG {
		d := dag.New("cut")
		for i := range n - 1 {
			dag.Do(d, fmt.Sprint(i), func(context.Context) error { ran.Add(1); return nil })
		}
		dag.Do(d, "last", func(ctx context.Context) error {
			if ran.Load() == 0 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		return d
	}
	s, err := boltstore.Open(path)
	require.NoError(tb, err)
	var finished atomic.Int64
	hook := dag.Hooks{OnTask: func(dag.RunInfo, dag.Result[any]) {
		if finished.Add(1) == int64(n-1) {
			close(all)
		}
	}}
	e, err := engine.Open(context.Background(), engine.Config{Store: s, Hooks: []dag.Hooks{hook}})
	require.NoError(tb, err)
	require.NoError(tb, e.Register(context.Background(), build()))
	_, err = e.Trigger(context.Background(), "cut", nil)
	require.NoError(tb, err)
	<-all
	require.NoError(tb, e.Close(context.Background()))
	require.NoError(tb, s.Close())
	ran.Store(0)
	return path, build
}

// resume opens the file, goes on with the run and returns when it is over.
func resume(tb testing.TB, path string, d *dag.DAG) {
	s, err := boltstore.Open(path)
	require.NoError(tb, err)
	defer s.Close()
	e, err := engine.Open(context.Background(), engine.Config{Store: s})
	require.NoError(tb, err)
	require.NoError(tb, e.Register(context.Background(), d))
	ids, err := e.Runs(context.Background(), "cut")
	require.NoError(tb, err)
	_, err = e.Wait(context.Background(), ids[0])
	require.NoError(tb, err)
	require.NoError(tb, e.Close(context.Background()))
}

// BenchmarkResume measures how long it takes from opening the file until a run of 100,000 tasks, that
// was cut off before its last one, is over.
func BenchmarkResume(b *testing.B) {
	const n = 100_000
	b.Run(fmt.Sprintf("tasks=%d/impl=bolt", n), func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			path, build := cutOff(b, n)
			d := build()
			b.StartTimer()
			resume(b, path, d)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/task")
	})
}
