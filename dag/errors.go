package dag

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrGoexit is the cause of a TaskError when a task ended its goroutine with
// runtime.Goexit (as testing.T.FailNow does) instead of returning.
var ErrGoexit = errors.New("the task ended its goroutine instead of returning (runtime.Goexit)")

// TaskError says which task failed, on which try, and why.
type TaskError struct {
	DAG  string // name of the DAG
	Task string // id of the task
	Try  int    // the last try, counted from 1
	Err  error  // what the task returned, a *PanicError or ErrGoexit
}

// Error returns the message with the names of DAG and task.
func (e *TaskError) Error() string {
	return fmt.Sprintf("dag: %s: %s", e.DAG, e.text())
}

// Unwrap returns the cause.
func (e *TaskError) Unwrap() error { return e.Err }

func (e *TaskError) text() string {
	return fmt.Sprintf("task %q failed on try %d: %v", e.Task, e.Try, e.Err)
}

// PanicError is the cause of a TaskError when a task panicked.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // the goroutine's stack at the panic, as debug.Stack prints it
}

// Error returns the panic's value as text, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the panic's value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// timeoutError is the cause of a try's context when its time is up.
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
