package engine_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// A password that a task has fetched is told to the engine; one that is a parameter is known by its name.
func ExampleAddSecret() {
	ctx := context.Background()
	d := dag.New("login", dag.WithParams(dag.Params{"user": "ana", "password": ""}))
	dag.Do(d, "dial", func(ctx context.Context) error {
		token := strings.Repeat("s3cr3t", 2) // from a vault, say
		engine.AddSecret(ctx, token)
		p := dag.RunFrom(ctx).Params
		return fmt.Errorf("mongodb://%v:%v@db: token %s has expired", p["user"], p["password"], token)
	})
	e, err := engine.Open(ctx, engine.Config{Store: engine.NewMemory()})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if err := e.Register(ctx, d); err != nil {
		log.Fatal(err)
	}
	id, err := e.Trigger(ctx, "login", dag.Params{"password": "hunter2"})
	if err != nil {
		log.Fatal(err)
	}
	_, err = e.Wait(ctx, id)
	fmt.Println(err)
	s, err := e.Status(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Params)
	// Output:
	// dag: login: task "dial" failed on try 1: mongodb://ana:***@db: token *** has expired
	// map[password:*** user:ana]
}

// Whoever knows who has asked for something says so in the context.
func ExampleWithActor() {
	ctx := context.Background()
	d := dag.New("nightly")
	dag.Do(d, "load", func(context.Context) error { return nil })
	e, err := engine.Open(ctx, engine.Config{Store: engine.NewMemory()})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if err := e.Register(ctx, d, engine.Cron("@daily")); err != nil {
		log.Fatal(err)
	}
	if err := e.Pause(engine.WithActor(ctx, "ana"), "nightly"); err != nil {
		log.Fatal(err)
	}
	err = e.Cancel(engine.WithActor(ctx, "bob"), "nightly/none")
	fmt.Println(err)
	trail, _, err := e.Audit(ctx, "nightly", 0, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range trail {
		fmt.Println(a.Actor, a.Verb, a.Run, a.Refused)
	}
	// Output:
	// engine: run "nightly/none": it has ended, or is not known
	// bob cancel nightly/none run "nightly/none": it has ended, or is not known
	// ana pause
}
