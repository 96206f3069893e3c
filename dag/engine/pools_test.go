package engine_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// The pools of an engine bound the tasks of all runs; the highest priority comes first.
func TestPoolsAcrossRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most int
		var order []string
		graph := func(name string, p dag.Priority) *dag.DAG {
			d := dag.New(name, dag.Pool("db", 100), dag.Defaults(p))
			for i := range 5 {
				dag.Do(d, fmt.Sprint(i), func(context.Context) error {
					now++
					most = max(most, now)
					order = append(order, name)
					time.Sleep(time.Second)
					now--
					return nil
				}, dag.Pool("db", 2))
			}
			return d
		}
		e := open(t, engine.Config{Store: engine.NewMemory(), Pools: map[string]int{"db": 2}})
		var ids []string
		for _, d := range []*dag.DAG{graph("first", 0), graph("second", 0), graph("urgent", 1)} {
			require.NoError(t, e.Register(t.Context(), d))
			id, err := e.Trigger(t.Context(), d.Name(), nil)
			require.NoError(t, err)
			ids = append(ids, id)
		}
		for _, id := range ids {
			_, err := e.Wait(t.Context(), id)
			require.NoError(t, err)
		}
		assert.Equal(t, 1, most)
		assert.Equal(t, []string{"first", "urgent", "urgent", "urgent", "urgent", "urgent", "first", "first", "first", "first", "second", "second", "second", "second", "second"}, order)
		small := dag.New("greedy", dag.Pool("db", 100))
		dag.Do(small, "a", func(context.Context) error { return nil }, dag.Pool("db", 3))
		require.ErrorContains(t, e.Register(t.Context(), small), `takes 3 slots of pool "db", which has 2 here`)
		require.NoError(t, e.Close(t.Context()))
	})
	_, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Pools: map[string]int{"db": 0}})
	require.ErrorContains(t, err, `pool "db" has 0 slots`)
}

// Where workers are few the priority of a task counts, whatever its run.
func TestPriorityAcrossRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		e := open(t, engine.Config{Store: engine.NewMemory(), Workers: 1})
		var ids []string
		for i, name := range []string{"low", "high"} {
			d := dag.New(name, dag.Defaults(dag.Priority(i)))
			for k := range 2 {
				dag.Do(d, fmt.Sprint(k), func(context.Context) error {
					time.Sleep(time.Second)
					order = append(order, name)
					return nil
				})
			}
			require.NoError(t, e.Register(t.Context(), d))
			id, err := e.Trigger(t.Context(), name, nil)
			require.NoError(t, err)
			ids = append(ids, id)
		}
		for _, id := range ids {
			_, err := e.Wait(t.Context(), id)
			require.NoError(t, err)
		}
		assert.Equal(t, []string{"low", "high", "high", "low"}, order)
		require.NoError(t, e.Close(t.Context()))
	})
}
