package notify_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/notify"
)

// printer is a sender for this example; notify.Mail and notify.Webhook are others.
type printer struct{}

func (printer) Send(_ context.Context, m notify.Message) error {
	_, err := fmt.Println(m.Subject)
	return err
}

// A flow that says by itself how it went: a message at its end, and one if it fails.
func Example() {
	ctx := context.Background()
	n := notify.New(printer{}, notify.RunFailed)
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
