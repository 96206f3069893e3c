package dag

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/dag/internal/graph"
)

// ErrSkip makes the task that returns it, wrapped or not, Skipped instead of
// failed; it is not tried again. It is also what the error of a skipped task wraps.
var ErrSkip = errors.New("skipped")

// errGoexit is the cause when a task ended its goroutine with runtime.Goexit (as
// testing.T.FailNow does).
var errGoexit = errors.New("the task ended its goroutine instead of returning (runtime.Goexit)")

// Permanent returns err marked as one that further tries would not change: the
// task fails without them. It is nil if err is.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &verdict{err: err, permanent: true}
}

// RetryAfter returns err marked with how long to wait before the next try, in
// place of the delay of Retry; a server may have said so. Whether there is a
// next try is still for Retry to say. It is nil if err is.
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return &verdict{err: err, delay: d}
}

// verdict is what a task says about its own error.
type verdict struct {
	err       error
	permanent bool
	delay     time.Duration
}

func (v *verdict) Error() string { return v.err.Error() }
func (v *verdict) Unwrap() error { return v.err }

// TaskError says which task failed, on which try, and why.
type TaskError struct {
	DAG     string // name of the DAG
	Task    string // id of the task
	Element int    // of a Map: which element, counted from 0; else -1
	Try     int    // the last try, counted from 1
	Err     error  // what the task returned or, in an error, what it panicked with
	Stack   []byte // of a panic, as debug.Stack prints it; else nil
}

// Error returns the message with the names of DAG and task, without the stack.
func (e *TaskError) Error() string {
	return fmt.Sprintf("dag: %s: %s", e.DAG, e.text())
}

// Unwrap returns the cause.
func (e *TaskError) Unwrap() error { return e.Err }

func (e *TaskError) text() string {
	element := ""
	if e.Element >= 0 {
		element = fmt.Sprintf(", element %d,", e.Element)
	}
	return fmt.Sprintf("task %q%s failed on try %d: %v", e.Task, element, e.Try, e.Err)
}

// panicError is what a task panicked with.
type panicError struct{ value any }

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }
func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}

// timeoutError is the cause of a context when its time is up.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("timed out after %v", e.after) }
func (e *timeoutError) Unwrap() error { return context.DeadlineExceeded }

// upstreamError is the error of a task that was not run because of another.
type upstreamError struct {
	task  string
	cause *TaskError
}

func (e *upstreamError) Error() string {
	return fmt.Sprintf("dag: %s: task %q was not run: upstream %s", e.cause.DAG, e.task, e.cause.text())
}

func (e *upstreamError) Unwrap() error { return e.cause }

// missing says why there is no value of a task, nil if there is one.
func missing(dag, task string, s graph.State, err error) error {
	switch {
	case s == graph.Succeeded:
		return nil
	case s == graph.Pending:
		return fmt.Errorf("dag: %s: task %q has not ended yet", dag, task)
	case s == graph.Skipped && err == nil:
		return fmt.Errorf("dag: %s: task %q was not run: %w", dag, task, ErrSkip)
	case s == graph.Skipped:
		return fmt.Errorf("dag: %s: task %q: %w", dag, task, err)
	case err == nil:
		return fmt.Errorf("dag: %s: task %q was not run: %v", dag, task, s)
	}
	return err
}
