package dag_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/rule"
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

// A list that is known only when the run gets there: one call for each element,
// the order kept.
func ExampleMap() {
	d := dag.New("states")
	list := dag.Task(d, "list", func(context.Context) ([]string, error) { return []string{"MA", "NY", "VT"}, nil })
	lower := dag.Map(d, "lower", list, func(_ context.Context, s string) (string, error) {
		return strings.ToLower(s), nil
	}, dag.Workers(2), dag.Retry{Max: 1})

	res, err := d.Run(context.Background())
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(lower.Of(res))
	// Output:
	// [ma ny vt] <nil>
}

// One of two ways, and a task where they meet again.
func ExampleBranch() {
	d := dag.New("import")
	rows := dag.Task(d, "count", func(context.Context) (int, error) { return 12, nil })
	full := dag.Task(d, "full", func(context.Context) (string, error) { return "all", nil })
	part := dag.Task(d, "part", func(context.Context) (string, error) { return "the new ones", nil })
	dag.Branch(d, "which", rows, func(_ context.Context, n int) ([]dag.AnyTask, error) {
		if n > 1000 {
			return []dag.AnyTask{full}, nil
		}
		return []dag.AnyTask{part}, nil
	}).SetDownstream(full, part)
	dag.TaskR2(d, "report", rule.NoneFailedMinOne, full, part, func(_ context.Context, f, p dag.Result[string]) (string, error) {
		fmt.Printf("full: %s, part: %s %q\n", f.State, p.State, p.Value)
		return "", nil
	})

	res, err := d.Run(context.Background())
	fmt.Print(res)
	fmt.Println(err)
	// Output:
	// full: skipped, part: succeeded "the new ones"
	// import: 5 tasks, 4 succeeded, 1 skipped
	// TASK    STATE      TRIES
	// count   succeeded  1
	// full    skipped    0
	// part    succeeded  1
	// which   succeeded  1
	// report  succeeded  1
	// <nil>
}

// A task under a rule is told what became of its input.
func ExampleTaskR1() {
	d := dag.New("night")
	load := dag.Task(d, "load", func(context.Context) (int, error) { return 0, errors.New("disk full") })
	dag.TaskR1(d, "alert", rule.OneFailed, load, func(_ context.Context, r dag.Result[int]) (struct{}, error) {
		fmt.Println("mail:", r.Err)
		return struct{}{}, nil
	})

	_, err := d.Run(context.Background())
	fmt.Println("run:", err)
	// Output:
	// mail: dag: night: task "load" failed on try 1: disk full
	// run: dag: night: task "load" failed on try 1: disk full
}

// A sensor looks again and again and occupies nothing in between.
func ExampleWaitFor() {
	d := dag.New("arrivals")
	looks := 0
	arrived := dag.WaitFor(d, "file", time.Millisecond, func(context.Context) (bool, error) {
		looks++
		return looks == 3, nil
	}, dag.Timeout(time.Hour))
	dag.Do(d, "read", func(context.Context) error {
		fmt.Println("read after look", looks)
		return nil
	}).SetUpstream(arrived)

	_, err := d.Run(context.Background())
	fmt.Println(err)
	// Output:
	// read after look 3
	// <nil>
}

// A second try goes on where the first one stopped.
func ExampleCheckpoint() {
	d := dag.New("copy", dag.Retry{Max: 1})
	dag.Do(d, "documents", func(ctx context.Context) error {
		last, _ := dag.Checkpoint[int](ctx)
		for id := last + 1; id <= 5; id++ {
			if id == 4 && dag.RunFrom(ctx).Try == 1 {
				return errors.New("connection lost")
			}
			fmt.Println("copied", id)
			if err := dag.SaveCheckpoint(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})

	_, err := d.Run(context.Background())
	fmt.Println(err)
	// Output:
	// copied 1
	// copied 2
	// copied 3
	// copied 4
	// copied 5
	// <nil>
}

// Parameters have defaults, whose types are theirs; a command line gives text.
func ExampleWithParams() {
	d := dag.New("zips",
		dag.Owner("data"),
		dag.Doc("People per state.", "demo"),
		dag.WithParams(dag.Params{"state": "MA", "pause": time.Second}))
	dag.Do(d, "show", func(ctx context.Context) error {
		p := dag.RunFrom(ctx).Params
		fmt.Println(p["state"], p["pause"].(time.Duration)*2)
		return nil
	})

	_, err := d.Run(context.Background(), dag.WithParams(dag.Params{"pause": "1m30s"}))
	fmt.Println(err)
	_, err = d.Run(context.Background(), dag.WithParams(dag.Params{"puase": "1m30s"}))
	fmt.Println(err)
	// Output:
	// MA 3m0s
	// <nil>
	// dag: zips: parameter "puase" is unknown, want one of ["pause" "state"]
}

// A group is a task to the edges around it.
func ExampleDAG_Group() {
	d := dag.New("night", dag.Pool("mongo", 2))
	say := func(ctx context.Context) error {
		fmt.Println(dag.RunFrom(ctx).Task)
		return nil
	}
	copies := d.Group("copy", dag.Retry{Max: 3}, dag.Pool("mongo", 1))
	for _, name := range []string{"users", "orders"} {
		dag.Do(copies, name, say)
	}
	dag.Chain(dag.Do(d, "lock", say), copies, dag.Do(d, "unlock", say))

	_, err := d.Run(context.Background(), dag.Workers(1))
	fmt.Println(err)
	// Output:
	// lock
	// copy.users
	// copy.orders
	// unlock
	// <nil>
}
