package dag

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// State is how a task ended. The zero value is that of a task that has not.
type State string

// The states of a task after a run.
const (
	Succeeded      State = "succeeded"
	Failed         State = "failed"          // its last try returned an error or panicked
	UpstreamFailed State = "upstream_failed" // not run, because a task it depends on failed
	Skipped        State = "skipped"         // it returned ErrSkip, a branch passed it by, or what it depends on was skipped
	Cancelled      State = "cancelled"       // the run was cancelled before the task had succeeded or used up its tries
)

// Result tells how one task went, and with what output. Tasks under a trigger rule
// receive it with ID, State, Value and Err.
type Result[T any] struct {
	ID       string
	State    State
	Value    T             // the zero value unless it succeeded
	Err      error         // nil if it succeeded; a *TaskError if it failed, else why there is no value
	Tries    int           // how often it was started, all elements of a Map together
	Start    time.Time     // start of the first try, zero if there was none
	Duration time.Duration // from there to the end of the last try, delays included
	Log      string        // the lines of all tries, as slog.TextHandler writes them
}

// RunResult tells how a run went. It does not change any more and may be read by
// several goroutines.
type RunResult struct {
	run     *task.Run
	g       *graph.Graph
	index   map[string]int
	tasks   []Result[any]
	stopped error // why it was cancelled, nil if it was not
}

// Outcome returns how the run as a whole has ended: Succeeded if all tasks have or were
// skipped, Cancelled if it was cut short by its context or by whoever cancelled it, else
// Failed, also by its Timeout.
func (r *RunResult) Outcome() State {
	switch {
	case r.count(Succeeded)+r.count(Skipped) == len(r.tasks):
		return Succeeded
	case r.count(Cancelled) > 0 && errors.Is(r.stopped, context.Canceled) && !errors.Is(r.stopped, context.DeadlineExceeded):
		return Cancelled
	}
	return Failed
}

// State returns how the task with this id ended, "" if the DAG has none.
func (r *RunResult) State(id string) State {
	i, ok := r.index[id]
	if !ok {
		return ""
	}
	return r.tasks[i].State
}

// Info returns what the run was: its DAG, its id if it is stored, its times and
// parameters, without secrets.
func (r *RunResult) Info() RunInfo { return shownInfo(r.run) }

// Task returns how the task with this id went, the zero Result if the DAG has
// none.
func (r *RunResult) Task(id string) Result[any] {
	i, ok := r.index[id]
	if !ok {
		return Result[any]{}
	}
	return r.tasks[i]
}

// Tasks returns how each task went, in the order in which they were added. The
// slice is the caller's.
func (r *RunResult) Tasks() []Result[any] {
	return append([]Result[any](nil), r.tasks...)
}

// String returns a line of totals and a table of the tasks with their states
// and tries. Times are left out: equal runs give equal text.
func (r *RunResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d tasks", r.g.Name, len(r.tasks))
	for _, s := range []State{Succeeded, Failed, UpstreamFailed, Skipped, Cancelled} {
		if n := r.count(s); n > 0 {
			fmt.Fprintf(&b, ", %d %s", n, s)
		}
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TASK\tSTATE\tTRIES")
	for _, t := range r.tasks {
		fmt.Fprintf(w, "%s\t%s\t%d\n", t.ID, t.State, t.Tries)
	}
	_ = w.Flush() // a strings.Builder takes everything
	return b.String()
}

func (r *RunResult) count(s State) int {
	n := 0
	for i := range r.tasks {
		if r.tasks[i].State == s {
			n++
		}
	}
	return n
}
