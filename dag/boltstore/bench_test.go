package boltstore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/engine"
)

// graph returns a chain of n empty tasks, or n of them behind one.
func graph(shape string, n int) *dag.DAG {
	d := dag.New(shape)
	nop := func(context.Context) error { return nil }
	first := dag.Do(d, "0", nop)
	last := first
	for i := 1; i < n; i++ {
		next := dag.Do(d, fmt.Sprint(i), nop).SetUpstream(last)
		if shape == "chain" {
			last = next
		}
	}
	return d
}

// durable returns what runs the DAG once on a new file.
func durable(tb testing.TB, d *dag.DAG) (s *boltstore.Store, run func()) {
	s, err := boltstore.Open(filepath.Join(tb.TempDir(), "runs.db"))
	require.NoError(tb, err)
	e, err := engine.Open(context.Background(), engine.Config{Store: s})
	require.NoError(tb, err)
	require.NoError(tb, e.Register(context.Background(), d))
	tb.Cleanup(func() {
		assert.NoError(tb, e.Close(context.Background()))
		assert.NoError(tb, s.Close())
	})
	return s, func() {
		id, err := e.Trigger(context.Background(), d.Name(), nil)
		require.NoError(tb, err)
		_, err = e.Wait(context.Background(), id)
		require.NoError(tb, err)
	}
}

// One commit for each step of a chain, and far fewer than tasks where they are side by side.
func TestCommitsPerTask(t *testing.T) {
	fan := dag.New("fan")
	first := dag.Do(fan, "0", func(context.Context) error { return nil })
	var all sync.WaitGroup
	all.Add(40)
	for i := range 40 {
		dag.Do(fan, fmt.Sprint(i+1), func(context.Context) error {
			all.Done()
			all.Wait() // they end together, however loaded the machine is
			return nil
		}).SetUpstream(first)
	}
	for d, most := range map[*dag.DAG]int64{graph("chain", 40): 40 + 3, fan: 20} {
		s, run := durable(t, d)
		before := s.Commits()
		run()
		assert.LessOrEqual(t, s.Commits()-before, most, "%s of 40 tasks", d.Name())
	}
}

// BenchmarkRun runs empty tasks durably. commits/task and shape=commit (one commit of a
// small record: two calls of fdatasync) say what the disk has to do with it.
func BenchmarkRun(b *testing.B) {
	for _, x := range []struct {
		shape string
		tasks int
	}{{"chain", 40}, {"chain", 400}, {"fan", 20_000}} {
		b.Run(fmt.Sprintf("shape=%s/tasks=%d/impl=bolt", x.shape, x.tasks), func(b *testing.B) {
			s, run := durable(b, graph(x.shape, x.tasks))
			before := s.Commits()
			for b.Loop() {
				run()
			}
			n := float64(b.N) * float64(x.tasks)
			b.ReportMetric(float64(s.Commits()-before)/n, "commits/task")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/task")
		})
	}
	b.Run("shape=commit/impl=bolt", func(b *testing.B) {
		s, err := boltstore.Open(filepath.Join(b.TempDir(), "runs.db"))
		require.NoError(b, err)
		defer s.Close()
		epoch, err := s.Acquire(b.Context(), "")
		require.NoError(b, err)
		for b.Loop() {
			require.NoError(b, s.Append(b.Context(), epoch, []engine.Record{{Log: "a", Data: []byte("x")}}))
		}
	})
}
