package notify_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/notify"
)

// printer is a sender for these examples; notify.Mail and notify.Webhook are others.
type printer struct{}

func (printer) Send(_ context.Context, m notify.Message) error {
	_, err := fmt.Println(m.Subject)
	return err
}

// A flow that says by itself how it went: a message at its end, and one if it fails.
func Example() {
	ctx := context.Background()
	n, err := notify.New(printer{}, notify.RunFailed)
	if err != nil {
		fmt.Println(err)
		return
	}
	d := dag.New("nightly", n.Hooks())
	rows := dag.Task(d, "count", func(context.Context) (int, error) { return 42, nil })
	notify.Task(d, "report", printer{}, func(context.Context) (notify.Message, error) {
		return notify.Message{Subject: "all rows are counted"}, nil
	}).SetUpstream(rows)
	if _, err := d.Run(ctx); err != nil {
		fmt.Println(err)
	}
	broken := dag.New("weekly", n.Hooks())
	dag.Do(broken, "count", func(context.Context) error { return errors.New("no such table") })
	if _, err := broken.Run(ctx); err == nil {
		fmt.Println("it should have failed")
	}
	if err := n.Close(ctx); err != nil { // waits for what is still to be sent
		fmt.Println(err)
	}
	// Output:
	// all rows are counted
	// weekly failed
}

// A table that comes out too short is told once, however often that happens, and once more when
// all is well again.
func ExampleWhen() {
	ctx := context.Background()
	n, err := notify.New(printer{}, notify.When(notify.Rows("nightly", "load"), notify.Below, 100, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	loaded := 0
	d := dag.New("nightly", n.Hooks())
	dag.Task(d, "load", func(context.Context) ([]string, error) { return make([]string, loaded), nil })
	for _, loaded = range []int{120, 12, 0, 130, 140} {
		if _, err := d.Run(ctx); err != nil {
			fmt.Println(err)
		}
	}
	if err := n.Close(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// nightly, task load: rows 12 is below 100
	// nightly, task load: rows 130 is no longer below 100
}

// showJSON is a sender that prints what a webhook would post.
type showJSON struct{}

func (showJSON) Send(_ context.Context, m notify.Message) error {
	_, err := fmt.Println(string(m.JSON))
	return err
}

// A template for a chat that does not take what Slack takes. One that forgets to quote is refused at once.
func ExampleTemplate() {
	ctx := context.Background()
	_, err := notify.New(showJSON{}, notify.RunFailed, notify.Template{JSON: `{"content": "{{.DAG}} has failed"}`})
	fmt.Println(err != nil)
	n, err := notify.New(showJSON{}, notify.RunFailed, notify.Template{
		JSON: `{"content": {{printf "**%s**: %s" .Summary .Error | json}}, "username": "flows"}`,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := dag.New("the \"weekly\" one", n.Hooks())
	dag.Do(d, "count", func(context.Context) error { return errors.New("no such table") })
	if _, err := d.Run(ctx); err == nil {
		fmt.Println("it should have failed")
	}
	if err := n.Close(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// true
	// {"content": "**the \"weekly\" one failed**: dag: the \"weekly\" one: task \"count\" failed on try 1: no such table", "username": "flows"}
}
