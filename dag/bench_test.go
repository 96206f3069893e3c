package dag_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/penstock/penstock/dag"
)

// BenchmarkRun compares a run of empty tasks with what one would write without
// a graph: a goroutine for each task and a WaitGroup, in a chain a channel from
// each goroutine to the next.
func BenchmarkRun(b *testing.B) {
	const n = 10_000
	impls := []struct {
		shape, impl string
		run         func() func()
	}{
		{"wide", "dag", func() func() { return runner(b, wide(n)) }},
		{"wide", "goroutines", func() func() { return wideGoroutines(n) }},
		{"chain", "dag", func() func() {
			d := dag.New("chain")
			chain(d, n)
			return runner(b, d)
		}},
		{"chain", "goroutines", func() func() { return chainGoroutines(n) }},
	}
	for _, x := range impls {
		b.Run(fmt.Sprintf("shape=%s/tasks=%d/impl=%s", x.shape, n, x.impl), func(b *testing.B) {
			run := x.run()
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/task")
		})
	}
}

// BenchmarkBuild measures adding the tasks and checking the graph.
func BenchmarkBuild(b *testing.B) {
	const n = 10_000
	b.Run(fmt.Sprintf("shape=chain/tasks=%d", n), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d := dag.New("chain")
			chain(d, n)
			if err := d.Validate(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/task")
	})
}

func runner(b *testing.B, d *dag.DAG) func() {
	return func() {
		if _, err := d.Run(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

func wide(n int) *dag.DAG {
	d := dag.New("wide")
	for i := range n {
		dag.Do(d, fmt.Sprint(i), nop)
	}
	return d
}

func wideGoroutines(n int) func() {
	errs := make([]error, n)
	return func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { errs[i] = nop(ctx) })
		}
		wg.Wait()
	}
}

func chainGoroutines(n int) func() {
	errs := make([]error, n)
	return func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var wg sync.WaitGroup
		ready := make(chan struct{})
		close(ready)
		for i := range n {
			before, done := ready, make(chan struct{})
			wg.Go(func() {
				<-before
				errs[i] = nop(ctx)
				close(done)
			})
			ready = done
		}
		wg.Wait()
	}
}
