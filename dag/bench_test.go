package dag_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/penstock/penstock/dag"
)

// BenchmarkRun compares a run of empty tasks with the same functions in a group of
// goroutines that knows no order (errgroup's way: one goroutine each, the first error
// cancels). The time of a run includes the checks of the graph.
func BenchmarkRun(b *testing.B) {
	const n = 100_000
	for _, shape := range []struct {
		name  string
		build func(n int) *dag.DAG
	}{{"wide", wide}, {"chain", long}, {"layered", layered}} {
		for _, impl := range []struct {
			name string
			run  func() error
		}{
			{"dag", runner(shape.build(n))},
			{"errgroup", func() error { return inGroup(context.Background(), n, nop) }},
		} {
			b.Run(fmt.Sprintf("shape=%s/tasks=%d/impl=%s", shape.name, n, impl.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := impl.run(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/task")
			})
		}
	}
}

// BenchmarkBuild measures adding the tasks and checking the graph.
func BenchmarkBuild(b *testing.B) {
	const n = 100_000
	b.Run(fmt.Sprintf("shape=chain/tasks=%d", n), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := long(n).Validate(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/task")
	})
}

func runner(d *dag.DAG) func() error {
	return func() error {
		_, err := d.Run(context.Background())
		return err
	}
}

func wide(n int) *dag.DAG {
	d := dag.New("wide")
	for i := range n {
		dag.Do(d, fmt.Sprint(i), nop)
	}
	return d
}

func long(n int) *dag.DAG {
	d := dag.New("chain")
	chain(d, n)
	return d
}

// layered is about 300 layers of as many tasks, each downstream of two of the layer before.
func layered(n int) *dag.DAG {
	const width = 333
	d := dag.New("layered")
	tasks := make([]*dag.Ref[struct{}], n)
	for i := range tasks {
		tasks[i] = dag.Do(d, fmt.Sprint(i), nop)
		if i >= width {
			tasks[i].SetUpstream(tasks[i-width], tasks[i/width*width-1-i%7])
		}
	}
	return d
}

// inGroup is errgroup's Group in short: x/sync is no dependency of ours.
func inGroup(ctx context.Context, n int, fn func(context.Context) error) (first error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var once sync.Once
	for range n {
		wg.Go(func() {
			if err := fn(ctx); err != nil {
				once.Do(func() {
					first = err
					cancel(err)
				})
			}
		})
	}
	wg.Wait()
	return first
}
