package browser_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
)

// table stands for data that is handed over.
type table struct{ Rows, Cols int }

func (t table) Dims() (rows, cols int) { return t.Rows, t.Cols }
func (t table) String() string {
	return "State  Account Length  Day Mins\nKS                128     265.1\nOH                107     161.6\n"
}

// churn is a graph with a task of each kind. After a moment it succeeds.
func churn(name string) *dag.DAG {
	d := dag.New(name, dag.Owner("data"), dag.Doc("Which customers leave: two models, compared.", "ml", "nightly"),
		dag.WithParams(dag.Params{"state": "MA", "folds": 3, "fast": false}))
	load := dag.Task(d, "load", func(ctx context.Context) (table, error) {
		for i := range 40 {
			dag.RunFrom(ctx).Log().Info("read a page", "rows", 100*i)
			time.Sleep(10 * time.Millisecond)
		}
		dag.RunFrom(ctx).Log().Warn("some rows had no state", "rows", 3)
		return table{3333, 21}, dag.SaveCheckpoint(ctx, map[string]int{"last": 3333})
	})
	features := dag.Task1(d, "features", load, func(context.Context, table) (table, error) { return table{3333, 17}, nil })
	svm := dag.Task1(d, "svm", features, func(context.Context, table) (float64, error) { return 0.92, pause(700) })
	forest := dag.Task1(d, "forest", features, func(ctx context.Context, _ table) (float64, error) {
		if dag.RunFrom(ctx).Try == 1 {
			return 0, errors.New("a worker is gone")
		}
		return 0.95, pause(300)
	}, dag.Retry{Max: 1, Delay: 100 * time.Millisecond})
	states := dag.Task1(d, "states", load, func(context.Context, table) ([]string, error) { return []string{"KS", "OH", "NJ", "MA"}, nil })
	score := dag.Map(d, "score", states, func(_ context.Context, s string) (float64, error) { return float64(len(s)), pause(100) })
	dag.Do3(d, "report", svm, forest, score, func(context.Context, float64, float64, []float64) error { return nil })
	file := dag.WaitFor(d, "wait_for_file", time.Hour, func(context.Context) (bool, error) { return true, nil })
	dag.Chain(dag.Branch(d, "choose", load, func(context.Context, table) ([]dag.AnyTask, error) { return []dag.AnyTask{file}, nil }), file)
	mail := dag.Do(d, "mail", func(context.Context) error { return nil })
	mail.SetUpstream(dag.Branch(d, "mail_if_bad", load, func(context.Context, table) ([]dag.AnyTask, error) { return nil, nil }))
	return d
}

func pause(ms int) error {
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return nil
}

// forty is a graph of 40 tasks with many edges, one of which fails.
func forty() *dag.DAG {
	d := dag.New("forty", dag.Owner("ops"), dag.Doc("Forty tasks in eight layers."))
	var before []*dag.Ref[[]int]
	for layer := range 8 {
		var now []*dag.Ref[[]int]
		for i := range 5 {
			id := fmt.Sprintf("layer%d_%c", layer, 'a'+i)
			if layer == 0 {
				now = append(now, dag.Task(d, id, func(context.Context) ([]int, error) { return make([]int, 1000*i), nil }))
				continue
			}
			now = append(now, dag.Task2(d, id, before[i], before[(2*i+layer)%5], func(_ context.Context, a, b []int) ([]int, error) {
				if layer == 5 && i == 3 {
					return nil, errors.New("disk full")
				}
				return a, pause(10 * i)
			}))
		}
		before = now
	}
	return d
}

// regions is a graph of 5,001 tasks in ten groups.
func regions() *dag.DAG {
	d := dag.New("regions", dag.Owner("ops"), dag.Doc("5,001 tasks: each region's shops, loaded and summed."))
	start := dag.Do(d, "start", func(context.Context) error { return nil })
	for r := range 10 {
		g := d.Group(fmt.Sprintf("region%d", r))
		for i := range 250 {
			load := dag.Task(g, fmt.Sprintf("load_%03d", i), func(context.Context) (int, error) { return i, nil })
			load.SetUpstream(start)
			dag.Do1(g, fmt.Sprintf("sum_%03d", i), load, func(context.Context, int) error {
				if r == 3 && i%100 == 77 {
					return errors.New("sum does not match")
				}
				return nil
			})
		}
	}
	return d
}

// often is run thousands of times, chatty says 50,000 lines, long has the longest names that people give.
func often() *dag.DAG {
	d := dag.New("often", dag.Doc("8,000 runs."))
	a := dag.Do(d, "a", func(context.Context) error { return nil })
	dag.Do(d, "b", func(context.Context) error { return nil }).SetUpstream(a)
	return d
}

func chatty() *dag.DAG {
	d := dag.New("chatty", dag.Doc("50,000 lines."))
	dag.Do(d, "talk", func(ctx context.Context) error {
		for i := range 50_000 {
			dag.RunFrom(ctx).Log().Info("read", "i", i)
		}
		return nil
	})
	return d
}

func long() *dag.DAG {
	name := strings.Repeat("somewhat_longer_than_usual_", 5)
	d := dag.New(name, dag.Owner(strings.Repeat("a team ", 10)), dag.Doc(strings.Repeat("What it does is told at length. ", 20), "a-rather-long-tag"),
		dag.WithParams(dag.Params{name: name}))
	a := dag.Do(d, name+"a", func(context.Context) error { return nil })
	dag.Do(d, name+"b", func(context.Context) error { return errors.New(strings.Repeat("no ", 500)) }).SetUpstream(a)
	return d
}

// gated is a DAG whose one task logs a line, waits until it is let on, and does so again, until it is let on for as
// many times.
func gated(name string, times int) (d *dag.DAG, gate chan struct{}) {
	d, gate = dag.New(name), make(chan struct{})
	dag.Do(d, "wait", func(ctx context.Context) error {
		for i := range times {
			dag.RunFrom(ctx).Log().Info(fmt.Sprintf("line %d", i+1))
			select {
			case <-gate:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return d, gate
}
