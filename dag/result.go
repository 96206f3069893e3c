package dag

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// State is how a task ended. The zero value is no state at all.
type State string

// The states of a task after a run.
const (
	Succeeded      State = "succeeded"
	Failed         State = "failed"          // its last try returned an error or panicked
	UpstreamFailed State = "upstream_failed" // not run, because a task it depends on failed
	Cancelled      State = "cancelled"       // the run was cancelled before the task had succeeded or used up its tries
)

// Result tells how a run went. It does not change any more and may be read by
// several goroutines.
type Result struct {
	dag     *DAG
	index   map[string]int
	tasks   []TaskResult
	outputs []any
}

// TaskResult tells how one task went.
type TaskResult struct {
	ID       string
	State    State
	Tries    int           // how often it was started
	Start    time.Time     // start of the first try, zero if there was none
	Duration time.Duration // from there to the end of the last try, delays included
	Err      error         // nil if it succeeded; a *TaskError if it ran, else why it did not
}

func newResult(d *DAG, p *plan) *Result {
	res := &Result{
		dag: d, index: p.index,
		tasks:   make([]TaskResult, len(d.nodes)),
		outputs: make([]any, len(d.nodes)),
	}
	for i, n := range d.nodes {
		res.tasks[i].ID = n.id
	}
	return res
}

// State returns how the task with this id ended, "" if the DAG has none.
func (r *Result) State(id string) State {
	i, ok := r.index[id]
	if !ok {
		return ""
	}
	return r.tasks[i].State
}

// Tasks returns how each task went, in the order in which they were added. The
// slice is the caller's.
func (r *Result) Tasks() []TaskResult {
	return append([]TaskResult(nil), r.tasks...)
}

// String returns a line of totals and a table of the tasks with their states
// and tries. Times are left out: equal runs give equal text.
func (r *Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d tasks", r.dag.name, len(r.tasks))
	for _, s := range []State{Succeeded, Failed, UpstreamFailed, Cancelled} {
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

func (r *Result) count(s State) int {
	n := 0
	for _, t := range r.tasks {
		if t.State == s {
			n++
		}
	}
	return n
}
