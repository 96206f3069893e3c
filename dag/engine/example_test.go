package engine_test

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// The process ends while a run is under way; the next one goes on with it.
func Example() {
	ctx := context.Background()
	store := engine.NewMemory() // boltstore.Open("runs.db") for one that outlives the process
	started := make(chan bool, 1)
	build := func(lives int) *dag.DAG {
		d := dag.New("night")
		load := dag.Task(d, "load", func(context.Context) (int, error) {
			fmt.Println("load in life", lives)
			return 42, nil
		})
		dag.Task1(d, "train", load, func(ctx context.Context, rows int) (string, error) {
			if lives == 1 {
				started <- true
				<-ctx.Done() // the end of the first life
				return "", ctx.Err()
			}
			return fmt.Sprintf("trained on %d rows in life %d, try %d", rows, lives, dag.RunFrom(ctx).Try), nil
		})
		return d
	}

	first, _ := engine.Open(ctx, engine.Config{Store: store})
	_ = first.Register(ctx, build(1))
	id, _ := first.Trigger(ctx, "night", nil)
	<-started
	_ = first.Close(ctx)

	second, _ := engine.Open(ctx, engine.Config{Store: store})
	_ = second.Register(ctx, build(2))
	res, err := second.Wait(ctx, id)
	fmt.Println(res.Task("train").Value, err)
	fmt.Println(second.Close(ctx))
	// Output:
	// load in life 1
	// trained on 42 rows in life 2, try 1 <nil>
	// <nil>
}
