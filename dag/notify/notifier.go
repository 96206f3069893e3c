package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/penstock/penstock/dag"
)

// Event is something that a [Notifier] tells of.
type Event int

// The events. TaskRetried is a task that has succeeded only after it was tried again.
const (
	RunSucceeded Event = iota
	RunFailed
	TaskFailed
	TaskRetried
	DeadlineMissed // of dag.Hooks.Deadline
)

// Notifier tells of events by messages, which wait in a queue until they are sent. Its methods are
// safe for several goroutines.
type Notifier struct {
	// Message makes the message of an event; nil is a plain text with the names, the time and the error.
	// It and the fields below are set before the first run.
	Message func(Event, dag.RunInfo, error) Message
	Logger  *slog.Logger  // is told what could not be sent; nil is slog.Default
	Tries   int           // for each message; 0 is 5
	Wait    time.Duration // before the second try, twice as long before each further one; 0 is a second

	to     Sender
	events []Event
	queue  chan Message
	stop   context.CancelFunc
	worker sync.WaitGroup
	mu     sync.Mutex
	closed bool
	lost   int64
}

// queued is how many messages wait at most.
const queued = 256

// New makes a notifier of some events. Close ends it.
func New(to Sender, events ...Event) *Notifier {
	ctx, stop := context.WithCancel(context.Background())
	n := &Notifier{to: to, events: events, queue: make(chan Message, queued), stop: stop}
	n.worker.Go(func() {
		for m := range n.queue {
			n.send(ctx, m)
		}
	})
	return n
}

// Hooks are an option of dag.New or a run, or of an engine.
func (n *Notifier) Hooks() dag.Hooks {
	return dag.Hooks{
		OnTask: func(i dag.RunInfo, r dag.Result[any]) {
			switch {
			case r.Err != nil && r.State == dag.Failed:
				n.tell(TaskFailed, i, r.Err)
			case r.State == dag.Succeeded && r.Tries > 1:
				n.tell(TaskRetried, i, nil)
			}
		},
		OnRun: func(r *dag.RunResult, err error) {
			switch {
			case err == nil:
				n.tell(RunSucceeded, r.Info(), nil)
			case !errors.Is(err, context.Canceled):
				n.tell(RunFailed, r.Info(), err)
			}
		},
		OnDeadline: func(i dag.RunInfo) { n.tell(DeadlineMissed, i, nil) },
	}
}

// tell puts a message into the queue, or counts it as lost.
func (n *Notifier) tell(e Event, info dag.RunInfo, err error) {
	if !slices.Contains(n.events, e) {
		return
	}
	message := n.Message
	if message == nil {
		message = plain
	}
	m := message(e, info, err)
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		select {
		case n.queue <- m:
			return
		default:
		}
	}
	n.lost++
	n.logger().Error("notify: no room for a message", "subject", m.Subject)
}

// send tries to send a message, and waits longer after each try.
func (n *Notifier) send(ctx context.Context, m Message) {
	tries, wait := n.Tries, n.Wait
	if tries == 0 {
		tries = 5
	}
	if wait == 0 {
		wait = time.Second
	}
	for try := 1; ; try++ {
		err := n.to.Send(ctx, m)
		switch {
		case err == nil:
			return
		case try >= tries || ctx.Err() != nil || isFinal(err):
			n.mu.Lock()
			n.lost++
			n.mu.Unlock()
			n.logger().Error("notify: not sent", "subject", m.Subject, "tries", try, "error", err)
			return
		}
		select {
		case <-time.After(wait):
			wait *= 2
		case <-ctx.Done():
		}
	}
}

func (n *Notifier) logger() *slog.Logger {
	if n.Logger == nil {
		return slog.Default()
	}
	return n.Logger
}

// Lost is how many messages were not sent.
func (n *Notifier) Lost() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lost
}

// Close waits until all messages have been sent or given up. When ctx ends, what is left is given up.
func (n *Notifier) Close(ctx context.Context) error {
	n.mu.Lock()
	if !n.closed {
		n.closed = true
		close(n.queue)
	}
	n.mu.Unlock()
	done := make(chan struct{})
	go func() {
		n.worker.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		n.stop()
		<-done
	}
	n.stop()
	return ctx.Err()
}

// plain is the message of an event.
func plain(e Event, i dag.RunInfo, err error) Message {
	what := map[Event]string{RunSucceeded: "succeeded", RunFailed: "failed", TaskFailed: "failed", TaskRetried: "succeeded after more than one try", DeadlineMissed: "has missed its deadline"}[e]
	name := i.DAG
	if i.Task != "" {
		name += ", task " + i.Task + ","
	}
	m := Message{Subject: name + " " + what}
	m.Text = fmt.Sprintf("%s %s\n\nrun       %s\ninterval  %s to %s\n", name, what, i.RunID, i.Interval.Start.UTC().Format(time.RFC3339), i.Interval.End.UTC().Format(time.RFC3339))
	if err != nil {
		m.Text += fmt.Sprintf("\n%v\n", err)
	}
	return m
}

// withoutURL takes an address out of an error of net/http.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
