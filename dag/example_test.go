package dag_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/penstock/penstock/dag"
)

// Two tasks work side by side on what a first one loaded; a last one gets
// the outputs of both.
func ExampleDAG_Run() {
	d := dag.New("rainfall")
	load := dag.Task(d, "load", func(ctx context.Context) ([]float64, error) {
		return []float64{3, 0, 12, 5}, nil
	})
	total := dag.Task1(d, "total", load, func(ctx context.Context, mm []float64) (float64, error) {
		sum := 0.0
		for _, v := range mm {
			sum += v
		}
		return sum, nil
	})
	wettest := dag.Task1(d, "wettest", load, func(ctx context.Context, mm []float64) (int, error) {
		return slices.Index(mm, slices.Max(mm)), nil
	})
	report := dag.Task2(d, "report", total, wettest, func(ctx context.Context, sum float64, day int) (string, error) {
		return fmt.Sprintf("%s: %g mm, most of it on day %d", dag.RunFrom(ctx).Params["city"], sum, day), nil
	})

	res, err := d.Run(context.Background(), dag.WithParams(dag.Params{"city": "Lisbon"}))
	if err != nil {
		fmt.Println(err)
	}
	text, err := report.Of(res)
	fmt.Println(text, err)
	fmt.Print(res)
	// Output:
	// Lisbon: 20 mm, most of it on day 2 <nil>
	// rainfall: 4 tasks, 4 succeeded
	// TASK     STATE      TRIES
	// load     succeeded  1
	// total    succeeded  1
	// wettest  succeeded  1
	// report   succeeded  1
}

// A failure stops what depends on it and nothing else.
func ExampleDAG_Run_failure() {
	d := dag.New("nightly", dag.Defaults(dag.Retry{Max: 1}))
	fetch := dag.Task(d, "fetch", func(context.Context) (int, error) { return 0, fmt.Errorf("no route to host") })
	store := dag.Do1(d, "store", fetch, func(context.Context, int) error { return nil })
	dag.Do(d, "cleanup", func(context.Context) error { return nil }, dag.Retry{})

	res, err := d.Run(context.Background())
	fmt.Println(err)
	_, err = store.Of(res)
	fmt.Println(err)
	fmt.Print(res)
	// Output:
	// dag: nightly: task "fetch" failed on try 2: no route to host
	// dag: nightly: task "store" was not run: upstream task "fetch" failed on try 2: no route to host
	// nightly: 3 tasks, 1 succeeded, 1 failed, 1 upstream_failed
	// TASK     STATE            TRIES
	// fetch    failed           2
	// store    upstream_failed  0
	// cleanup  succeeded        1
}

// Everything that is wrong with a graph is reported at once.
func ExampleDAG_Validate() {
	nothing := func(context.Context) error { return nil }
	d := dag.New("churn")
	a := dag.Do(d, "a", nothing)
	b := dag.Do(d, "b", nothing).SetUpstream(a)
	dag.Do(d, "c", nothing, dag.Retry{Max: -1}).SetUpstream(b).SetDownstream(a)
	dag.Do(d, "a", nil)

	fmt.Println(d.Validate())
	// Output:
	// dag: churn: task "c": Retry.Max is -1, want 0 or more
	// dag: churn: task "a": id is used twice, by task number 1 and task number 4
	// dag: churn: task "a": function is nil
	// dag: churn: cycle: a → b → c → a
}

// Edges without a value only order tasks. With one worker, tasks that may
// start do so in the order in which they were added.
func ExampleRef_SetUpstream() {
	d := dag.New("tables")
	say := func(ctx context.Context) error {
		fmt.Println(dag.RunFrom(ctx).Task)
		return nil
	}
	swap := dag.Do(d, "swap", say)
	for i := range 3 {
		dag.Do(d, fmt.Sprintf("copy_%d", i), say).SetDownstream(swap)
	}

	if _, err := d.Run(context.Background(), dag.Workers(1)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// copy_0
	// copy_1
	// copy_2
	// swap
}
