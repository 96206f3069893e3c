package boltstore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/engine"
)

// BenchmarkLatency measures the time from the return of a task to the start of the one behind it,
// the commit between them included, in 50 chains of 20 tasks that are on at the same time and each
// of which takes a millisecond. impl=memory is what the engine itself takes of it.
func BenchmarkLatency(b *testing.B) {
	for _, impl := range []string{"memory", "bolt"} {
		b.Run("chains=50/tasks=20/impl="+impl, func(b *testing.B) {
			store := engine.Store(engine.NewMemory())
			if impl == "bolt" {
				var err error
				store, err = boltstore.Open(filepath.Join(b.TempDir(), "runs.db"))
				require.NoError(b, err)
			}
			defer func() { require.NoError(b, store.Close()) }()
			e, err := engine.Open(b.Context(), engine.Config{Store: store})
			require.NoError(b, err)
			l := &latencies{}
			require.NoError(b, e.Register(b.Context(), l.chains(50, 20)))
			for b.Loop() {
				id, err := e.Trigger(b.Context(), "chains", nil)
				require.NoError(b, err)
				_, err = e.Wait(b.Context(), id)
				require.NoError(b, err)
			}
			require.NoError(b, e.Close(context.Background()))
			slices.Sort(l.all)
			for _, percent := range []int{50, 99} {
				b.ReportMetric(l.all[len(l.all)*percent/100].Seconds()*1000, fmt.Sprintf("p%d-ms", percent))
			}
		})
	}
}

// latencies are the times between a task and the next.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) chains(n, length int) *dag.DAG {
	d := dag.New("chains")
	for c := range n {
		last := dag.Task(d, fmt.Sprintf("%d-0", c), func(context.Context) (time.Time, error) { return time.Now(), nil })
		for k := 1; k < length; k++ {
			last = dag.Task1(d, fmt.Sprintf("%d-%d", c, k), last, func(_ context.Context, ended time.Time) (time.Time, error) {
				waited := time.Since(ended)
				l.mu.Lock()
				l.all = append(l.all, waited)
				l.mu.Unlock()
				time.Sleep(time.Millisecond)
				return time.Now(), nil
			})
		}
	}
	return d
}
